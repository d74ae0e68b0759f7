"""The judge on trial: every kind of broken result that `check_output` exists for must be told from a sound one."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from tests.e2e.opening import OPENERS, check_output
from watchconvert.faces import samples

Put = Callable[[str, bytes], Path]

PAGE = samples.read("Price list.html")
ERROR_REPLY = json.dumps({"Code": 404, "Message": "File not found", "InvalidParameters": {}}).encode()


@pytest.fixture
def put(tmp_path: Path) -> Put:
    def write(name: str, data: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


def picture(kind: str) -> bytes:
    with Image.open(io.BytesIO(samples.read("Photo.jpg"))) as photo, io.BytesIO() as buffer:
        photo.convert("RGB").save(buffer, kind)
        return buffer.getvalue()


def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("Notes.txt", samples.read("Notes.txt"))
    return buffer.getvalue()


def blank_pdf() -> bytes:
    buffer = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(buffer)
    return buffer.getvalue()


SOUND = {
    "pdf": (samples.read("Contract.pdf"), "pdf, 3 pages", "Kowalczyk Press"),
    "docx": (samples.read("Quarterly report.docx"), "docx, 128 words", "Sales by region"),
    "xlsx": (samples.read("Budget.xlsx"), "xlsx, 2 sheets", "779750"),
    "csv": (samples.read("Orders.csv"), "csv, 7 rows", "Haugen, Berg & Co"),
    "txt": (samples.read("Notes.txt"), "text, 12 lines", "Größe L, Gehäuse"),
    "md": (samples.read("Minutes.md"), "text, 19 lines", "Decisions"),
    "html": (PAGE, "html", "Guide rail 19″"),
    "zip": (archive(), "zip, 1 file", "Notes.txt"),
    "jpg": (samples.read("Photo.jpg"), "jpeg, 800 x 600", None),
    "png": (samples.read("Screenshot.png"), "png, 640 x 400", None),
    "tif": (samples.read("Scan.tif"), "tiff, 1240 x 1754, 2 pages", None),
    "webp": (picture("WEBP"), "webp, 800 x 600", None),
    "gif": (picture("GIF"), "gif, 800 x 600", None),
}
ALIASES = {"htm", "jpeg", "tiff"}
PLAIN = {"txt", "md"}  # half a text is a text
PADDED = {"tif"}  # its last bytes are filling


def test_a_sound_file_is_tried_for_every_ending() -> None:
    assert set(SOUND) | ALIASES == set(OPENERS)


@pytest.mark.parametrize("ending", SOUND)
def test_sound_files_pass(put: Put, ending: str) -> None:
    data, line, mark = SOUND[ending]
    assert check_output(put(f"result.{ending}", data), marks=(mark,) if mark else ()) == line


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("ending", sorted(SOUND.keys() - PLAIN))
def test_files_cut_off_are_caught(put: Put, ending: str, share: float) -> None:
    data = SOUND[ending][0]
    with pytest.raises(AssertionError, match=f"cut.{ending}: not a sound {ending}: "):
        check_output(put(f"cut.{ending}", data[: int(len(data) * share)]))


@pytest.mark.parametrize("ending", sorted(SOUND.keys() - PLAIN - PADDED))
def test_a_missing_last_byte_is_caught(put: Put, ending: str) -> None:
    # A pdf and a html file may do without their last line end, and only without that.
    data = SOUND[ending][0].rstrip(b"\n") if ending in {"pdf", "html"} else SOUND[ending][0]
    with pytest.raises(AssertionError, match="not a sound"):
        check_output(put(f"cut.{ending}", data[:-1]))


@pytest.mark.parametrize("ending", OPENERS)
def test_empty_files_are_caught(put: Put, ending: str) -> None:
    with pytest.raises(AssertionError, match="has no bytes"):
        check_output(put(f"empty.{ending}", b""))


@pytest.mark.parametrize("ending", OPENERS)
def test_a_saved_error_reply_is_caught(put: Put, ending: str) -> None:
    with pytest.raises(AssertionError, match=r"error reply of the service: .*File not found"):
        check_output(put(f"result.{ending}", ERROR_REPLY))


@pytest.mark.parametrize("ending", sorted(OPENERS.keys() - {"html", "htm"}))
def test_html_under_another_name_is_caught(put: Put, ending: str) -> None:
    with pytest.raises(AssertionError, match=f"not a sound {ending}"):
        check_output(put(f"page.{ending}", PAGE))


@pytest.mark.parametrize(
    ("ending", "content"), [("jpg", "png"), ("png", "webp"), ("docx", "xlsx"), ("xlsx", "zip"), ("html", "txt")]
)
def test_one_kind_named_as_another_is_caught(put: Put, ending: str, content: str) -> None:
    with pytest.raises(AssertionError, match=f"not a sound {ending}"):
        check_output(put(f"result.{ending}", SOUND[content][0]))


@pytest.mark.parametrize("ending", [ending for ending, (_, _, mark) in SOUND.items() if mark])
def test_a_missing_mark_is_caught(put: Put, ending: str) -> None:
    with pytest.raises(AssertionError, match="lacks 'mark0000'"):
        check_output(put(f"result.{ending}", SOUND[ending][0]), marks=("mark0000",))


def test_marks_are_not_waved_through_where_no_text_is(put: Put) -> None:
    with pytest.raises(AssertionError, match="bears no text"):
        check_output(put("photo.jpg", SOUND["jpg"][0]), marks=("mark0000",))


def test_layout_does_not_hide_a_mark(put: Put) -> None:
    check_output(put("wrapped.txt", b"one\n   tw o\n"), marks=("o ne two",))


def test_a_damaged_middle_of_a_zip_is_caught(put: Put) -> None:
    data = archive().replace("Führungsschiene".encode(), b"Fuhrungsschiene.")
    with pytest.raises(AssertionError, match=r"Notes\.txt in it is damaged"):
        check_output(put("bad.zip", data))


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("blank.pdf", blank_pdf(), "every page is blank"),
        ("locked.pdf", samples.read("Protected.pdf"), "password"),
        ("white.txt", b" \n\t\n", "white space"),
        ("latin.txt", "Größe".encode("latin-1"), "utf-8"),
        ("binary.txt", b"one\0two\n", "NUL"),
        ("commas.csv", b",,\n,,\n", "every cell is empty"),
        ("quote.csv", b'a,"b\n', "end of data"),
        ("damaged.docx", samples.read("Damaged.docx"), "not a sound docx"),
    ],
)
def test_hollow_files_are_caught(put: Put, name: str, data: bytes, reason: str) -> None:
    with pytest.raises(AssertionError, match=reason):
        check_output(put(name, data))


def test_a_picture_of_one_colour_is_caught(put: Put) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 40), "white").save(buffer, "JPEG")
    with pytest.raises(AssertionError, match="one colour all over"):
        check_output(put("white.jpg", buffer.getvalue()))


def test_an_ending_without_a_library_is_an_error(put: Put) -> None:
    with pytest.raises(AssertionError, match=r"no library here opens \.blend"):
        check_output(put("Model.blend", samples.read("Model.blend")))


def test_a_wrong_checksum_in_a_png_is_caught(put: Put) -> None:
    data = bytearray(SOUND["png"][0])
    data[-13] ^= 1  # the last byte of the checksum of the image data, just before the twelve of the end chunk
    with pytest.raises(AssertionError, match="not a sound png"):
        check_output(put("bad.png", bytes(data)))
