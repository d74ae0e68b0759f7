"""The load has to be real files that differ, or a lost or swapped result would pass unseen."""

from itertools import chain
from pathlib import Path

import pptx
import pytest

from tests.e2e.loads import KINDS, make_files
from tests.e2e.opening import OPENERS, check_output


@pytest.mark.parametrize("kind", sorted(set(KINDS) & set(OPENERS)))
def test_the_files_are_sound_and_bear_their_marks(tmp_path: Path, kind: str) -> None:
    for name, data, marks in make_files(kind, 3, seed=1):
        (tmp_path / name).write_bytes(data)
        check_output(tmp_path / name, marks=marks)


def test_the_slides_bear_their_mark(tmp_path: Path) -> None:
    ((name, data, marks),) = make_files("pptx", 1, seed=1)
    (tmp_path / name).write_bytes(data)
    title = pptx.Presentation(str(tmp_path / name)).slides[0].shapes.title
    assert (title.text,) == marks


def test_no_two_files_are_alike() -> None:
    files = list(chain.from_iterable(make_files(kind, 20, seed) for kind in KINDS for seed in (1, 2)))
    marks = [mark for file in files for mark in file.marks]
    assert len({file.name for file in files}) == len({file.data for file in files}) == len(files)
    assert len(set(marks)) == len(marks) == 20 * 2 * (len(KINDS) - 2)


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_tells_names_and_marks(kind: str) -> None:
    first, again = ([(file.name, file.marks) for file in make_files(kind, 4, seed=9)] for _ in range(2))
    assert first == again


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(KeyError, match="blend"):
        list(make_files("blend", 1, seed=1))
