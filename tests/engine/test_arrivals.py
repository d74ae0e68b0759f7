"""Any history of an inbox: every whole file is taken once with its last bytes, and nothing else ever is.

Hypothesis makes histories of what programs do to files, of time that passes, and of hints that arrive or are lost.
The model knows of every file who has it open, when it was touched last, and each content it had while nobody wrote.
"""

import dataclasses
import itertools
import os
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.fakes import result_of
from tests.engine.world import World
from watchconvert.adapters.files.folders import Folders
from watchconvert.core.states import State

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
TAKEN = ("a.txt", "b.bin", "sub/a.txt", "sub/deep/c.txt", "other/a.txt")
"""Names that the route takes; the stems differ or lie in different folders."""
LEFT = ("~$a.txt", "c.part", "sub/.d.txt", ".rsync-partial/a.txt", "other/@eaDir/a.txt")
"""Names that it leaves alone."""
NAMES = st.sampled_from(TAKEN * 4 + LEFT)
FOLDERS = st.sampled_from(("sub", "other", "sub/deep", "new"))
SETTLE = 1.0
STEP = st.sampled_from((0.1, 0.5, 0.9, 1.1, 3.0, 12.0))


def is_left(name: str) -> bool:
    """Tell whether a path is one that the route leaves alone; folders may have been renamed around it."""
    pieces = name.split("/")
    return any(piece.startswith((".", "~$")) or piece == "@eaDir" for piece in pieces) or name.endswith(".part")


Event = tuple[tuple[Any, ...], bool]
"""What is done, with its names or seconds, and whether a hint tells of it."""


@st.composite
def stories(draw: st.DrawFn) -> list[Event]:
    """Make a history of few names, so that things happen to one file again and again."""
    names = st.sampled_from(draw(st.lists(NAMES, min_size=1, max_size=3)))
    deeds = st.one_of(
        st.tuples(st.just("write"), names),  # makes what is not there, opens what is not open, and keeps it open
        st.tuples(st.just("close"), names),
        st.tuples(st.just("drop"), names),
        st.tuples(st.sampled_from(("rewrite", "replace", "delete")), names),
        st.tuples(st.just("rename"), names, NAMES),
        st.tuples(st.just("move_folder"), FOLDERS, FOLDERS),
        st.tuples(st.just("notice")),
        st.tuples(st.just("pause"), STEP),
        st.tuples(st.just("pause"), STEP),
    )
    return draw(st.lists(st.tuples(deeds, st.booleans()), min_size=12, max_size=40))


@dataclass
class Model:
    """The inbox as its users know it, kept by inode: a file goes on being itself under another name."""

    world: World
    open: dict[int, int] = field(default_factory=dict)
    """Descriptors by inode."""
    touched: dict[int, float] = field(default_factory=dict)
    contents: dict[int, bytes] = field(default_factory=dict)
    taken: list[bytes] = field(default_factory=list)
    """The contents of the files that left the inbox by nobody's hand but the daemon's."""
    counter: Any = field(default_factory=itertools.count)

    @property
    def inbox(self) -> Path:
        return Path(self.world.route.inbox)

    def fresh(self) -> bytes:
        """Bytes that differ from all others, in their number too: time stamps may be as coarse as the clock's tick."""
        number = next(self.counter)
        return b"<%d>" % number + b"." * number

    def present(self) -> dict[int, str]:
        found = {}
        for top, folders, files in os.walk(self.inbox):
            folders[:] = [name for name in folders if name != ".watchconvert"]
            for name in files:
                path = Path(top) / name
                found[path.stat().st_ino] = str(path.relative_to(self.inbox))
        return found

    def touch(self, path: Path) -> None:
        ino = path.stat().st_ino
        self.touched[ino], self.contents[ino] = self.world.clock.steady(), path.read_bytes()

    # what programs do ────────────────────────────────────────────────────────
    def write(self, name: str) -> Path:
        path = self.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        ino = path.stat().st_ino if path.exists() else 0
        if ino not in self.open:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            ino = os.fstat(file).st_ino
            self.open[ino] = file
        os.write(self.open[ino], self.fresh())
        self.touch(path)
        return path

    def close(self, name: str) -> Path | None:
        path = self.inbox / name
        if not path.exists() or path.stat().st_ino not in self.open:
            return None
        os.close(self.open.pop(path.stat().st_ino))
        return path

    def drop(self, name: str) -> Path | None:
        path = self.inbox / name
        return None if path.exists() else (self.write(name), self.close(name))[0]

    def rewrite(self, name: str) -> Path | None:
        path = self.inbox / name
        if not path.exists():
            return None
        path.write_bytes(self.fresh())
        self.touch(path)
        return path

    def replace(self, name: str) -> Path:
        path = self.inbox / name
        draft = path.with_name("draft.tmp")
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(self.fresh())
        draft.rename(path)
        self.touch(path)
        return path

    def rename(self, name: str, new: str) -> Path | None:
        path, target = self.inbox / name, self.inbox / new
        if not path.exists() or name == new:
            return None
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
        self.touch(target)
        return target

    def delete(self, name: str) -> Path:
        path = self.inbox / name
        path.unlink(missing_ok=True)
        return path

    def move_folder(self, name: str, new: str) -> Path | None:
        path, target = self.inbox / name, self.inbox / new
        if not path.is_dir() or target.exists() or target.is_relative_to(path):
            return None
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
        return target

    # what the daemon does ────────────────────────────────────────────────────
    def live(self, turn: Any) -> None:
        """Let the daemon act, and judge what it took."""
        before = self.present()
        turn()
        now = self.world.clock.steady()
        for ino in before.keys() - self.present().keys():
            name = before[ino]
            assert ino not in self.open, f"{name} was taken while it was open for writing"
            assert now - self.touched[ino] >= SETTLE, (
                f"{name} was taken {now - self.touched[ino]} s after its last change"
            )
            assert not is_left(name), f"{name} was taken"
            self.taken.append(self.contents[ino])

    def pause(self, seconds: float) -> None:
        self.live(self.world.round)
        self.world.clock.pass_by(seconds)

    def notice(self) -> None:
        """Let the lane make rows, and the claims wait: whatever comes next in the story comes in between."""
        self.live(lambda: self.world.lanes[0].round(self.world.clock.steady()))

    def finish(self) -> None:
        """Let every writer end and time pass until nothing stirs."""
        for file in self.open.values():
            os.close(file)
        self.open.clear()
        for _ in range(40):
            self.pause(1.5)


