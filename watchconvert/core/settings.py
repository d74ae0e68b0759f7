"""The configuration as values, with the defaults that hold where nothing is said."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from watchconvert.core.cadence import DOUBT_PAUSE
from watchconvert.core.job import Order, Param, Step
from watchconvert.core.keeping import FOREVER, Keep

LOCAL = "local"
"""The service URL that stands for the built-in server."""


@dataclass(frozen=True)
class Service:
    """Where and how conversions are asked for."""

    url: str = "https://v2.convertapi.com"
    secret_file: str | None = None
    """Absolute path, or None: then the systemd credential or the environment has the secret."""
    dialect: str = "auto"
    mode: str = "semi-async"
    hold: float = 60.0
    """Seconds that a semi-asynchronous request may stay open before the job is polled."""
    timeout: float = 900.0
    """Seconds that the service may take for one conversion."""
    auth: str = "header"
    """Where the secret goes: "header", or "query" for the old dialect."""
    webhook_url: str = ""
    """The address at which a reverse proxy hands the service's calls to `webhook_listen`."""
    webhook_listen: str = "127.0.0.1:8788"
    doubt: float = DOUBT_PAUSE
    """Seconds in which a job that was sent may still turn up at the service."""
    low_balance: int = 0
    """Conversions left on the account below which a warning is given; 0 for none."""

    @property
    def is_local(self) -> bool:
        """Whether the daemon starts the built-in server as its child."""
        return self.url == LOCAL


@dataclass(frozen=True)
class Daemon:
    """How the daemon itself runs."""

    journal: str
    """Absolute path of the SQLite file."""
    workers: int = 8
    rescan: float = 60.0
    """Seconds between two scans of every inbox."""
    poll: float = 5.0
    """Seconds between two scans of an inbox from which the kernel brings no events."""
    min_free: int = 64 * 2**20
    """Bytes that must stay free where results are stored before another one is bought."""
    keep_history: float = 90 * 86400.0
    """Seconds for which the journal tells of a job that is at rest."""


@dataclass(frozen=True)
class Route:
    """One watched inbox with its conversion, outbox, error folder and archive."""

    name: str
    inbox: str
    outbox: str
    error: str
    archive: str
    to: str
    source_format: str | None = None
    """`from` of the configuration; None: the file's own ending."""
    accept: tuple[str, ...] = ("*",)
    ignore: tuple[str, ...] = ()
    unaccepted: str = "error"
    """A file that `accept` leaves out: "error" or "leave"."""
    settle: float = 1.0
    """Seconds that a file must have been quiet."""
    incomplete_after: float = 120.0
    """Seconds after which a file that stays empty or cut off goes to the error folder."""
    done: str = ""
    """Name of a marker file that says a file is complete, with {name} for its name; empty for none."""
    recursive: bool = False
    """Whether sub-folders of the inbox are taken too, and mirrored."""
    remove_empty: bool = False
    """Whether sub-folders of the inbox that were emptied are removed."""
    on_conflict: str = "number"
    owner: str = "daemon"
    file_mode: int | None = None
    keep_times: bool = False
    source: str = "archive"
    mode: str = "semi-async"
    params: Mapping[str, Param] = field(default_factory=dict)
    archive_keep: Keep = FOREVER
    """What stays of that which the daemon put into the archive; likewise of the other two."""
    error_keep: Keep = FOREVER
    outbox_keep: Keep = FOREVER

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
        )


@dataclass(frozen=True)
class Notify:
    """One way in which somebody is told what happens; what its kind has no use for stays empty."""

    name: str
    kind: str
    """ "mail", "webhook" or "command"."""
    on: tuple[str, ...] = ("failed", "held", "released", "low_balance")
    """What is told of."""
    routes: tuple[str, ...] = ()
    """Names of the routes it is told of; empty for all."""
    interval: float = 900.0
    """Seconds in which there is one message at most of each cause."""
    host: str = ""
    port: int = 0
    tls: str = "starttls"
    """How the mail server is spoken to: "starttls", "tls" from the first byte on, or "none" on this machine."""
    user: str = ""
    password_file: str = ""
    sender: str = ""
    """`from` of the configuration."""
    to: tuple[str, ...] = ()
    url: str = ""
    """The webhook's address; what stands behind its host may be a secret."""
    secret_file: str = ""
    command: tuple[str, ...] = ()
    """A program and its arguments; no shell sees them."""
    time_limit: float = 30.0
    """Seconds that the command may take."""


@dataclass(frozen=True)
class Web:
    """The page that shows how it is."""

    listen: str = ""
    """Host and port, or "unix:" and the absolute path of a socket; empty: there is no page."""
    token_file: str | None = None
    """Absolute path; None: nothing can be done by the page, only seen."""
    hosts: tuple[str, ...] = ()
    """Further names, in lower case and without ports, under which the page may be asked for."""
    user_header: str = ""
    """The header in which a reverse proxy on this machine names who asks; empty: there is none."""


@dataclass(frozen=True)
class Config:
    """All of the configuration file."""

    service: Service
    daemon: Daemon
    routes: tuple[Route, ...]
    notify: tuple[Notify, ...] = ()
    web: Web = field(default_factory=Web)


@dataclass(frozen=True)
class Surroundings:
    """What the configuration file leaves to the place it is read in."""

    folder: str
    """Folder of the configuration file: relative paths start there."""
    state: str = "/var/lib/watchconvert"
    """Where the journal lies unless the file says otherwise ($STATE_DIRECTORY under systemd)."""
    resolve: Callable[[str], str] = str
    """Replaces symbolic links in a path, once, when the configuration is read."""
