"""The daemon dies at every single point of a file's way, and at many pairs of them.

After every schedule each file must lie in exactly one place, with its whole
content, nothing overwritten, nothing left in a stage, and nothing billed twice,
although the service de-duplicates nothing (docs/design.md, "Crashes").
"""

import itertools
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.engine.fakes import Fuse, result_of
from tests.engine.world import World
from watchconvert.core.job import Verdict

SOURCE = b"the source of the letter"

CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "polled": {"held": False},
    "two outputs": {"outputs": 2},
    "refused": {"refuse": Verdict("It is damaged.", 500, 5002)},
    "reply lost": {"lose_replies": 1},
    "reply lost, job registered late": {"lose_replies": 1, "lag": 3.0},
    "result expired": {"expire_once": True},
}
PAIR_STRIDE = 47
"""Of all pairs of deaths every so manieth is tried; a prime, so that it drifts over the points."""


def prepare(world: World, setting: str) -> None:
    world.drop("letter.docx", SOURCE)
    if setting == "names taken":
        for folder, name in (("outbox", "letter.pdf"), ("archive", "letter.docx"), ("error", "letter.docx")):
            path = Path(getattr(world.route, folder)) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"somebody else's")
    if setting == "name replaced":
        world.change_route(on_conflict="replace")
        path = Path(world.route.outbox) / "letter.pdf"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"the result of last week")
    if setting == "source deleted":
        world.change_route(source="delete")
    if setting == "not accepted":
        world.change_route(accept=("*.odt",))


def without_id(text: bytes) -> bytes:
    return re.sub(rb"Job: +[0-9a-f]{32}", b"Job:", text)


def trial(at: tuple[int, ...], setting: str = "", **service: Any) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as root:
        world = World(Path(root), Fuse(at), **service)
        prepare(world, setting)
        lives = world.live_on()
        end: dict[str, Any] = {folder: world.seen(folder) for folder in ("inbox", "outbox", "archive", "error")}
        end["error"] = {name: without_id(text) for name, text in end["error"].items()}
        end |= {
            "staged": world.staged(),
            "states": sorted(job.state.value for job in world.jobs() if job.state.value != "withdrawn"),
            "bills": len(world.service.bills),
            "lives": lives,
            "points": len(world.fuse.trace),
            "trace": world.fuse.trace,
        }
        world.stop()
        return end


LOOKED_AT = ("inbox", "outbox", "archive", "error", "staged", "states", "bills")


def check(end: dict[str, Any], calm: dict[str, Any], at: tuple[int, ...]) -> None:
    for key in LOOKED_AT:
        where = [calm["trace"][point] for point in at if point < len(calm["trace"])]
        assert end[key] == calm[key], f"after a death at {where}: {key} is {end[key]} instead of {calm[key]}"


@pytest.mark.parametrize("service", CASES.values(), ids=CASES.keys())
def test_death_at_every_point(service: dict[str, Any]) -> None:
    calm = trial((), **service)
    assert len(calm["archive"]) + len(calm["error"]) >= 1
    assert calm["bills"] == (2 if service.get("expire_once") else 1)
    for point in range(calm["points"]):
        check(trial((point,), **service), calm, (point,))


@pytest.mark.parametrize("setting", ["names taken", "name replaced", "source deleted", "not accepted"])
def test_death_at_every_point_in_other_settings(setting: str) -> None:
    calm = trial((), setting)
    for point in range(calm["points"]):
        check(trial((point,), setting), calm, (point,))


@pytest.mark.parametrize("service", [{}, {"refuse": Verdict("It is damaged.", 500, 5002)}], ids=["plain", "refused"])
def test_two_deaths(service: dict[str, Any]) -> None:
    calm = trial((), **service)
    pairs = itertools.combinations(range(calm["points"] + 30), 2)
    for at in itertools.islice(pairs, 0, None, PAIR_STRIDE):
        check(trial(at, **service), calm, at)


def test_the_calm_way_is_the_right_one() -> None:
    end = trial(())
    assert end["outbox"] == {"letter.pdf": result_of(SOURCE)}
    assert end["archive"] == {"letter.docx": SOURCE}
    assert end["inbox"] == end["error"] == {}
    assert end["staged"] == []
    taken = trial((), "names taken")
    assert taken["outbox"] == {"letter.pdf": b"somebody else's", "letter (2).pdf": result_of(SOURCE)}
    assert taken["archive"] == {"letter.docx": b"somebody else's", "letter (2).docx": SOURCE}
    assert trial((), "name replaced")["outbox"] == {"letter.pdf": result_of(SOURCE)}
    deleted = trial((), "source deleted")
    assert deleted["archive"] == {}
    assert deleted["outbox"] == {"letter.pdf": result_of(SOURCE)}
    refused = trial((), refuse=Verdict("It is damaged.", 500, 5002))
    assert refused["error"]["letter.docx"] == SOURCE
    assert b"It is damaged." in refused["error"]["letter.docx.error.txt"]
