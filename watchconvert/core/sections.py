"""The tables that the configuration has, and what each is for."""

from watchconvert.core.keys import Section, keys_of
from watchconvert.core.settings import Daemon, Notify, Route, Service, Web
from watchconvert.core.settings.route import PATH

_NAME, *_OTHERS = keys_of(Route)

SERVICE = Section("service", keys_of(Service), "Where and how conversions are asked for.")
DAEMON = Section("daemon", keys_of(Daemon), "How the daemon itself runs.")
WEB = Section("web", keys_of(Web), 'A page that tells how it is (docs/operating.md, "The page").')
ROUTE = Section(
    "route",
    (_NAME, PATH, *_OTHERS),
    "One table for each inbox. Inboxes may not overlap, nothing of a route may lie in its own inbox, and no error "
    "folder or archive in any. An outbox may be the inbox of another route: its results are then converted further, "
    "but never round in a circle.",
    many=True,
)
NOTIFY = Section(
    "notify",
    keys_of(Notify),
    'One table for each who is to be told what happens; none means that nobody is. See docs/operating.md, "Messages". '
    "Try them with `watchconvert notify --test`. "
    "Secrets stand in files of one line, which nobody but the daemon's user and group may read.",
    many=True,
)
SECTIONS = (SERVICE, DAEMON, WEB, ROUTE, NOTIFY)
