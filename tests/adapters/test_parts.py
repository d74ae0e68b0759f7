"""Results: whole and checked, or not there at all; visible only under a name of their own."""

import dataclasses
import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.adapters.rig import FaultyDisk, Rig, cut_everywhere, part
from tests.core.making import JOB_ID
from watchconvert.adapters.files.disk import Disk
from watchconvert.adapters.files.parts import UNKNOWN_SIZE, WrongLengthError
from watchconvert.core.job import Job


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def converted(rig: Rig, *sizes: int, names: tuple[bytes, ...] = (b"letter.pdf",)) -> Job:
    parts = tuple(part(size, names[number % len(names)]) for number, size in enumerate(sizes))
    return rig.job(parts=parts)


def fetched(rig: Rig, *contents: bytes, names: tuple[bytes, ...] = (b"letter.pdf",)) -> Job:
    job = converted(rig, *map(len, contents), names=names)
    parts = tuple(rig.parts.write(job, number, [content]) for number, content in enumerate(contents))
    return dataclasses.replace(job, parts=parts)


def test_a_part_is_written_into_the_stage_alone(rig: Rig) -> None:
    job = converted(rig, 10)
    written = rig.parts.write(job, 0, [b"01234", b"", b"56789"])
    assert rig.hidden("outbox") == {f"{JOB_ID}/0": b"0123456789"}
    assert rig.files("outbox") == {}
    seen = (rig.stage("outbox") / "0").stat()
    assert written == dataclasses.replace(job.parts[0], ino=seen.st_ino, length=10, mtime=seen.st_mtime_ns)


def test_an_empty_part_is_a_part(rig: Rig) -> None:
    rig.parts.write(converted(rig, 0), 0, [])
    assert rig.hidden("outbox") == {f"{JOB_ID}/0": b""}


@pytest.mark.parametrize("content", [b"", b"0123456789"])
def test_a_part_whose_length_nobody_told_is_as_long_as_it_came(rig: Rig, content: bytes) -> None:
    rig.parts.write(converted(rig, UNKNOWN_SIZE), 0, [content])
    assert rig.hidden("outbox") == {f"{JOB_ID}/0": content}


def test_a_part_written_again_is_written_anew(rig: Rig) -> None:
    job = converted(rig, 3)
    rig.parts.write(job, 0, [b"old"])
    rig.parts.write(job, 0, [b"new"])
    assert rig.hidden("outbox") == {f"{JOB_ID}/0": b"new"}


@pytest.mark.parametrize("blocks", [[b"0123"], [], [b"01234", b"5"], [b"0123456789"], [b"01234", b"x" * 10]])
def test_a_part_of_another_length_leaves_nothing(rig: Rig, blocks: list[bytes]) -> None:
    with pytest.raises(WrongLengthError, match=r"instead of 5"):
        rig.parts.write(converted(rig, 5), 0, blocks)
    assert rig.hidden("outbox") == rig.files("outbox") == {}


def test_an_endless_part_is_not_read_to_its_end(rig: Rig) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 10
        raise AssertionError("it was read on")

    with pytest.raises(WrongLengthError):
        rig.parts.write(converted(rig, 25), 0, endless())


