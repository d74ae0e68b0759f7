"""The official Python client against the local server, with the calls that its README documents."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from local_program import SECRET, program

convertapi: Any = pytest.importorskip("convertapi")


# the client leaves its files and sockets to the garbage collector
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    with program() as (_, url):
        yield f"{url}/"


@pytest.fixture(autouse=True)
def client(server_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convertapi, "base_uri", server_url)
    monkeypatch.setattr(convertapi, "api_credentials", SECRET)


def written(folder: Path, name: str, text: str = "Dear reader") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def test_convert_a_file_and_save_it(tmp_path: Path) -> None:
    result = convertapi.convert("pdf", {"File": written(tmp_path, "test space ačiū.txt")})
    assert result.conversion_cost > 0
    assert result.file.filename == "test space ačiū.pdf"
    (saved,) = result.save_files(str(tmp_path))
    assert Path(saved).read_bytes().startswith(b"%PDF-")
    assert Path(saved).stat().st_size == result.file.size


def test_several_files_go_into_one_archive(tmp_path: Path) -> None:
    names = ["test.txt", "second.txt"]
    result = convertapi.convert("zip", {"Files": [written(tmp_path, name) for name in names]})
    assert result.file.filename == "test.zip"
    assert zipfile.ZipFile(result.file.io).namelist() == names


def test_upload_from_memory() -> None:
    upload = convertapi.UploadIO(io.BytesIO(b"Dear reader"), "memory.txt")
    assert convertapi.convert("pdf", {"File": upload}).file.filename == "memory.pdf"


def test_chained_conversions(tmp_path: Path) -> None:
    first = convertapi.convert("pdf", {"File": written(tmp_path, "test.txt")})
    packed = convertapi.convert("zip", {"Files": first.files})
    assert packed.file.filename == "test.zip"
    assert zipfile.ZipFile(packed.file.io).namelist() == ["test.pdf"]


def test_a_result_that_is_merged(tmp_path: Path) -> None:
    pages = [convertapi.convert("pdf", {"File": written(tmp_path, name)}).file for name in ("one.txt", "two.txt")]
    merged = convertapi.convert("merge", {"Files": pages}, from_format="pdf", timeout=60)
    assert merged.file.io.read(5) == b"%PDF-"


def test_a_result_is_saved_under_a_name_of_its_own(tmp_path: Path) -> None:
    result = convertapi.convert("pdf", {"File": written(tmp_path, "test.txt")})
    assert result.file.save(str(tmp_path / "other.pdf")) == str(tmp_path / "other.pdf")
    assert (tmp_path / "other.pdf").read_bytes().startswith(b"%PDF-")


def test_a_file_without_an_ending_needs_its_format(tmp_path: Path) -> None:
    result = convertapi.convert("pdf", {"File": written(tmp_path, "letter")}, from_format="txt")
    assert result.file.io.read(5) == b"%PDF-"


def test_a_file_by_its_address(server_url: str) -> None:
    """The address is another server's, for a server knows its own files without fetching them."""
    stored = requests.post(
        f"{server_url}upload", params={"filename": "far.txt"}, data=b"Dear reader", timeout=10
    ).json()
    with program("--allow-remote") as (_, url):
        convertapi.base_uri = f"{url}/"
        result = convertapi.convert("pdf", {"File": f"{stored['Url']}/far.txt"})
        assert result.file.filename == "far.pdf"


def test_additional_parameters(tmp_path: Path) -> None:
    pages = convertapi.convert("pdf", {"File": written(tmp_path, "test.txt", "line\n" * 400)})
    every = convertapi.convert("jpg", {"File": pages})
    first = convertapi.convert("jpg", {"File": pages, "PageRange": "1-2"})
    assert (len(every.files) > 2, len(first.files)) == (True, 2)


def test_wrong_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convertapi, "api_credentials", "wrong")
    with pytest.raises(convertapi.ApiError) as error:
        convertapi.convert("pdf", {"File": "https://cdn.example.invalid/test.docx"}, from_format="docx")
    assert error.value.code == 4011


def test_a_wrong_parameter_is_named(tmp_path: Path) -> None:
    with pytest.raises(convertapi.ApiError, match="Parameter validation error") as error:
        convertapi.convert("pdf", {"File": written(tmp_path, "test.txt"), "FileName": "x" * 201})
    assert error.value.invalid_parameters


def test_user() -> None:
    user = convertapi.user()
    assert user["Active"] is True
    assert user["ConversionsTotal"] > user["ConversionsConsumed"] > 0
