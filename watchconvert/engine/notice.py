"""From a complete file to its job: the order of its route, and a verdict where it cannot be taken."""

from collections.abc import Callable

from watchconvert.core.job import Job, Verdict
from watchconvert.core.naming import format_of, matches
from watchconvert.core.settings import Route
from watchconvert.core.settle import Gate, Waiting
from watchconvert.core.verdicts import because


def make_job(route: Route, folder: bytes, name: bytes, waiting: Waiting, now: float, new_id: Callable[[], str]) -> Job:
    """Return the job of a file that may be taken; one that the route does not take gets its verdict with it."""
    source = route.source_format or format_of(name)
    return Job(
        id=new_id(),
        route=route.name,
        name=name,
        folder=folder,
        order=route.order_for(source),
        sighting=waiting.sighting,
        owner=waiting.sighting.owner,
        file_id=new_id(),
        verdict=verdict_on(route, name, waiting, source),
        due=now,
        noticed_at=now,
        changed_at=now,
    )


def verdict_on(route: Route, name: bytes, waiting: Waiting, source: str) -> Verdict | None:
    """Return why a file cannot be converted as far as that shows here; None when the service is to say."""
    if not matches(name, route.accept):
        return because("not_accepted", patterns=", ".join(route.accept))
    if not source:
        return because("no_ending")
    if waiting.sighting.size == 0:
        return because("empty")
    return because("cut_off") if waiting.gate is Gate.CUT_OFF else None