@pytest.mark.parametrize("call", ["reserve", "write", "sync", "create"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_fails_leaves_nothing(tmp_path: Path, call: str, number: int) -> None:
    rig = Rig(tmp_path)
    with rig.folders.open(str(rig.paths["outbox"])) as outbox, rig.folders.stage(outbox, JOB_ID):
        pass
    with pytest.raises(OSError) as caught:
        Rig(tmp_path, FaultyDisk(call, number)).parts.write(converted(rig, 5), 0, [b"01234"])
    assert caught.value.errno == number
    assert rig.hidden("outbox") == rig.files("outbox") == {}


def test_a_connection_that_breaks_leaves_nothing(rig: Rig) -> None:
    def broken() -> Iterator[bytes]:
        yield b"01"
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        rig.parts.write(converted(rig, 5), 0, broken())
    assert rig.hidden("outbox") == {}


def test_an_output_appears_under_its_name(rig: Rig) -> None:
    job = fetched(rig, b"%PDF")
    assert [each.name for each in rig.parts.publish(job).parts] == [b"letter.pdf"]
    assert rig.files("outbox") == {"letter.pdf": b"%PDF"}
    assert (rig.paths["outbox"] / "letter.pdf").stat().st_ino == job.parts[0].ino


def test_an_output_gets_the_mode_that_the_folder_gives(rig: Rig) -> None:
    before = os.umask(0o027)
    try:
        rig.parts.publish(fetched(rig, b"%PDF"))
    finally:
        os.umask(before)
    assert (rig.paths["outbox"] / "letter.pdf").stat().st_mode & 0o777 == 0o640


def test_an_output_never_replaces_another(rig: Rig) -> None:
    (rig.paths["outbox"] / "letter.pdf").write_bytes(b"old")
    assert [each.name for each in rig.parts.publish(fetched(rig, b"a", b"b")).parts] == [
        b"letter (2).pdf",
        b"letter (3).pdf",
    ]
    assert rig.files("outbox") == {"letter.pdf": b"old", "letter (2).pdf": b"a", "letter (3).pdf": b"b"}


def test_outputs_keep_the_sub_folder_of_their_source(rig: Rig) -> None:
    rig.parts.publish(dataclasses.replace(fetched(rig, b"a"), folder=b"deep/down"))
    assert rig.files("outbox") == {"deep/down/letter.pdf": b"a"}


def test_a_repeated_publication_finds_its_outputs_and_makes_no_others(rig: Rig) -> None:
    (rig.paths["outbox"] / "letter.pdf").write_bytes(b"old")
    job = fetched(rig, b"a", b"b")
    first = rig.parts.publish(job)
    before = rig.files("outbox")
    assert rig.parts.publish(job) == first
    assert rig.files("outbox") == before


def test_an_output_that_a_person_took_away_meanwhile_is_not_made_again(rig: Rig) -> None:
    job = fetched(rig, b"a")
    rig.parts.publish(job)
    (rig.paths["outbox"] / "letter.pdf").unlink()
    assert [each.name for each in rig.parts.publish(job).parts] == [b"letter.pdf"]
    assert rig.files("outbox") == {}


def test_a_publication_cut_off_anywhere_ends_in_each_output_once(tmp_path: Path) -> None:
    def scene(number: int) -> tuple[Callable[[Disk], object], Callable[[], None]]:
        rig = Rig(tmp_path / str(number))
        (rig.paths["outbox"] / "letter.pdf").write_bytes(b"old")
        job = fetched(rig, b"a", b"b")
        got: list[tuple[bytes, ...]] = []

        def act(disk: Disk) -> None:
            got.append(tuple(each.name for each in Rig(tmp_path / str(number), disk).parts.publish(job).parts))

        def check() -> None:
            assert rig.files("outbox") == {"letter.pdf": b"old", "letter (2).pdf": b"a", "letter (3).pdf": b"b"}
            assert rig.hidden("outbox") == {}
            assert got[-1] == (b"letter (2).pdf", b"letter (3).pdf")

        return act, check

    assert cut_everywhere(scene) >= 8


def test_an_explanation_lies_beside_the_file_and_is_written_once(rig: Rig) -> None:
    job = rig.job()
    for _ in range(2):
        rig.parts.explain(job, ((b"letter.docx.error.txt", "Why: \u00e4\r\n"),))
    assert rig.files("error") == {"letter.docx.error.txt": "Why: \u00e4\r\n".encode()}
    rig.parts.clear(job, job.order.error)
    assert rig.hidden("error") == {}
    assert not rig.stage("error").exists()


def test_an_explanation_replaces_nothing(rig: Rig) -> None:
    (rig.paths["error"] / "letter.docx.error.txt").write_bytes(b"somebody's own")
    rig.parts.explain(rig.job(), ((b"letter.docx.error.txt", "Why"),))
    assert rig.files("error") == {"letter.docx.error.txt": b"somebody's own"}


def test_an_explanation_that_is_somebody_elses_text_is_not_the_daemons(rig: Rig) -> None:
    (rig.paths["error"] / "letter.docx.error.txt").write_bytes(b"somebody's own")
    assert rig.parts.explain(rig.job(), ((b"letter.docx.error.txt", "Why"),)) == ()


def test_an_explanation_of_a_life_before_is_known_again(rig: Rig) -> None:
    text = "Why: x\r\nWhen: {}\r\nJob: 1\r\n"
    (first,) = rig.parts.explain(rig.job(), ((b"letter.docx.error.txt", text.format("today")),))
    (again,) = rig.parts.explain(rig.job(), ((b"letter.docx.error.txt", text.format("tomorrow, in another language")),))
    assert again == first
    seen = (rig.paths["error"] / "letter.docx.error.txt").stat()
    assert (first.ino, first.size, first.mtime) == (seen.st_ino, seen.st_size, seen.st_mtime_ns)


def test_an_explanation_follows_the_file_into_its_sub_folder(rig: Rig) -> None:
    rig.parts.explain(rig.job(folder=b"deep"), ((b"n.txt", "Why"),))
    assert rig.files("error") == {"deep/n.txt": b"Why"}


def test_of_two_explanations_one_that_has_lost_its_name_does_not_cost_the_other(rig: Rig) -> None:
    (rig.paths["error"] / "n.txt").write_bytes(b"somebody's own")
    (placed,) = rig.parts.explain(rig.job(), ((b"n.txt", "Why"), (b"n.json", "{}")))
    assert rig.files("error") == {"n.txt": b"somebody's own", "n.json": b"{}"}
    assert (placed.name, placed.kind) == (b"n.json", "note")


def test_an_explanation_cut_off_anywhere_is_whole_in_the_end(tmp_path: Path) -> None:
    def scene(number: int) -> tuple[Callable[[Disk], object], Callable[[], None]]:
        rig = Rig(tmp_path / str(number))

        def check() -> None:
            assert rig.files("error") == {"n.txt": b"Why", "n.json": b"{}"}

        notes = ((b"n.txt", "Why"), (b"n.json", "{}"))
        return lambda disk: Rig(tmp_path / str(number), disk).parts.explain(rig.job(), notes), check

    assert cut_everywhere(scene) >= 11
