"""What must hold whatever happened: every file once in the outbox and the archive, whole, for one bill."""

from tests.e2e.arriving import make_pdf
from tests.machine.service import Service
from tests.machine.site import Site
from tests.machine.tools import wait_for


def make_files(count: int, stem: str = "file") -> dict[str, bytes]:
    """Return files that differ from all others; as the stand-in changes no byte, they are what their results should be."""
    return {f"{stem}{number}.txt": make_pdf(2000) for number in range(count)}


def wait_until_some(site: Site, route: str, least: int, most: int) -> int:
    """Wait until some results are there; fails if it is too late to disturb the others."""
    found: int = wait_for(
        lambda: (count := len(site.seen(route, "outbox"))) >= least and count,
        lambda: f"{least} results of {route}; the log:\n{site.log()[-3000:]}",
    )
    assert found <= most, f"{found} results are there already: too late for the middle"
    return found


def assert_whole(site: Site, route: str, files: dict[str, bytes]) -> None:
    """Each source is in the archive as it was, and its result is in the outbox, once; the stand-in changes no byte."""
    archive, outbox = site.seen(route, "archive"), site.seen(route, "outbox")
    assert sorted(archive) == sorted(files)
    assert sorted(outbox) == sorted(name.replace(".txt", ".pdf") for name in files)
    for name, content in files.items():
        assert archive[name].read_bytes() == content, name
        assert outbox[name.replace(".txt", ".pdf")].read_bytes() == content, name
    assert site.seen(route, "error") == {}


def assert_converted(site: Site, service: Service, *parts: str | dict[str, bytes], patience: float = 60.0) -> None:
    """Wait until the files of the routes are converted; each cost one bill, or the status counts it as perhaps two."""
    expected = dict(zip(parts[::2], parts[1::2], strict=True))
    for route, files in expected.items():
        assert isinstance(route, str)
        assert isinstance(files, dict)
        site.wait_until_finished(route, len(files), patience)
        assert_whole(site, route, files)
    total = sum(len(files) for files in expected.values())
    bills, _ = service.bills()
    owned_up = site.status()["money"]["doubtful"]
    assert total <= bills <= total + owned_up, f"{bills} bills for {total} files; {owned_up} perhaps charged twice"
