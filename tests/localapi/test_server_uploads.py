"""`/upload` as each client sends it, and `/d/`."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from local_server import LocalServer, local_server, run

from watchconvert.localapi.settings import Dialect

FILE_ID = "f" * 32
JSON = {"Accept": "application/json"}


async def chunked() -> AsyncIterator[bytes]:
    yield b"he"
    yield b"llo"


CLIENTS: dict[str, tuple[str, dict[str, str], Any]] = {
    "python": ("", {"Content-Disposition": "attachment; filename*=UTF-8''test.docx", "Accept": "*/*"}, b"hello"),
    "node": (
        "",
        {
            "Content-Type": "application/x-www-form-urlencoded",
            "Content-Disposition": "attachment; filename*=UTF-8''test.docx",
            **JSON,
        },
        chunked,
    ),
    "ruby": ("", {"Content-Disposition": "attachment; filename*=UTF-8''test.docx", **JSON}, chunked),
    "dotnet": ("", {"Content-Disposition": 'attachment; filename="test.docx"', **JSON}, b"hello"),
    "js": ("?filename=test.docx", {"Content-Type": "text/plain", "Accept": "*/*"}, b"hello"),
    "curl": ("", {"Accept": "*/*"}, {"file": io.BytesIO}),
    "json body": ("?FileName=test.docx", {"Content-Type": "application/json", **JSON}, b"hello"),
}


def body_of(body: Any) -> Any:
    if isinstance(body, dict):
        form = aiohttp.FormData()
        form.add_field("file", b"hello", filename="test.docx")
        return form
    return body() if callable(body) else body


@pytest.mark.parametrize("client", CLIENTS)
def test_every_client_gets_its_file_stored(tmp_path: Path, client: str) -> None:
    query, headers, body = CLIENTS[client]

    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            status, reply = await server.send(f"/upload{query}", body_of(body), headers=headers)
            assert status == 200
            assert (reply["FileName"], reply["FileExt"], reply["FileSize"]) == ("test.docx", "docx", 5)
            assert await server.get(reply["Url"].removeprefix(server.url)) == (200, b"hello")

    run(scenario())


@pytest.mark.parametrize("accept", ["text/plain", "text/plain, application/json;q=0.5"])
def test_plain_text_is_the_bare_id(tmp_path: Path, accept: str) -> None:
    async def scenario() -> None:
        async with (
            local_server(tmp_path) as server,
            server.http.post("/upload?filename=a.txt", data=b"x", headers={"Accept": accept}) as response,
        ):
            assert await server.get(f"/d/{await response.text()}/any/thing") == (200, b"x")

    run(scenario())


def test_without_accept_the_bare_id_comes_too(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            answer = await raw_request(server, b"POST /upload?filename=a.txt", b"x")
            file_id = answer.split(b"\r\n\r\n")[1].decode()
            assert await server.get(f"/d/{file_id}") == (200, b"x")

    run(scenario())


async def raw_request(server: LocalServer, line: bytes, body: bytes) -> bytes:
    host, port = server.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = b"%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % (line, len(body))
    writer.write(head + body)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


def test_a_chosen_id_makes_a_repeated_upload_harmless(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            for content in (b"first", b"second!"):
                assert await server.upload(content, file_id=FILE_ID) == FILE_ID
            assert await server.get(f"/d/{FILE_ID}") == (200, b"second!")
            assert len(server.stored_files()) == 1
            assert server.context.files.used == 7

    run(scenario())


def test_the_old_dialect_knows_no_chosen_id(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path, dialect=Dialect.OLD) as server:
            _, reply = await server.send(f"/upload?filename=a.txt&fileId={FILE_ID}", b"x")
            assert sorted(reply) == ["FileExt", "FileId", "FileName"]
            assert reply["FileId"] != FILE_ID

    run(scenario())


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", 4001),
        ("?filename=", 4001),
        ("?filename=..", 4001),
        ("?filename=a&fileId=" + "F" * 32, 4000),
        ("?filename=a&fileId=../../etc/passwd", 4000),
        ("?url=file:///etc/passwd", 4000),
    ],
)
def test_bad_uploads_are_refused_and_leave_nothing(tmp_path: Path, query: str, code: int) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            status, reply = await server.send(f"/upload{query}", b"x")
            assert (status, reply["Code"]) == (400, code)
            assert server.stored_files() == []

    run(scenario())


@pytest.mark.parametrize("parts", [0, 2])
def test_multipart_means_one_part(tmp_path: Path, parts: int) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            with aiohttp.MultipartWriter("form-data") as form:
                for number in range(parts):
                    form.append(b"x").set_content_disposition("form-data", name="f", filename=f"{number}.txt")
            status, reply = await server.send("/upload", form)
            assert (status, reply["Code"]) == (400, 4000)
            assert server.stored_files() == []
            assert server.context.files.used == 0

    run(scenario())


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=b"])
def test_malformed_multipart_is_refused(tmp_path: Path, kind: str) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            status, reply = await server.send("/upload", b"--wrong\r\n", headers={"Content-Type": kind})
            assert (status, reply["Code"]) == (400, 4000)

    run(scenario())


@pytest.mark.parametrize(
    "name", ["test space ačiū.docx", "test(ok)'!*.pdf", "a+b&c=d%41.txt", 'q"uote.txt', "x" * 300 + ".txt"]
)
def test_names_survive_the_way_there_and_back(tmp_path: Path, name: str) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            file_id = await server.upload(b"x", name)
            async with server.http.get(f"/d/{file_id}/x") as response:
                disposition = response.content_disposition
                assert response.headers["file-size"] == "1"
            expected = name if len(name) < 200 else "x" * 196 + ".txt"
            assert disposition is not None
            assert disposition.filename == expected

    run(scenario())


def test_names_never_become_paths_or_headers(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path / "in") as server:
            for name in ("../../evil.txt", "..\\evil.txt", "/evil.txt", "evil.txt\r\nX-Evil: 1"):
                file_id = await server.upload(b"x", name)
                async with server.http.get(f"/d/{file_id}") as response:
                    assert response.headers["file-name"].startswith("evil.txt")
                    assert "X-Evil" not in response.headers
            assert all(len(path.name) == 32 for path in server.stored_files())

    (tmp_path / "in").mkdir()
    run(scenario())
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_stored_files_head_inline_range_delete(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            file_id = await server.upload(b"hello", "a.txt")
            async with server.http.head(f"/d/{file_id}/a.txt") as response:
                assert (response.status, await response.read()) == (200, b"")
                names = ("file-name", "file-ext", "file-size", "Content-Length", "Content-Disposition")
                found = [response.headers[name] for name in names]
                assert found == ["a.txt", "txt", "5", "5", 'attachment; filename="a.txt"']
            async with server.http.get(f"/d/{file_id}?download=inline") as response:
                assert response.headers["Content-Disposition"].startswith("inline")
                assert response.content_type == "text/plain"
            assert await server.get(f"/d/{file_id}", headers={"Range": "bytes=1-2"}) == (206, b"el")
            assert [await server.delete(f"/d/{file_id}/a.txt") for _ in range(2)] == [200, 404]
            assert server.stored_files() == []

    run(scenario())


def test_a_file_lives_three_hours(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            file_id = await server.upload()
            server.clock.now += 3 * 3600 - 1
            assert server.context.sweep() == 0
            assert (await server.get(f"/d/{file_id}"))[0] == 200
            server.clock.now += 1
            assert (await server.get(f"/d/{file_id}"))[0] == 404
            assert server.context.sweep() == 1
            assert server.stored_files() == []

    run(scenario())


def test_a_cut_upload_leaves_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            host, port = server.url.removeprefix("http://").split(":")
            _, writer = await asyncio.open_connection(host, int(port))
            writer.write(b"POST /upload?filename=a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf")
            async with aiohttp.ClientSession() as other:
                assert (await other.get(f"{server.url}/info")).status == 200
            assert server.context.files.used == 4
            writer.close()
            await server.emptied()

    run(scenario())


def test_remote_files_are_off_unless_allowed(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            status, reply = await server.send("/upload", params={"url": f"{server.url}/info"})
            assert (status, reply["Code"]) == (500, 5007)

    run(scenario())


@pytest.mark.parametrize("path", ["/upload", "/upload-from-url"])
def test_remote_files_when_allowed(tmp_path: Path, path: str) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path, allow_remote=True) as server:
            file_id = await server.upload(b"far away", "ačiū.txt")
            _, reply = await server.send(path, params={"url": f"{server.url}/d/{file_id}"})
            assert (reply["FileName"], reply["FileSize"]) == ("ačiū.txt", 8)
            status, reply = await server.send(path, params={"url": f"{server.url}/d/missing"})
            assert (status, reply["Code"]) == (500, 5007)

    run(scenario())
