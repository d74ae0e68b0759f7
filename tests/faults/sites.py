"""A real daemon whose machine fails, which the test starts again as the service manager would."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.scripted_service import ScriptedService, converted
from tests.e2e.stage import Site, wait_for
from tests.e2e.wire import Heard, Saying
from tests.faults.worlds import FOLDERS
from tests.proof.invariants import Facts, Found, broken
from watchconvert.adapters.journal.report import read_status
from watchconvert.faces.watch_over import EXIT_JOURNAL

QUICK = Path(__file__).with_name("quick_daemon.py")
ROUTE = "to-pdf"
_NO_EXIT = "libgcc_s.so.1 must be installed for pthread_exit to work"


class Ledger(ScriptedService):
    """The scripted service, which remembers what it billed whatever it is told to forget."""

    def __init__(self) -> None:
        super().__init__()
        self.billed: list[bytes] = []

    def _submit(self, heard: Heard) -> Saying | None:
        data, bills = self.files.get(heard.form.get("File", ""), b""), len(self.bills)
        said = super()._submit(heard)
        self.billed += [data] * (len(self.bills) - bills)
        return said


class FaultySite(Site):
    """One route, the scripted service, and a daemon that is started again when it has ended by itself."""

    def __init__(self, folder: Path, service: Ledger, **keys: str) -> None:
        super().__init__(folder, service.url, 'dialect = "old"', routes=("pdf",))
        self.service = service
        self.dropped: dict[str, bytes] = {}
        self.restarts = 0
        daemon = {"rescan": '"1s"', "min_free": '"64KiB"'}
        text = self.config.read_text().replace('rescan = "2s"\n', "").replace('settle = "300ms"', 'settle = "50ms"')
        lines = "".join(f"{key} = {value}\n" for key, value in daemon.items())
        text = text.replace("[daemon]\n", f"[daemon]\n{lines}").replace('path = "share/to-pdf"\n', self._folders(keys))
        self.config.write_text(text)
        self.places = {each: Path(keys.get(each, str(self.path(ROUTE, each)))) for each in FOLDERS}

    @staticmethod
    def _folders(keys: dict[str, str]) -> str:
        return 'path = "share/to-pdf"\n' + "".join(f'{key} = "{value}"\n' for key, value in keys.items())

    def start(self) -> None:
        """Start the daemon and wait until it runs."""
        with (self.folder / "daemon.log").open("ab") as log:
            process = subprocess.Popen([sys.executable, QUICK, self.config], stdout=log, stderr=log)
        self.process = process

        def runs_or_ended() -> bool:
            return process.poll() is not None or read_status(self.journal).get("pid") == process.pid

        wait_for(runs_or_ended, "the daemon to start", 20)

    def keep_up(self) -> None:
        """Start the daemon again if it has ended, as the service manager would; it may end only with 74.

        Or with an abort of the C library's own, which loads a piece of itself when the first thread ends.
        """
        assert self.process is not None
        status = self.process.poll()
        if status is not None:
            aborted = status == -signal.SIGABRT and self.log().rstrip().endswith(_NO_EXIT)
            assert aborted or status == EXIT_JOURNAL, f"it ended with {status}: {self.log()[-3000:]}"
            broken_loops = [line for line in self.log().splitlines() if '"event": "broken"' in line]
            assert all("JournalError" in line for line in broken_loops), f"a file's fault ended it: {broken_loops[-1]}"
            self.restarts += 1
            self.start()

    def drop(self, name: str, data: bytes) -> None:
        """Put a file into the inbox, by a rename as careful programs do."""
        draft = self.places["inbox"] / f".{name}"
        draft.write_bytes(data)
        draft.rename(self.places["inbox"] / name)
        self.dropped[name] = data

    def is_done(self, name: str) -> bool:
        """Tell whether a file has come to its end; looks after the daemon meanwhile."""
        self.keep_up()
        return (self.places["archive"] / name).exists()

    def wait_for_all(self, patience: float = 60.0) -> None:
        """Wait until every file has come to its end."""
        wait_for(
            lambda: all(map(self.is_done, self.dropped)), f"all to be done; the log: {self.log()[-3000:]}", patience
        )

    def wait_for_empty_stages(self) -> None:
        """Wait until nothing is left in any stage: the source reaches the archive a moment before its job ends."""
        wait_for(lambda: not [each for each in self._found() if "stage" in each.where], "empty stages", 20)

    def facts(self) -> Facts:
        """Return everything that is known now."""
        return Facts(
            dropped=list(self.dropped.values()),
            found=list(self._found()),
            billed=list(self.service.billed),
            results=lambda source: [converted(source)],
        )

    def _found(self) -> Iterator[Found]:
        for folder, top in self.places.items():
            hidden = "stage" if folder == "inbox" else "outbox stage"
            for path in sorted(top.rglob("*")):
                if path.is_file():
                    staged = path.relative_to(top).parts[0] == ".watchconvert"
                    yield Found(hidden if staged else folder, path.name, path.read_bytes())

    def check(self) -> None:
        """Look at what must hold at rest."""
        wrong = broken(self.facts())
        assert not wrong, f"{wrong}; the log: {self.log()[-3000:]}"
        bugs = [line for line in self.log().splitlines() if '"event": "bug"' in line and '"forget"' not in line]
        assert not bugs, f"a fault of the machine is taken for a bug: {bugs[0]}"
        assert len(self.service.bills) == len(self.dropped)


@contextmanager
def faulty_site(folder: Path, **keys: str) -> Iterator[FaultySite]:
    """Run a daemon on a machine that is well so far; `keys` are folders of the route."""
    service = Ledger()
    service.start()
    site = FaultySite(folder, service, **keys)
    try:
        yield site
    finally:
        if site.process is not None and site.process.poll() is None:
            site.kill()
        service.stop()
