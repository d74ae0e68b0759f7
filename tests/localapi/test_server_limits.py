"""What the server refuses or ends when there is too much of it."""

import asyncio
import logging
from pathlib import Path

import pytest
from local_server import BEARER, DASHED, JOB_ID, SECRET, LocalServer, local_server, run, until

from watchconvert.localapi import doors

OVERLOADED = {"Code": 503, "Message": "The service is overloaded. Please retry in a couple of seconds."}


def test_beyond_workers_and_queue_there_is_503_and_no_bill(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path, workers=2, queue=1) as server:
            server.engines.gate.clear()
            fields = {"File": await server.upload()}
            replies = [await server.send("/async/convert/txt/to/pdf", fields) for _ in range(4)]
            assert [status for status, _ in replies] == [200, 200, 200, 503]
            assert replies[3][1] == OVERLOADED
            assert len(server.engines.requests) == 2
            assert len(await server.bills()) == 3
            server.engines.gate.set()
            for _, reply in replies[:3]:
                assert (await server.finished(reply["JobId"]))[0] == 200
            assert (await server.send("/convert/txt/to/pdf", fields))[0] == 200

    run(scenario())


@pytest.mark.parametrize("limit", ["max_body", "max_disk"])
def test_a_file_over_the_limit_is_413(tmp_path: Path, limit: str) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path, **{limit: 10}) as server:
            status, reply = await server.send("/upload?filename=a", b"x" * 11)
            assert (status, reply["Code"]) == (413, 413)
            assert await server.upload(b"x" * 10)
            assert server.context.files.used == 10

    run(scenario())


def test_a_disk_that_is_full_for_now_is_503_and_frees_itself(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path, max_disk=10) as server:
            await server.upload(b"x" * 6)
            assert await server.send("/upload?filename=a", b"x" * 6) == (503, OVERLOADED)
            server.clock.now += 3 * 3600
            server.context.sweep()
            await server.upload(b"x" * 6)

    run(scenario())


def test_a_result_that_finds_no_room_fails_and_leaves_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path, max_disk=20) as server:
            file_id = await server.upload(b"x" * 8, "a.docx")
            assert (await server.send("/convert/docx/to/jpg", {"File": file_id}))[0] == 503
            assert server.context.files.used == 8
            assert len(server.stored_files()) == 1

    run(scenario())


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_bodies_that_are_held_in_memory_have_a_limit_of_their_own(tmp_path: Path, kind: str) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path, max_inline=1000) as server:
            headers = {**BEARER, "Content-Type": kind}
            status, _ = await server.send("/convert/txt/to/pdf", b"x" * 1001, headers=headers)
            assert status == 413

    run(scenario())


async def raw_connection(server: LocalServer) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = server.url.removeprefix("http://").split(":")
    return await asyncio.open_connection(host, int(port))


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n"])
def test_a_connection_that_sends_no_whole_head_is_closed(
    tmp_path: Path, sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors.HeadDeadlines.__init__, "__defaults__", (0.05,))

    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            reader, writer = await raw_connection(server)
            writer.write(sent)
            assert await reader.read() == b""
            writer.close()

    run(scenario())


def test_a_request_may_take_longer_than_its_head(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors.HeadDeadlines.__init__, "__defaults__", (0.05,))

    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            server.engines.gate.clear()
            fields = {"File": await server.upload()}
            held = asyncio.create_task(server.send("/convert/txt/to/pdf", fields))
            idle, writer = await raw_connection(server)
            assert await idle.read() == b""
            writer.close()
            server.engines.gate.set()
            assert (await held)[0] == 200

    run(scenario())


def test_a_body_that_stalls_is_408(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path, stall_timeout=0.05) as server:
            reader, writer = await raw_connection(server)
            writer.write(b"POST /upload?filename=a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf")
            assert (await reader.readline()).startswith(b"HTTP/1.1 408")
            writer.close()
            await server.emptied()

    run(scenario())


def test_expect_100_continue(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with (
            local_server(tmp_path) as server,
            server.http.post("/upload?filename=a", data=b"x", expect100=True) as response,
        ):
            assert response.status == 200

    run(scenario())


def test_hundreds_of_held_connections_do_not_hold_up_another(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path, workers=1, queue=1) as server:
            server.engines.gate.clear()
            path, fields = f"/convert/txt/to/pdf?JobId={JOB_ID}", {"File": await server.upload()}
            server.http.connector._limit = 0
            held = [asyncio.create_task(server.send(path, fields)) for _ in range(300)]
            assert (await server.get("/info"))[0] == 200
            server.engines.gate.set()
            assert {status for status, _ in await asyncio.gather(*held)} == {200}

    run(scenario())


def test_the_log_names_no_secret_no_id_and_no_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            file_id = await server.upload(name="confidential.txt")
            await server.send(f"/convert/txt/to/pdf?Secret={SECRET}&JobId={JOB_ID}&File={file_id}", headers={})
            await server.get(f"/job/{DASHED}")
            await server.get(f"/d/{file_id}/confidential.txt")
            await server.send(f"/convert/txt/to/pdf?Secret={SECRET}&File={file_id}&Timeout=-1", headers={})
            assert file_id not in caplog.text

    with caplog.at_level(logging.DEBUG, logger="watchconvert"):
        run(scenario())
    assert "verdict=done" in caplog.text
    for private in (SECRET, JOB_ID, DASHED, "confidential"):
        assert private not in caplog.text


def test_the_end_of_the_server_stops_conversions_and_answers_who_waits(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            server.engines.gate.clear()
            held = asyncio.create_task(server.send("/convert/txt/to/pdf", {"File": await server.upload()}))
            await until(lambda: bool(server.engines.requests))
            await server.context.conversions.close()
            assert await held == (503, OVERLOADED)
            assert server.work_folders() == []

    run(scenario())
