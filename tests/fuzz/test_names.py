"""Names of every kind, by the million: nothing acts, nothing leaves its folder, nothing is too long.

With WATCHCONVERT_SWEEP=full a million names go through the functions, and thousands through the daemon.
"""

import io
import os
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from structlog.testing import capture_logs

from tests.engine.fakes import result_of
from tests.engine.world import World
from tests.fuzz.odds import FULL, MILLION, PIECES, is_harmless, is_name, odd_names
from tests.proof.invariants import Facts, Found, broken
from watchconvert.core.job import Verdict
from watchconvert.core.naming import (
    STAGE,
    fitted,
    format_of,
    is_junk,
    neutral_name,
    note_name,
    numbered,
    output_names,
    shown,
    split_ending,
)
from watchconvert.faces.log import make_log

COUNT = MILLION if FULL else 4000
BATCH = 40
BATCHES = 100 if FULL else 4


def check_name(name: bytes, dice: Random) -> None:
    """Put a name through everything that is made of names."""
    assert is_harmless(shown(name)), shown(name)
    assert len(shown(name)) <= 200
    stem, ending = split_ending(name)
    assert stem + ending == name
    kind = format_of(name)
    assert neutral_name(kind).isascii()
    assert kind == "" or (kind.isascii() and kind.isalnum() and kind == kind.lower())
    labels = tuple(b"".join(dice.choices(PIECES, k=3)).decode("utf-8", "replace") for _ in range(dice.randint(1, 3)))
    outputs = output_names(name, labels, "pdf")
    assert len(set(outputs)) == len(labels)
    made = [*outputs, *islice(numbered(name), 3), note_name(name), fitted(name, b" (12)", b".error.txt")]
    assert all(is_name(each) for each in made), made
    assert is_junk(note_name(name))


def test_whatever_is_made_of_a_name_is_a_name(tell: Callable[[str], None]) -> None:
    dice, begun, tried = Random(1), time.monotonic(), 0
    for tried, name in enumerate(odd_names(1, COUNT), start=1):
        try:
            check_name(name, dice)
        except Exception as fault:
            raise AssertionError(f"name {tried}, {name!r}: {fault}") from fault
        if tried % 100_000 == 0:
            tell(f"names: {tried:,}, {time.monotonic() - begun:.0f} s")
    assert tried == COUNT
    if FULL:
        tell(f"names: {tried:,}, violations 0, {time.monotonic() - begun:.0f} s")


def drop_all(world: World, names: list[bytes]) -> dict[bytes, bytes]:
    """Drop a file of each name; returns the contents."""
    contents = {name: b"source %d of " % number + name for number, name in enumerate(names)}
    for name, data in contents.items():
        (Path(world.route.inbox) / os.fsdecode(name)).write_bytes(data)
    return contents


def live(world: World) -> None:
    """Let the daemon do with the files what it does."""
    for _ in range(300):
        world.round()
        if not world.open_jobs() and not any(lane.waiting for lane in world.lanes):
            return
        world.clock.pass_by(1.0)
    raise AssertionError([(job.state, job.note) for job in world.open_jobs()])


def lying(world: World) -> list[Found]:
    """Return everything that lies in a folder of the route."""
    seen = [
        Found(folder, name, data)
        for folder in ("inbox", "outbox", "archive", "error") for name, data in world.seen(folder).items()
    ]  # fmt: skip
    return seen + [Found("stage", path.name, path.read_bytes()) for path in world.staged() if path.is_file()]


def check_ends(world: World, contents: dict[bytes, bytes], *, refused: bool) -> None:
    """See that each file is where its name says that it must be, under that very name."""
    found = lying(world)
    facts = Facts(
        list(contents.values()), found, list(world.service.sources.values()), lambda source: [result_of(source)]
    )
    assert broken(facts) == []
    places = {each.data: each for each in found}
    for name, data in contents.items():
        end = "inbox" if is_junk(name) else "error" if refused or not format_of(name) else "archive"
        there = places[data]
        assert there.where == end, (name, there)
        # In the error folder a number keeps a file from the explanation of another whose name was cut like its own.
        assert os.fsencode(there.name) == name or (
            end == "error" and os.fsencode(there.name) in islice(numbered(name), 60)
        )


def check_words(world: World, logs: Sequence[Mapping[str, object]]) -> None:
    """See that no name acts, in a line of the log or of an explanation."""
    assert not [entry for entry in logs if entry["event"] == "bug"], logs
    assert all(is_harmless(str(value)) for entry in logs for value in entry.values())
    stream = io.StringIO()
    for entry in logs:
        make_log(stream).info(**{key: value for key, value in entry.items() if key != "log_level"})
    assert len(stream.getvalue().splitlines()) == len(logs)
    assert stream.getvalue().replace("\n", "").isascii()
    for note in Path(world.route.error).glob("*.error.txt"):
        lines = note.read_bytes().decode().split("\r\n")
        assert all(map(is_harmless, lines)), lines
        assert sum(line.startswith("Why:") for line in lines) == 1


@pytest.mark.parametrize("refused", [False, True], ids=["converted", "refused"])
def test_a_file_of_any_name_goes_its_way(memory: Path, tell: Callable[[str], None], *, refused: bool) -> None:
    begun, total = time.monotonic(), 0
    (memory / "letter.docx").write_bytes(b"somebody else's")
    for batch in range(BATCHES):
        names = list(dict.fromkeys(odd_names(100 + batch, 2 * BATCH)))[BATCH if batch else 0 :]
        names = [name for name in names if name != STAGE]  # that one is the daemon's
        total += len(names)
        world = World(memory / f"world-{batch}", refuse=Verdict("It is damaged.", 500, 5002) if refused else None)
        world.root.mkdir()
        with capture_logs() as logs:
            world.start()
            try:
                contents = drop_all(world, names)
                live(world)
                check_ends(world, contents, refused=refused)
                check_words(world, logs)
            finally:
                world.stop()
    others = [path for path in memory.iterdir() if not path.name.startswith("world-")]
    assert [path.read_bytes() for path in others] == [b"somebody else's"]
    if FULL:
        tell(f"names through the daemon: {total:,}, violations 0, {time.monotonic() - begun:.0f} s")


def test_files_of_one_long_beginning_each_have_an_explanation(memory: Path) -> None:
    names = [b"x" * (255 - extra) + b"y" * extra for extra in range(6)] + [
        "ä".encode() * 125 + b"%d.pdf" % n for n in range(4)
    ]
    world = World(memory, refuse=Verdict("It is damaged.", 500, 5002))
    world.start()
    try:
        contents = drop_all(world, names)
        live(world)
        check_ends(world, contents, refused=True)
        assert len(world.seen("error")) == 3 * len(names)
    finally:
        world.stop()
