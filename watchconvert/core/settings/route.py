"""[[route]]: one watched inbox, and what becomes of its files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from watchconvert.core.budget import NO_LIMIT, Budget
from watchconvert.core.job import Order, Param, Step
from watchconvert.core.keeping import FOREVER, Keep
from watchconvert.core.keys import Key
from watchconvert.core.settings.daemon import LANGUAGE
from watchconvert.core.settings.money import BUDGET, BUDGET_HELP
from watchconvert.core.settings.route_values import (
    FORMAT,
    KEEP,
    KEEP_HELP,
    MARKER,
    OWNER,
    PARAMS,
    PERMISSIONS,
    ROUTE_NAME,
)
from watchconvert.core.settings.service import MODE
from watchconvert.core.values import PATTERNS, YES_OR_NO, choice, duration, path_of

FOLDERS = ("inbox", "outbox", "error", "archive")
_FOLDER = path_of("a folder")


def _folder(name: str, about: str) -> dict[str, Any]:
    example = f"/srv/watchconvert/to-pdf/{name}"
    key = Key(
        _FOLDER, about, usual=f"`{name}` in `path`", absent="", example=example, remedy="Give the path of a folder."
    )
    return key.noted()


PATH = Key(
    path_of("the folder that holds inbox, outbox, error and archive"),
    "The folder that holds inbox, outbox, error and archive. Each of the four may also be named by itself.",
    name="path",
    absent="",
    usual="none",
    example="/srv/watchconvert/to-pdf",
    remedy="Give the path of the folder that holds inbox, outbox, error and archive.",
)
"""The one key that no field has: the four folders are made of it."""


@dataclass(frozen=True)
class Route:
    """One watched inbox with its conversion, outbox, error folder and archive."""

    name: str = field(
        metadata=Key(
            ROUTE_NAME,
            "What the route is called in the status and the log.",
            needed=True,
            absent="",
            example="to-pdf",
            remedy="Give it a short name of letters, digits, dots, dashes: it stands in the status and the log.",
        ).noted()
    )
    inbox: str = field(metadata=_folder("inbox", "Where files are dropped."))
    outbox: str = field(metadata=_folder("outbox", "Where results appear."))
    error: str = field(metadata=_folder("error", "Where files go that cannot be converted, each with its explanation."))
    archive: str = field(metadata=_folder("archive", "Where converted sources go."))
    to: str = field(
        metadata=Key(
            FORMAT,
            "The format to convert to.",
            needed=True,
            absent="",
            example="pdf",
            remedy='Name the format to convert to, for example to = "pdf".',
        ).noted()
    )
    source_format: str | None = Key(
        FORMAT,
        "The format to convert from, whatever a file's name ends in.",
        name="from",
        usual="each file's own ending",
        example="docx",
        remedy='Name one format, for example from = "docx", or leave it out.',
    ).told()
    accept: tuple[str, ...] = Key(
        PATTERNS,
        "Which names the route takes, as shell patterns; capital letters do not matter.",
        default=["*"],
        example=["*.docx", "*.odt"],
    ).told()
    unaccepted: str = Key(
        choice({"error": "it is explained in the error folder", "leave": "it stays"}),
        "What becomes of a file that `accept` leaves out.",
        default="error",
    ).told()
    ignore: tuple[str, ...] = Key(
        PATTERNS,
        'Names that are left alone, beside the temporary and lock files that always are (docs/operating.md, "Junk").',
        default=[],
        example=["draft-*"],
    ).told()
    settle: float = Key(
        duration("0s", "1h"),
        "How long a file must have been quiet before it is taken. At least ten seconds where the kernel cannot tell "
        "whether somebody still writes to it.",
        default="1s",
    ).told()
    incomplete_after: float = Key(
        duration("1s", "1d"),
        "How long a file that is empty, or looks cut off, is waited for before it is explained in the error folder.",
        default="2m",
    ).told()
    done: str = Key(
        MARKER,
        "A marker file that says that a file is complete, `{name}` standing for the file's name.",
        absent="",
        usual="no marker is waited for",
        example="{name}.done",
    ).told()
    recursive: bool = Key(
        YES_OR_NO,
        "Whether sub-folders of the inbox are taken too, and made in the outbox, the archive and the error folder "
        "alike.",
        default=False,
    ).told()
    remove_empty: bool = Key(
        YES_OR_NO,
        "Whether sub-folders of the inbox are removed when they have become empty.",
        default=False,
    ).told()
    on_conflict: str = Key(
        choice({"number": 'it becomes "name (2)"', "replace": "", "fail": "it is explained in the error folder"}),
        "What becomes of a result whose name is taken in the outbox.",
        default="number",
    ).told()
    owner: str = Key(
        OWNER,
        'Who owns the results: `"daemon"`, `"source"` (as the dropped file), `"folder"` (as the outbox) or '
        '`"user:group"`.',
        default="daemon",
        remedy='Use "daemon", "source", "folder" or "user:group".',
    ).told()
    file_mode: int | None = Key(
        PERMISSIONS,
        "The permissions of the results.",
        usual="what the folder and the daemon's umask give",
        example="0640",
    ).told()
    keep_times: bool = Key(
        YES_OR_NO,
        "Whether the results get the source's modification time.",
        default=False,
    ).told()
    source: str = Key(
        choice({"archive": "", "delete": ""}),
        "What becomes of a converted source.",
        default="archive",
    ).told()
    mode: str = Key(
        MODE,
        "How its conversions are asked for.",
        absent="semi-async",
        usual="as in `[service]`",
        example="semi-async",
    ).told()
    params: Mapping[str, Param] = Key(
        PARAMS,
        "Parameters of the conversion in the service's own words.",
        default={},
        example={"PageRange": "1-3"},
        remedy='Write plain values, for example { PageRange = "1-3" }; what the daemon sets itself (File, StoreFile, '
        "JobId, Timeout …) is left out.",
    ).told()
    archive_keep: Keep = Key(
        KEEP,
        "How long, or how much, the archive keeps of what the daemon put there. What people put there or have changed "
        "is never removed. An age from `1h`, or a table of age and size; the oldest go first.",
        absent=FOREVER,
        usual="for ever",
        example="90d",
        remedy=KEEP_HELP,
    ).told()
    error_keep: Keep = Key(
        KEEP,
        "Likewise of the error folder.",
        absent=FOREVER,
        usual="for ever",
        example={"age": "90d", "size": "10GB"},
        remedy=KEEP_HELP,
    ).told()
    outbox_keep: Keep = Key(
        KEEP,
        "Likewise of the outbox.",
        absent=FOREVER,
        usual="for ever",
        example={"size": "50GB"},
        remedy=KEEP_HELP,
    ).told()
    budget: Budget = Key(
        BUDGET,
        "What this route may spend; that of `[service]` holds as well.",
        absent=NO_LIMIT,
        usual="no limit",
        example={"day": 100, "month": 1000},
        remedy=BUDGET_HELP,
    ).told()
    markers: bool = Key(
        YES_OR_NO,
        'Whether `NAME.converting` stands in the inbox while a file is on its way (docs/operating.md, "What people '
        'see").',
        default=False,
    ).told()
    language: str = Key(
        LANGUAGE,
        "In which language its people are told. A file that is on its way keeps the language that it began with.",
        absent="en",
        usual="as in `[daemon]`",
        example="de",
    ).told()

    @property
    def keeps(self) -> tuple[tuple[str, str, Keep], ...]:
        """What each folder that results or sources are put into is called, its path, and what stays in it."""
        return (
            ("outbox", self.outbox, self.outbox_keep),
            ("error", self.error, self.error_keep),
            ("archive", self.archive, self.archive_keep),
        )

    @property
    def folders(self) -> tuple[str, str, str, str]:
        """Its inbox, outbox, error folder and archive."""
        return (self.inbox, self.outbox, self.error, self.archive)

    def order_for(self, source_format: str) -> Order:
        """Return the order of a file of that format that this route takes."""
        return Order(
            inbox=self.inbox,
            outbox=self.outbox,
            error=self.error,
            archive=self.archive,
            steps=(Step(self.source_format or source_format, self.to, dict(self.params)),),
            by_ending=self.source_format is None,
            source=self.source,
            mode=self.mode,
            on_conflict=self.on_conflict,
            owner=self.owner,
            file_mode=self.file_mode,
            keep_times=self.keep_times,
            done=self.done,
            remove_empty=self.remove_empty,
            language=self.language,
        )
