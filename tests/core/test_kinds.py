"""A result that cannot be what it is called."""

import pytest

from watchconvert.core.kinds import contradicts

PNG = b"\x89PNG\r\n\x1a\n...."
JPG = b"\xff\xd8\xff\xe0...."
ZIP = b"PK\x03\x04...."
PAGE = b"<html><body>502 Bad Gateway</body></html>"
GOOD = [
    ("pdf", b"%PDF-1.7"),
    (".PDF", b"rubbish" * 100 + b"%PDF-1.4"),
    ("png", PNG),
    ("jpg", JPG),
    ("jpeg", JPG),
    ("gif", b"GIF89a.."),
    ("tif", b"MM\x00*...."),
    ("tiff", b"II*\x00...."),
    ("webp", b"RIFF...."),
    ("docx", ZIP),
    ("zip", b"PK\x05\x06"),
]


@pytest.mark.parametrize(("ending", "start"), GOOD)
def test_a_file_that_begins_as_its_kind_does_is_believed(ending: str, start: bytes) -> None:
    assert not contradicts(ending, start)


@pytest.mark.parametrize("ending", [ending for ending, _ in GOOD])
@pytest.mark.parametrize("start", [PAGE, b"{}", b"\x00" * 2000 + b"%PDF-"])
def test_a_page_of_a_proxy_is_no_result(ending: str, start: bytes) -> None:
    assert contradicts(ending, start)


@pytest.mark.parametrize(("ending", "start"), [("txt", PAGE), ("", PAGE), ("svg", PNG), ("pdf", b"")])
def test_where_nobody_can_tell_nothing_is_contradicted(ending: str, start: bytes) -> None:
    assert not contradicts(ending, start)


def test_one_kind_is_not_another() -> None:
    assert contradicts("png", JPG)
    assert contradicts("pdf", ZIP)
    assert contradicts("docx", b"%PDF-1.7")
