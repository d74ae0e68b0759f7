"""A synchronous convert: the ways in, the ways out, and what is refused."""

import base64
import email
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from local_server import BEARER, LocalServer, local_server, run

from watchconvert.localapi import conversions

HELLO = base64.b64encode(b"hello").decode()
FORM = {**BEARER, "Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
MULTIPART = {**BEARER, "Accept": "multipart/mixed"}


def as_json(*parameters: dict[str, Any]) -> bytes:
    return json.dumps({"Parameters": parameters}).encode()


def test_python_node_go_send_a_file_id_as_a_form(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            file_id = await server.upload(name="test.docx")
            for name in ("File", "file", "FILE", "Files[0]", "files%5B0%5D"):
                status, reply = await server.send(
                    "/convert/docx/to/pdf?storefile=true", f"{name}={file_id}&PageRange=1-2".encode(), headers=FORM
                )
                assert status == 200
                assert reply["ConversionCost"] == 1
                (file,) = reply["Files"]
                assert (file["FileName"], file["FileExt"], file["FileSize"]) == ("test.pdf", "pdf", 5)
                assert await server.get(file["Url"].removeprefix(server.url)) == (200, b"hello")
                assert await server.get(f"/d/{file['FileId']}") == (200, b"hello")
            assert server.engines.requests[-1].parameters == {"PageRange": "1-2"}
            assert server.work_folders() == []

    run(scenario())


def test_the_stored_result_is_the_exception(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            file_id = await server.upload()
            status, reply = await server.send("/convert/txt/to/pdf", {"File": file_id})
            (file,) = reply["Files"]
            assert status == 200
            assert base64.b64decode(file["FileData"], validate=True) == b"hello"
            assert sorted(file) == ["FileData", "FileExt", "FileName", "FileSize"]
            await server.delete(f"/d/{file_id}")
            await server.emptied()

    run(scenario())


@pytest.mark.parametrize("size", [0, 1, 2, 3, 3 * 256 * 1024 - 1, 3 * 256 * 1024 + 1])
def test_base64_of_any_length_is_whole(tmp_path: Path, size: int) -> None:
    content = bytes(range(256)) * (size // 256) + bytes(size % 256)

    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            _, reply = await server.send("/convert/txt/to/pdf", {"File": await server.upload(b"#" + content)})
            assert base64.b64decode(reply["Files"][0]["FileData"], validate=True) == b"#" + content

    run(scenario())


async def given(server: LocalServer, body: Any, headers: dict[str, str], query: str = "") -> dict[str, Any]:
    status, reply = await server.send(f"/convert/txt/to/pdf{query}", body, headers={**BEARER, **headers})
    assert status == 200, reply
    return dict(reply["Files"][0])


def multipart(name: str, file_name: str | None = "test.txt") -> aiohttp.FormData:
    form = aiohttp.FormData(default_to_multipart=True, quote_fields=False)
    form.add_field(name, b"hello", filename=file_name)
    form.add_field("storeFile", "false")
    return form


@pytest.mark.parametrize("name", ["File", "file", "Files[0]", "files[0]", "Files[]"])
def test_inline_multipart(tmp_path: Path, name: str) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            file = await given(server, multipart(name), {})
            assert (file["FileName"], file["FileData"]) == ("test.pdf", HELLO)
            await server.emptied()

    run(scenario())


def test_inline_octets(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            headers = {"Content-Type": "application/octet-stream"}
            named = {**headers, "Content-Disposition": 'attachment; filename="my file.txt"'}
            file = await given(server, b"hello", named, "?StoreFile=false")
            assert (file["FileName"], file["FileData"]) == ("my file.pdf", HELLO)
            status, reply = await server.send("/convert/txt/to/pdf", b"hello", headers={**BEARER, **headers})
            assert (status, reply["Code"]) == (400, 4001)
            await server.emptied()

    run(scenario())


def test_inline_json(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            file_id = await server.upload(name="test.txt")
            values = [{"Name": "test.txt", "Data": HELLO}, {"Id": file_id}, {"Url": f"{server.url}/d/{file_id}/x.txt"}]
            for value in values:
                for item in ({"Name": "File", "FileValue": value}, {"name": "files", "filevalues": [value]}):
                    file = await given(server, as_json(item, {"Name": "StoreFile", "Value": False}), JSON)
                    assert (file["FileName"], file["FileData"]) == ("test.pdf", HELLO)
            file = await given(server, as_json({"Name": "File", "Value": file_id}), JSON)
            assert file["FileData"] == HELLO

    run(scenario())


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", 4002),
        (b"[]", 4002),
        (b'{"Parameters": [1]}', 4002),
        (b'{"Parameters": 1}', 4000),
        (b"[" * 100_000, 4002),
        (as_json({"Name": "File", "FileValue": {"Name": "a.txt"}}), 4005),
        (as_json({"Name": "File", "FileValue": {"Name": "a.txt", "Data": "#"}}), 4005),
        (as_json({"Name": "File", "FileValue": "x"}), 4002),
    ],
)
def test_bad_json_has_its_own_codes(tmp_path: Path, body: bytes, code: int) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            status, reply = await server.send("/convert/txt/to/pdf", body, headers={**BEARER, **JSON})
            assert (status, reply["Code"]) == (400, code)
            assert server.stored_files() == []

    run(scenario())


def test_a_query_alone_is_enough(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            file_id = await server.upload()
            path = f"/convert/txt/to/pdf?file={file_id}&StoreFile=1"
            for method in ("GET", "POST"):
                async with server.http.request(method, path, headers=BEARER) as response:
                    assert (response.status, len((await response.json())["Files"])) == (200, 1)

    run(scenario())


def test_merge_keeps_the_order_of_the_indexes(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            ids = [await server.upload(str(number).encode(), f"{number}.pdf") for number in range(12)]
            fields = {f"Files[{number}]": ids[number] for number in (11, 2, 0, 10, 1, *range(3, 10))}
            _, reply = await server.send("/convert/pdf/to/merge", fields)
            assert base64.b64decode(reply["Files"][0]["FileData"]) == b"01234567891011"
            assert reply["Files"][0]["FileName"] == "0.pdf"

    run(scenario())


def test_any_parameter_that_ends_in_file_is_a_file(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            first, second = await server.upload(b"new", "test.docx"), await server.upload(b"old", "old.docx")
            _, reply = await server.send("/convert/docx/to/compare", {"CompareFile": second, "File": first})
            assert base64.b64decode(reply["Files"][0]["FileData"]) == b"newold"

    run(scenario())


def test_any_to_zip(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            fields = {"Files[0]": await server.upload(name="test.docx"), "Files[1]": await server.upload(name="b.txt")}
            _, reply = await server.send("/convert/any/to/zip", fields)
            assert reply["Files"][0]["FileName"] == "test.zip"
            archive = zipfile.ZipFile(io.BytesIO(base64.b64decode(reply["Files"][0]["FileData"])))
            assert archive.namelist() == ["test.docx", "b.txt"]

    run(scenario())


def test_chaining_by_url_of_this_server_needs_no_download(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            fields = {"File": await server.upload(name="test.docx"), "StoreFile": "true"}
            _, pages = await server.send("/convert/docx/to/jpg", fields)
            urls = {f"Files[{number}]": file["Url"] for number, file in enumerate(pages["Files"])}
            assert [file["FileName"] for file in pages["Files"]] == ["test.jpg", "test-2.jpg", "test-3.jpg"]
            status, packed = await server.send("/convert/any/to/zip", urls)
            assert (status, packed["Files"][0]["FileName"]) == (200, "test.zip")

    run(scenario())


def test_a_strange_url_is_not_fetched(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            for value in ("http://127.0.0.1:9/d/" + "a" * 32, "http://[::1"):
                status, reply = await server.send("/convert/web/to/pdf", {"Url": value})
                assert (status, reply["Code"]) in {(500, 5007), (400, 4000)}
            assert await server.bills() == []

    run(scenario())


def test_web_and_url_are_one_source(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path, allow_remote=True) as server:
            page = f"{server.url}/info"
            for source in ("web", "url"):
                status, reply = await server.send(f"/convert/{source}/to/pdf", {"Url": page, "Timeout": "100"})
                assert (status, reply["Files"][0]["FileName"]) == (200, "info.pdf")
            await server.emptied()
            assert server.engines.requests[0].timeout == 100

    run(scenario())


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"Timeout": "-10"}, ["Timeout"]),
        ({"timeout": "9"}, ["Timeout"]),
        ({"TIMEOUT": "1201"}, ["Timeout"]),
        ({"Timeout": "x", "StoreFile": "maybe"}, ["StoreFile", "Timeout"]),
        ({"FileName": "x" * 201}, ["FileName"]),
        ({"JobId": "short"}, ["JobId"]),
        ({"WebHook": "ftp://127.0.0.1/"}, ["WebHook"]),
        ({"File": ""}, ["File"]),
        ({"File": "no such thing"}, ["File"]),
    ],
)
def test_wrong_parameters_are_named_and_cost_nothing(tmp_path: Path, fields: dict[str, str], names: list[str]) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            given_fields = {"File": await server.upload()} | fields
            status, reply = await server.send("/convert/txt/to/pdf", given_fields)
            assert (status, reply["Code"], reply["Message"]) == (400, 4000, "Parameter validation error.")
            assert sorted(reply["InvalidParameters"]) == names
            assert await server.bills() == []

    run(scenario())


@pytest.mark.parametrize(("value", "seconds"), [("10", 10), ("1200", 1200), ("", 900)])
def test_timeouts_in_range_reach_the_engine(tmp_path: Path, value: str, seconds: int) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            fields = {"File": await server.upload(), "Timeout": value}
            assert (await server.send("/convert/txt/to/pdf", fields))[0] == 200
            assert server.engines.requests[0].timeout == seconds

    run(scenario())


@pytest.mark.parametrize(("route", "expected"), [("pdf", ["custom.pdf"]), ("jpg", ["custom.jpg", "custom-2.jpg"])])
def test_file_name_is_the_stem(tmp_path: Path, route: str, expected: list[str]) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            fields = {"File": await server.upload(name="test.docx"), "FileName": "custom"}
            _, reply = await server.send(f"/convert/docx/to/{route}", fields)
            assert [file["FileName"] for file in reply["Files"]][: len(expected)] == expected

    run(scenario())


def test_an_accepted_extension_is_as_good_as_the_route_name(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            file_id = await server.upload(name="a.doc")
            assert (await server.send("/convert/DOC/to/pdf", {"File": file_id}))[0] == 200
            assert server.engines.requests[0].source_format == "docx"
            status, reply = await server.send("/convert/docx/to/tc", {"File": file_id})
            assert (status, reply["Code"]) == (400, 400)
            assert len(await server.bills()) == 1

    run(scenario())


def test_an_unknown_file_id_is_5009(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            status, reply = await server.send("/convert/txt/to/pdf", {"File": "z" * 32})
            assert (status, reply["Code"]) == (500, 5009)
            assert await server.bills() == []

    run(scenario())


@pytest.mark.parametrize(
    ("told", "status", "code", "billed"),
    [
        ("5001", 500, 5001, ["failed 5001"]),
        ("5003", 500, 5003, ["failed 5003"]),
        ("bug", 500, 50050, ["failed 50050"]),
        ("parameter", 400, 4000, []),
        ("pair", 400, 400, []),
    ],
)
def test_a_failed_conversion_is_worded_by_the_service(
    tmp_path: Path, told: str, status: int, code: int, billed: list[str]
) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            fields = {"File": await server.upload(f"raise {told}".encode())}
            found, reply = await server.send("/convert/txt/to/pdf", fields)
            assert (found, reply["Code"]) == (status, code)
            assert "/srv" not in json.dumps(reply)
            assert [bill["Verdict"] for bill in await server.bills()] == billed
            assert server.work_folders() == []

    run(scenario())


def test_an_engine_that_does_not_end_is_5000(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversions, "GRACE_SECONDS", -9.99)

    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            server.engines.gate.clear()
            fields = {"File": await server.upload(), "Timeout": "10"}
            status, reply = await server.send("/convert/txt/to/pdf", fields)
            assert (status, reply["Code"]) == (500, 5000)
            assert server.engines.cancelled == 1

    run(scenario())


def test_a_source_that_has_vanished_from_the_disk_is_5009_and_not_billed(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            fields = {"File": await server.upload()}
            server.stored_files()[0].unlink()
            status, reply = await server.send("/convert/txt/to/pdf", fields)
            assert (status, reply["Code"]) == (500, 5009)
            assert (await server.bills(), server.work_folders()) == ([], [])

    run(scenario())


def test_a_bug_of_ours_is_50050_and_tells_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            fields = {"File": await server.upload()}
            (tmp_path / "work").rmdir()
            (tmp_path / "work").touch()
            status, reply = await server.send(f"/async/convert/txt/to/pdf?JobId={'j' * 32}", fields)
            assert (status, reply) == (500, {"Code": 50050, "Message": "Unexpected exception."})
            assert (await server.get(f"/async/job/{'j' * 32}"))[0] == 404
            assert await server.bills() == []

    run(scenario())
    assert "broke" in caplog.text


def test_multipart_mixed(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            form = multipart("file", "ač.docx")
            async with server.http.post("/convert/docx/to/jpg", data=form, headers=MULTIPART) as response:
                kind, body = response.headers["Content-Type"], await response.read()
            assert kind.startswith("multipart/mixed; boundary=")
            parts = email.message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body).get_payload()
            assert [part.get_payload(decode=True) for part in parts] == [b"hello"] * 3
            assert 'attachment; filename="a_.jpg"; ' in parts[0]["Content-Disposition"]
            assert "filename*=UTF-8''a%C4%8D.jpg; size=5" in parts[0]["Content-Disposition"]
            assert (parts[0]["ConversionCost"], parts[0].get_content_type()) == ("1", "image/jpeg")
            await server.emptied()

    run(scenario())


@pytest.mark.parametrize(
    ("query", "accept", "disposition"),
    [
        ("", "application/octet-stream", "attachment"),
        ("?download=inline", "*/*", "inline"),
        ("?Download=attachment", "application/json", "attachment"),
    ],
)
def test_the_bare_file(tmp_path: Path, query: str, accept: str, disposition: str) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            headers = {**BEARER, "Accept": accept}
            async with server.http.post(
                f"/convert/txt/to/pdf{query}", data=multipart("File"), headers=headers
            ) as response:
                assert (response.status, await response.read()) == (200, b"hello")
                assert response.headers["Content-Disposition"] == f'{disposition}; filename="test.pdf"'
            await server.emptied()

    run(scenario())


def test_a_wildcard_means_json(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            for accept in (
                "*/*",
                "text/html, */*;q=0.8",
                "application/json",
                "multipart/mixed;q=0",
                "multipart/mixed;q=x",
            ):
                headers = {**BEARER, "Accept": accept}
                status, reply = await server.send("/convert/txt/to/pdf", multipart("File"), headers=headers)
                assert (status, reply["Files"][0]["FileData"]) == (200, HELLO)

    run(scenario())


def test_deleting_a_source_does_not_touch_a_running_conversion(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            server.engines.gate.clear()
            file_id = await server.upload()
            _, reply = await server.send("/async/convert/txt/to/pdf", {"File": file_id})
            assert await server.delete(f"/d/{file_id}") == 200
            server.engines.gate.set()
            status, result = await server.finished(reply["JobId"])
            assert (status, result["Files"][0]["FileData"]) == (200, HELLO)

    run(scenario())


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nothing", 404), ("PUT", "/upload", 405)])
def test_unknown_routes_are_json_too(tmp_path: Path, method: str, path: str, status: int) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server, server.http.request(method, path) as response:
            body = await response.json()
            assert (response.status, body["Code"]) == (status, status)
            assert ("Allow" in response.headers) == (status == 405)

    run(scenario())
