"""The samples are what their table says: a demo that drops the wrong thing proves nothing."""

import io
from importlib import resources
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from tests.e2e.opening import OPENERS, check_output
from watchconvert.faces import samples
from watchconvert.faces.samples import SAMPLES, Sample

CONVERTED = {sample.name: sample for sample in SAMPLES if sample.outcome == "converted"}
READABLE = [sample for name, sample in CONVERTED.items() if Path(name).suffix[1:] in OPENERS]


def test_every_file_is_used_and_every_use_has_a_file() -> None:
    files = {entry.name for entry in resources.files(samples).iterdir() if not entry.name.startswith("__")}
    assert files == {sample.name for sample in SAMPLES}


def test_the_samples_stay_small() -> None:
    assert sum(len(samples.read(name)) for name in {sample.name for sample in SAMPLES}) < 400_000


def test_no_file_is_dropped_twice_into_one_route() -> None:
    assert len({(sample.name, sample.route) for sample in SAMPLES}) == len(SAMPLES)


@pytest.mark.parametrize("sample", READABLE, ids=lambda sample: sample.name)
def test_the_marks_are_in_the_source(tmp_path: Path, sample: Sample) -> None:
    path = tmp_path / sample.name
    path.write_bytes(samples.read(sample.name))
    check_output(path, marks=sample.marks)


def test_the_locked_sample_opens_with_its_password_alone() -> None:
    data = samples.read("Protected.pdf")
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(io.BytesIO(data))
    with pikepdf.open(io.BytesIO(data), password="swordfish") as opened:
        assert len(opened.pages) == 3


def test_the_photo_lies_on_its_side() -> None:
    with Image.open(io.BytesIO(samples.read("Photo.jpg"))) as photo:
        assert (photo.size, photo.getexif()[0x0112]) == ((800, 600), 6)


def test_the_screenshot_is_partly_transparent() -> None:
    with Image.open(io.BytesIO(samples.read("Screenshot.png"))) as shot:
        assert shot.getchannel("A").getextrema() == (0, 255)


def test_an_unknown_sample_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        samples.read("Nothing.docx")