def play(model: Model, story: list[Event]) -> None:
    for (deed, *words), heard in story:
        path = getattr(model, deed)(*words)
        if deed == "move_folder" and heard:
            model.world.lanes[0].hints.lose()
        elif isinstance(path, Path) and heard:
            folder, name = os.path.split(os.fsencode(path.relative_to(model.inbox)))
            model.world.lanes[0].hints.add(folder, name)


def judge(model: Model) -> None:
    world = model.world
    assert {name for name in model.present().values() if not is_left(name)} == set(), "a file was not taken"
    billed = [world.service.sources[remote_id] for remote_id in world.service.bills]
    assert Counter(billed) == Counter(model.taken), "each file was converted once, with its last bytes"
    outputs = [path for path in Path(world.route.outbox).rglob("*.pdf") if ".watchconvert" not in path.parts]
    assert Counter(path.read_bytes() for path in outputs) == Counter(map(result_of, model.taken))
    assert {job.state for job in world.jobs()} <= {State.DONE, State.WITHDRAWN}
    assert world.staged() == []
    assert world.lanes[0].waiting == {}, "what is gone is still waited for"


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(story=stories())
def test_every_whole_file_is_taken_once_and_nothing_else(story: list[Event]) -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        world = World(Path(folder))
        world.change_route(recursive=True, settle=SETTLE)
        world.start()
        model = Model(world)
        try:
            play(model, story)
            model.finish()
            judge(model)
        finally:
            for file in model.open.values():
                os.close(file)
            world.stop()


@pytest.mark.parametrize("first", ["notices", "claims"])
def test_two_hosts_on_one_inbox_convert_each_file_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """Both see every file; the rename decides, and neither touches the stage of the other."""
    worlds = [make_host(tmp_path, name, monkeypatch) for name in ("one", "two")]
    files = {f"f{number}.txt": b"<%d>" % number for number in range(40)}
    for name, body in files.items():
        worlds[0].drop(name, body)
    try:
        for turn in range(60):
            live_together(worlds[:: 1 if turn % 2 else -1], first)
        billed = [world.service.sources[each] for world in worlds for each in world.service.bills]
        assert Counter(billed) == Counter(files.values())
        assert min(len(world.service.bills) for world in worlds) > 0, "one of them did everything"
        assert worlds[0].seen("archive") == files
        assert worlds[0].seen("outbox") == {f"{Path(name).stem}.pdf": result_of(body) for name, body in files.items()}
        states = Counter(job.state for world in worlds for job in world.jobs())
        assert states - Counter({State.WITHDRAWN: len(files)}) == {State.DONE: len(files)}
        assert (states[State.WITHDRAWN] > 0) is (first == "notices")
    finally:
        for world in worlds:
            world.stop()


def make_host(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> World:
    """Start a daemon of another host on the folders of host "one"."""
    root = tmp_path / name
    root.mkdir()
    world = World(root)
    shared = {each: str(tmp_path / "one/to-pdf" / each) for each in ("inbox", "outbox", "error", "archive")}
    world.change_route(**shared)
    world.appetite = dataclasses.replace(world.appetite, most_open=4)
    monkeypatch.setattr("tests.engine.world.Folders", lambda disk, _host: Folders(disk, name.encode()))
    world.start()
    return world


def live_together(worlds: list[World], first: str) -> None:
    """Let both notice before either claims, or each do all it can in turn."""
    if first == "notices":
        for world in worlds:
            world.lanes[0].round(world.clock.steady())
    for world in worlds:
        world.round()
        world.clock.pass_by(0.6)
