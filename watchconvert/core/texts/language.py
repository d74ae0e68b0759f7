"""What a language consists of."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Language:
    """All that a person at the share reads, in one language; `{…}` stands for a word that is put in."""

    code: str
    """As the configuration names it, for example "en" (ISO 639-1)."""
    name: str
    """In English."""
    causes: Mapping[str, str]
    """Why a file is given back, and what can be done about it, by the cause's stable name."""
    words: Mapping[str, str]
    """The rest of the explanation, its labels, and the line of a marker."""
    months: tuple[str, ...]
    zones: Mapping[str, str] = field(default_factory=dict)
    """What time zones are called, where that differs from the system's short names."""

    def say(self, key: str, /, **words: object) -> str:
        """Return one of the words with others put in.

        Raises:
            KeyError: there is no such word.

        """
        return self.words[key].format_map(words)

    def tell(self, cause: str, words: Mapping[str, str]) -> str | None:
        """Return the sentence of a cause; None for one that is not known, or whose words are not all there.

        A row of an earlier or a later version may name such a cause.
        """
        try:
            return self.causes[cause].format_map(words)
        except KeyError:
            return None
