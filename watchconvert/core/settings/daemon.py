"""[daemon]: how the daemon itself runs."""

from dataclasses import dataclass, field

from watchconvert.core.keys import Key
from watchconvert.core.texts import LANGUAGES
from watchconvert.core.values import SIZE, choice, duration, path_of, whole_number

LANGUAGE = choice({each.code: each.name for each in LANGUAGES.values()})


@dataclass(frozen=True)
class Daemon:
    """How the daemon itself runs."""

    journal: str = field(
        metadata=Key(
            path_of("a file"),
            "The journal: an SQLite file on a local disk, never on a network share.",
            usual="`journal.db` in $STATE_DIRECTORY, else in `/var/lib/watchconvert`",
            example="/var/lib/watchconvert/journal.db",
            lasting=True,
        ).noted()
    )
    workers: int = Key(
        whole_number(1, 256),
        "How many files are worked on at the same time; fewer while the service says that it is busy.",
        default=8,
    ).told()
    rescan: float = Key(
        duration("1s", "1d"),
        "How often every inbox is listed anew, whatever was heard of it meanwhile.",
        default="60s",
    ).told()
    poll: float = Key(
        duration("500ms", "1h"),
        "How often an inbox is listed from which the kernel brings no events (network file systems).",
        default="5s",
    ).told()
    min_free: int = Key(
        SIZE,
        "What must stay free on the disk of an outbox before a conversion is bought for it; "
        "it is at least four times the source.",
        default="64MiB",
    ).told()
    keep_history: float = Key(
        duration("1m", "36500d"),
        "How long the journal tells of a file (`status`, `why`, the ledger) after it came to rest. "
        "Files themselves are never removed by this.",
        default="90d",
    ).told()
    language: str = Key(
        LANGUAGE,
        "In which language people at the shares are told why a file was not converted. The log and the status are for "
        "administrators, and English.",
        default="en",
    ).told()
