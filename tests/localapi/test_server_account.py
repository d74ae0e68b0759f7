"""`/user`, bills, `/info`."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from local_server import BEARER, JOB_ID, LocalServer, local_server, run

from watchconvert.localapi.settings import Dialect


async def user(server: LocalServer, headers: dict[str, str] = BEARER) -> dict[str, Any]:
    async with server.http.get("/user", headers=headers) as response:
        assert response.status == 200
        return dict(await response.json())


@pytest.mark.parametrize(("dialect", "has_seconds"), [(Dialect.BOTH, True), (Dialect.CURRENT, False)])
def test_user_has_what_the_clients_read(tmp_path: Path, dialect: Dialect, has_seconds: bool) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path, dialect=dialect) as server:
            body = await user(server)
            assert body["Active"] is True
            assert "@" in body["Email"]
            assert body["ConversionsTotal"] > body["ConversionsConsumed"] > 0
            assert ("SecondsLeft" in body) == has_seconds

    run(scenario())


def test_each_accepted_conversion_is_counted_and_listed_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            before = (await user(server))["ConversionsConsumed"]
            file_id = await server.upload(b"hello", "test.txt")
            fields = {"Files[0]": file_id, "Files[1]": await server.upload(b"other")}
            await server.send(f"/convert/txt/to/pdf?JobId={JOB_ID}", fields)
            await server.send("/convert/txt/to/pdf", {"File": await server.upload(b"raise parameter")})
            assert (await user(server))["ConversionsConsumed"] == before + 1
            expected = {
                "JobId": JOB_ID,
                "From": "txt",
                "To": "pdf",
                "FileName": "test.txt",
                "Sha256": hashlib.sha256(b"hello").hexdigest(),
                "Engine": "fake",
                "Verdict": "done",
            }
            assert await server.bills() == [expected]
            async with server.http.get("/user/statistic", headers=BEARER) as response:
                assert await response.json() == [{"From": "txt", "To": "pdf", "Conversions": 1}]

    run(scenario())


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/info/docx/to/pdf", ["docx2pdf"]),
        ("/info/doc/to/pdf", ["docx2pdf"]),
        ("/info/docx/to/*", ["docx2pdf", "docx2jpg", "docx2compare"]),
        ("/info/*/to/zip", ["any2zip"]),
        ("/info/url/to/pdf", ["web2pdf"]),
        ("/info/*/to/nothing", None),
    ],
)
def test_info_finds_pairs(tmp_path: Path, path: str, names: list[str] | None) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server, server.http.get(path) as response:
            body = await response.json()
            if names is None:
                assert (response.status, body["Code"]) == (404, 404)
            else:
                assert [item["Name"] for item in body] == names
                assert body[0]["ConverterParameterGroups"][0]["ConverterParameters"][0]["Name"] == "File"

    run(scenario())


def test_info_about_one_converter_and_openapi(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            paths = ["/info/canconvert/doc/to/pdf", "/info/canconvert/txt/to/doc"]
            paths += ["/info/converter/any2zip", "/info/converter/none"]
            assert [(await server.get(path))[0] for path in paths] == [200, 404, 200, 404]
            async with server.http.get("/info/openapi/txt/to/pdf") as response:
                assert list((await response.json())["paths"]) == ["/convert/txt/to/pdf"]
            async with server.http.get("/info") as response:
                extensions = {item["Name"]: item["SourceExtensions"] for item in await response.json()}
            assert extensions["docx2pdf"] == ["docx", "doc"]

    run(scenario())
