"""Documents that want to do harm: each ends, in time, as an error of that file or as a sane result, and leaves nothing.

With WATCHCONVERT_SWEEP=full every document goes to every target, and hundreds of sound ones are damaged at random.
"""

import asyncio
import os
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest

from tests.fuzz.documents import EVILS, Evil, mutated, tiny_samples
from tests.fuzz.odds import FULL
from watchconvert.localapi.engines import ConversionError, Request, Result, Source, UnsupportedPairError, convert

CANARY = "TOPSECRET-of-somebody-else"
LIMIT = 20.0 if FULL else 3.0
"""Seconds that one conversion may take."""
MOST_BYTES = 512 * 2**20
"""What the results of a small document may weigh."""
MUTANTS = 600 if FULL else 12
TRIALS = [(evil, target) for evil in EVILS for target in (evil.targets if FULL else evil.targets[:1])]
TARGETS = {
    "docx": "html",
    "xlsx": "csv",
    "pdf": "jpg",
    "svg": "png",
    "odt": "pdf",
    "html": "pdf",
    "pptx": "pdf",
    "png": "jpg",
}


class Ground:
    """Where documents are converted, and what must stay as it is around it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.results = folder / "results"
        self.results.mkdir()
        self.secret = folder / "secret.txt"
        self.secret.write_text(CANARY)
        self.url = f"http://127.0.0.1:{port}/x"

    def convert(self, name: str, data: bytes, target: str) -> str:
        """Convert a document; returns "done" or the code of the error."""
        place = self.results / name.replace(".", "-")
        place.mkdir()
        path = place.with_suffix(".source")
        path.write_bytes(data)
        request = Request(name.rpartition(".")[2], target, (Source(path, name),), {}, LIMIT)
        begun = time.monotonic()
        try:
            made = asyncio.run(convert(request, place))
        except ConversionError as error:
            made, said = [], (str(int(error.code)), error.message)
        else:
            said = ("done", "")
        finally:
            path.unlink()
        assert time.monotonic() - begun < LIMIT + 15, f"{name} took too long"
        assert CANARY not in said[1]
        assert bool(made) == (not said[1]), f"{name} ended without a word"
        check_results(name, place, made)
        return said[0]


def check_results(name: str, place: Path, made: list[Result]) -> None:
    """See that results are plain files of a sane size, with nothing in them that is not the document's."""
    assert {result.path for result in made} == set(place.iterdir()), f"{name} left something"
    for result in made:
        assert result.path.is_file()
        assert not result.path.is_symlink()
        assert result.path.stat().st_size < MOST_BYTES, name
        assert CANARY.encode() not in result.path.read_bytes(), name
        result.path.unlink()


def children() -> set[str]:
    """Return every process that converts something for this one, by its command line."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"watchconvert.localapi.engines.child" in command:
            found.add(os.fsdecode(command[-2]))
    return found


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Ground(tmp_path, listener.getsockname()[1])
        before = {path for path in tmp_path.rglob("*") if path != made.results}
        yield made
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert {path for path in tmp_path.iterdir() if path != made.results} == before
    assert made.secret.read_text() == CANARY
    assert not [folder for folder in children() if folder.startswith(str(tmp_path))], "a child is left"
    assert not [Path("/", *parts) for parts in (("tmp", "escaped"), ("etc", "escaped")) if Path("/", *parts).exists()]


def test_a_document_that_wants_to_do_harm_does_none(ground: Ground, tell: Callable[[str], None]) -> None:
    begun = time.monotonic()

    def attempt(trial: tuple[Evil, str]) -> str:
        evil, target = trial
        try:
            return ground.convert(f"{target}-{evil.name}", evil.make(ground.url, str(ground.secret)), target)
        except UnsupportedPairError:
            return "unsupported"
        except BaseException as fault:
            fault.add_note(f"{evil.name} to {target}")
            raise

    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(attempt, TRIALS))
    known = {"done", "unsupported", "5000", "5001", "5002", "5003", "50020", "50050"}
    assert set(ends) <= known, [
        (evil.name, target, end) for (evil, target), end in zip(TRIALS, ends, strict=True) if end not in known
    ]
    assert {"done", "5001", "5002"} <= set(ends)
    refused = {evil.name for (evil, _), end in zip(TRIALS, ends, strict=True) if end == "5001"}
    assert refused >= {"bomb.docx", "bomb.xlsx", "many.docx", "bomb.png", "large.png"}, "one was unpacked"
    if FULL:
        tell(f"evil documents: {len(ends)}, violations 0, {time.monotonic() - begun:.0f} s")


def test_damaged_documents_end_as_errors_of_their_own(ground: Ground, tell: Callable[[str], None]) -> None:
    dice, begun, samples = Random(1), time.monotonic(), list(tiny_samples().items())
    orders = [(number, *dice.choice(samples)) for number in range(MUTANTS)]
    damaged = [(f"{number}-{name}", mutated(data, dice)) for number, name, data in orders]

    def attempt(order: tuple[str, bytes]) -> str:
        name, data = order
        try:
            return ground.convert(name, data, TARGETS.get(name.rpartition(".")[2], "png"))
        except UnsupportedPairError:
            return "unsupported"
        except BaseException as fault:
            fault.add_note(f"{name}: {data[:2000]!r}")
            raise

    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(attempt, damaged))
    assert all(end in ("done", "unsupported") or end.startswith("5") for end in ends), ends
    if FULL:
        tell(f"damaged documents: {len(ends)}, violations 0, {time.monotonic() - begun:.0f} s")
