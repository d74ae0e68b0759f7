"""Every text that a person at the share reads, in one place: a module for each language.

A new language is a module like `english` and its entry here.  Logs, the status and messages are for administrators,
and English.
"""

from watchconvert.core.texts.english import ENGLISH
from watchconvert.core.texts.german import GERMAN
from watchconvert.core.texts.language import Language

__all__ = ["ENGLISH", "LANGUAGES", "Language", "find_language"]

LANGUAGES = {each.code: each for each in (ENGLISH, GERMAN)}


def find_language(code: str) -> Language:
    """Return a language; English for one that this version does not have, as an order of a later one may name it."""
    return LANGUAGES.get(code, ENGLISH)
