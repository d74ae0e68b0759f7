"""Values that the tests of the lower floors start from."""

from typing import Any

from watchconvert.core.job import Job, Order, Sighting, Step

JOB_ID = "0123456789abcdef0123456789abcdef"


def make_order(base: str = "/srv", **changes: Any) -> Order:
    """Return an order whose four folders lie in `base`."""
    plain: dict[str, Any] = {name: f"{base}/{name}" for name in ("inbox", "outbox", "error", "archive")}
    return Order(**plain | {"steps": (Step("docx", "pdf", {"PageRange": "1-3"}),)} | changes)


def make_job(name: bytes = b"letter.docx", **changes: Any) -> Job:
    """Return a noticed job."""
    plain: dict[str, Any] = {
        "id": JOB_ID,
        "route": "office",
        "name": name,
        "order": make_order(),
        "sighting": Sighting(dev=1, ino=2, size=3, mtime=4, ctime=5),
    }
    return Job(**plain | changes)
