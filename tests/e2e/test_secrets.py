"""A secret that can be recognised, and where it must never be found; and the ids that open files, and where they may be.

The service quotes whole requests in its complaints, as some do, with all that was in them.
"""

import contextlib
import sqlite3
import subprocess
import sys
import urllib.parse
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.e2e.scripted_service import MARK, ScriptedService, scripted_service
from tests.e2e.stage import Site, wait_for
from tests.e2e.wire import REQUEST, Saying, complaint

SECRET = "canary+Secret/of=the~account"
"""With characters that look different in an address."""
SPELLINGS = {SECRET, urllib.parse.quote(SECRET, safe=""), urllib.parse.quote(SECRET), repr(SECRET.encode())[2:-1]}
COMPLAINTS = (
    ("upload", complaint(413, 413, f"too large: {REQUEST}")),
    ("upload", complaint(503, 503, f"busy: {REQUEST}")),
    ("submit", complaint(500, 5002, f"damaged: {REQUEST}")),
    ("submit", complaint(503, 503, f"busy: {REQUEST}")),
    ("submit", complaint(401, 4014, f"empty: {REQUEST}")),
    ("submit", Saying(200, b"no json")),
    ("submit", Saying(200, {"Files": []})),
    ("poll", complaint(500, 5001, f"failed: {REQUEST}")),
    ("poll", complaint(500, 5003, f"protected: {REQUEST}")),
    ("poll", complaint(502, None)),
    ("fetch", complaint(403, 403, f"forbidden: {REQUEST}")),
    ("fetch", complaint(404, 404, f"gone: {REQUEST}")),
)
COLUMNS = {"secret": set(), "job": {"job.remote_id", "round.remote_id"}, "file": {"job.file_id", "job.parts"}}
"""Where in the journal each of them may stand."""
_NEEDED = 1 + len(COMPLAINTS) + 3


def words_of(service: ScriptedService) -> dict[str, set[str]]:
    """Return what was told to the service or by it and opens something: the secret, the JobIds, the FileIds."""
    jobs = {heard.form["JobId"] for heard in service.heard if heard.kind == "submit"}
    files = {heard.query["fileId"] for heard in service.heard if heard.kind == "upload"}
    results = {heard.path.split("/")[2] for heard in service.heard if heard.kind == "fetch"}
    return {
        "secret": SPELLINGS,
        "job": jobs | {job.replace("-", "") for job in jobs},
        "file": files | results,
    }


def make_site(folder: Path, url: str, auth: str, given: str) -> Site:
    """Make a site whose secret is the canary, given in a file or in the environment."""
    site = Site(folder, url, f'dialect = "old"\nmode = "async"\nauth = "{auth}"', routes=("pdf",))
    (folder / "secret").write_text(SECRET + "\n")
    if given == "environment":
        (folder / "secret").unlink()
        site.config.write_text(site.config.read_text().replace('secret_file = "secret"\n', ""))
    return site


def drop(site: Site, names: Iterable[str]) -> None:
    """Drop files."""
    for name in names:
        (site.path("to-pdf", "inbox") / name).write_bytes(MARK + name.encode())


def tell(site: Site, *words: str) -> str:
    """Return what the command line tells."""
    command = [sys.executable, "-m", "watchconvert", *words, "--config", str(site.config)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def holds_of(site: Site) -> set[str]:
    """Return the scopes that are held."""
    with site.report() as report:
        return {hold.scope.value for hold in report.holds()}


def live(site: Site, service: ScriptedService) -> list[str]:
    """Let the daemon see success, complaints of every kind and an outage; return what its status said meanwhile."""
    drop(site, ["calm.docx"])
    site.wait_for_rest(1)
    for kind, saying in COMPLAINTS:
        service.say(kind, saying)
    names = [f"troubled-{number}.docx" for number in range(len(COMPLAINTS))]
    drop(site, names)
    wait_for(lambda: "account" in holds_of(site), "the empty account")
    told = [tell(site, "status"), tell(site, "status", "--json"), *(tell(site, "why", name) for name in names)]
    site.wait_for_rest(1 + len(names))
    port = service.port
    service.stop()
    drop(site, ["late-1.docx", "late-2.docx", "late-3.docx"])
    wait_for(lambda: "service" in holds_of(site), "the outage")
    told += [tell(site, "status"), tell(site, "why", "late-1.docx")]
    service.start(port)
    site.wait_for_rest(_NEEDED)
    return [*told, tell(site, "status", "--json", "--last", "100")]


def columns_with(journal: str, words: set[str]) -> set[str]:
    """Return the columns of the journal in which one of the words stands."""
    found = set()
    with contextlib.closing(sqlite3.connect(journal)) as database:
        database.row_factory = sqlite3.Row
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in database.execute(f"SELECT * FROM {table}"):
                found |= {f"{table}.{name}" for name in row.keys() if any(word in str(row[name]) for word in words)}  # noqa: SIM118 - a row is no mapping
    return found


def check_texts(site: Site, told: list[str], words: dict[str, set[str]]) -> None:
    """Nothing that people read holds the secret or an id, but for the JobIds in the explanations beside their files.

    These are for whoever asks the service about a bill, and lie where the file itself lies; the job is deleted there by then.
    """
    explained = {".error.txt", ".error.json"}
    notes = [
        path.read_text() for name, path in site.seen("to-pdf", "error").items() if any(map(name.endswith, explained))
    ]
    assert len(notes) == 3 * len(explained)
    texts = [site.log(), *notes, *told]
    assert sum("busy: POST" in text for text in texts), "the service's own words are told"
    assert sum("damaged: POST" in text for text in texts)
    for kind, each in words.items():
        for word in each:
            assert not [text for text in texts if word in text and not (kind == "job" and text in notes)], kind


def check_disk(site: Site, words: dict[str, set[str]]) -> None:
    """The journal has the ids in their columns alone, and no file but the one that is for it has the secret."""
    for kind, allowed in COLUMNS.items():
        assert columns_with(site.journal, words[kind]) == allowed, kind
    for path in site.folder.rglob("*"):
        if path.is_file() and path.name != "secret":
            data = path.read_bytes()
            assert not [word for word in SPELLINGS if word.encode() in data], path


@pytest.mark.slow
@pytest.mark.parametrize(("auth", "given"), [("header", "environment"), ("query", "file")])
def test_the_secret_is_found_nowhere_and_ids_only_where_they_belong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, auth: str, given: str
) -> None:
    if given == "environment":
        monkeypatch.setenv("CONVERTAPI_SECRET", SECRET)
    with scripted_service(secret=SECRET, reply="nothing", pending=0) as service:
        site = make_site(tmp_path, service.url, auth, given)
        site.start()
        told = live(site, service)
        assert site.process is not None
        process = Path(f"/proc/{site.process.pid}")
        assert SECRET not in (process / "cmdline").read_text()
        assert (SECRET in (process / "environ").read_text()) == (given == "environment")
        assert site.stop() == 0
        words = words_of(service)
    assert len(words["job"]) >= 2 * _NEEDED - 4
    assert all(("Secret" in heard.query) == (auth == "query") for heard in service.heard)
    check_texts(site, told, words)
    check_disk(site, words)
