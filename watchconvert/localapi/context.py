"""The parts of one running server, as the handlers find them on the application."""

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import ClientSession, web

from watchconvert.localapi.accounts import Account
from watchconvert.localapi.catalog import Catalog, Engines
from watchconvert.localapi.conversions import Conversions, Places
from watchconvert.localapi.files import FileStore
from watchconvert.localapi.forms import FormReader
from watchconvert.localapi.jobs import JobTable
from watchconvert.localapi.remote import Remote
from watchconvert.localapi.settings import Settings

Clock = Callable[[], float]


@dataclass(frozen=True)
class Context:
    """One server."""

    settings: Settings
    files: FileStore
    jobs: JobTable
    account: Account
    catalog: Catalog
    forms: FormReader
    remote: Remote
    conversions: Conversions

    def sweep(self) -> int:
        """Drop the jobs and files whose life is over and return how many those were."""
        return self.jobs.sweep() + self.files.sweep()


CONTEXT: web.AppKey[Context] = web.AppKey("context", Context)


def build_context(settings: Settings, engines: Engines, clock: Clock, session: ClientSession) -> Context:
    """Assemble a server over `settings.folder`, which must exist. `clock` tells seconds that never go back."""
    stored, work = settings.folder / "files", settings.folder / "work"
    for folder in (stored, work):
        folder.mkdir(mode=0o700, exist_ok=True)
    files = FileStore(stored, (settings.max_body, settings.max_disk), settings.file_life, clock)
    jobs = JobTable(settings, files, clock)
    account = Account(settings.secret, clock)
    remote = Remote(settings, files, session)
    return Context(
        settings=settings,
        files=files,
        jobs=jobs,
        account=account,
        catalog=Catalog(engines.available_pairs()),
        forms=FormReader(settings, files),
        remote=remote,
        conversions=Conversions(settings, Places(files, jobs, account, work), engines, remote),
    )


def lowered_query(request: web.Request) -> dict[str, str]:
    """Return the query with names in lower case; of a repeated name the last value."""
    return {name.lower(): value for name, value in request.query.items()}
