"""Why a file is given back: a cause with a stable name, its words, and what is to be done about it."""

from watchconvert.core.job import Verdict
from watchconvert.core.texts import ENGLISH, Language

UNKNOWN = "unknown"
_ACTIONS = {
    "other_folder": ("not_accepted", "no_conversion", "kind_refused"),
    "try_again": ("cancelled", "rounds", "upload_lost", "upload_gone", "service_failed", "service_silent", "busy"),
    "ask_administrator": (
        "unknown", "name_taken", "wrong_kind", "unusable", "interrupted", "credentials", "account_empty",
        "not_offered", "settings", "misunderstood", "pages",
    ),
    "mend_file": (
        "no_ending", "empty", "cut_off", "too_large", "refused", "refused_here", "too_slow", "perhaps_damaged",
        "damaged", "protected", "wrong_password", "encrypted", "no_tables", "no_pictures", "nothing_found",
    ),
}  # fmt: skip
"""What a person is to do, by its stable name, and the causes after which that is to be done."""
_ACTION_OF = {cause: action for action, causes in _ACTIONS.items() for cause in causes}


def because(cause: str, /, status: int = 0, code: int = 0, message: str = "", **words: str) -> Verdict:
    """Return a verdict that can be told in every language; the rest is what the service said, if it did.

    Raises:
        KeyError: the languages have no such cause, or one of its words is missing.

    """
    return Verdict(ENGLISH.causes[cause].format_map(words), status, code, message, cause, words)


def sentence_in(language: Language, verdict: Verdict) -> str:
    """Tell a verdict in a language; one of an earlier version, of which only the English sentence is known, in that."""
    return language.tell(verdict.cause, verdict.words) or verdict.sentence


def action_after(verdict: Verdict) -> str:
    """Return the stable name of what a person is to do: "mend_file", "other_folder", "try_again" or the like."""
    return _ACTION_OF.get(verdict.cause, "ask_administrator")
