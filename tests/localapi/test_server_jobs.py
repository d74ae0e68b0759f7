"""Jobs in both dialects: submitting, polling, joining, deleting, expiring, webhooks."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientPayloadError, web
from local_server import BEARER, DASHED, JOB_ID, LocalServer, local_server, run, until

from watchconvert.localapi.serving import listening_socket
from watchconvert.localapi.settings import Dialect

HOUR = 3600


async def order(server: LocalServer, content: bytes = b"hello") -> dict[str, str]:
    return {"File": await server.upload(content), "StoreFile": "true"}


def test_the_current_dialect_polls_until_the_result_is_there(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            server.engines.gate.clear()
            status, reply = await server.send(f"/async/convert/txt/to/pdf?JobId={JOB_ID}", await order(server))
            assert (status, reply) == (200, {"JobId": JOB_ID})
            assert [await server.get(f"/async/job/{JOB_ID}") for _ in range(3)] == [(202, b"")] * 3
            server.engines.gate.set()
            status, result = await server.finished(JOB_ID)
            assert (status, result["Files"][0]["FileName"]) == (200, "test.pdf")
            again = await server.finished(DASHED.upper())
            assert again == (status, result)

    run(scenario())


def test_without_a_chosen_id_each_dialect_makes_one_of_its_own_form(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            _, current = await server.send("/async/convert/txt/to/pdf", await order(server))
            _, old = await server.send("/convert/txt/to/pdf?async=TRUE", await order(server))
            assert current["JobId"].isalnum()
            assert [len(part) for part in old["JobId"].split("-")] == [8, 4, 4, 4, 12]
            for path in (f"/job/{old['JobId']}", f"/async/job/{old['JobId']}", f"/job/{current['JobId']}"):
                async with asyncio.timeout(5):
                    while (await server.get(path))[0] == 202:
                        pass
                assert (await server.get(path))[0] == 200

    run(scenario())


@pytest.mark.parametrize("job_id", ["short", JOB_ID.upper(), JOB_ID + "0", "../../../../../../../../../etc/passwd"])
def test_other_ids_are_refused(tmp_path: Path, job_id: str) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            for path in ("/async/convert/txt/to/pdf", "/convert/txt/to/pdf"):
                status, reply = await server.send(path, await order(server), params={"JobId": job_id})
                assert (status, reply["Code"], list(reply["InvalidParameters"])) == (400, 4000, ["JobId"])
            assert await server.bills() == []

    run(scenario())


def test_a_synchronous_job_with_an_id_can_be_polled_while_it_runs_and_outlives_its_connection(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            server.engines.gate.clear()
            path = f"/convert/txt/to/pdf?JobId={DASHED}"
            held = asyncio.create_task(server.send(path, await order(server)))
            while (await server.get(f"/job/{DASHED}"))[0] == 404:
                pass
            assert (await server.get(f"/async/job/{JOB_ID}"))[0] == 202
            held.cancel()
            await asyncio.wait([held])
            assert (await server.get(f"/async/job/{JOB_ID}"))[0] == 202
            server.engines.gate.set()
            assert (await server.finished(JOB_ID))[0] == 200
            assert server.engines.cancelled == 0

    run(scenario())


def test_a_plain_synchronous_conversion_ends_with_its_connection(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            server.engines.gate.clear()
            held = asyncio.create_task(server.send("/convert/txt/to/pdf", await order(server)))
            await until(lambda: server.engines.requests)
            held.cancel()
            while server.work_folders():
                await server.get("/info")
            assert server.engines.cancelled == 1
            assert [bill["Verdict"] for bill in await server.bills()] == ["stopped"]

    run(scenario())


@pytest.mark.parametrize("again", ["/convert/txt/to/pdf", "/async/convert/txt/to/pdf"])
def test_a_repeated_job_id_joins_and_is_not_billed_again(tmp_path: Path, again: str) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            server.engines.gate.clear()
            fields = await order(server)
            await server.send(f"/async/convert/txt/to/pdf?JobId={JOB_ID}", fields)
            joining = asyncio.create_task(server.send(f"{again}?JobId={DASHED}", fields))
            await server.get("/info")
            server.engines.gate.set()
            assert (await joining)[0] == 200
            result = await server.finished(JOB_ID)
            await server.delete(f"/d/{fields['File']}")
            assert await server.send(f"/convert/txt/to/pdf?JobId={JOB_ID}", fields) == result
            assert [bill["JobId"] for bill in await server.bills()] == [JOB_ID]
            assert len(server.engines.requests) == 1

    run(scenario())


def test_many_requests_with_one_job_id_at_once_are_one_conversion(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            path, fields = f"/convert/txt/to/pdf?JobId={JOB_ID}", await order(server)
            replies = await asyncio.gather(*(server.send(path, fields) for _ in range(20)))
            assert replies == [replies[0]] * 20
            assert len(await server.bills()) == 1

    run(scenario())


def test_without_dedupe_a_repeated_job_id_is_billed_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path, dedupe=False) as server:
            fields = await order(server)
            replies = [await server.send(f"/convert/txt/to/pdf?JobId={JOB_ID}", fields) for _ in range(2)]
            assert replies[0] != replies[1]
            assert await server.finished(JOB_ID) == replies[1]
            assert [bill["JobId"] for bill in await server.bills()] == [JOB_ID] * 2

    run(scenario())


def test_without_dedupe_the_earlier_request_still_gets_its_own_result(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path, dedupe=False) as server:
            server.engines.gate.clear()
            path, held = f"/convert/txt/to/pdf?JobId={JOB_ID}", []
            for number, content in enumerate((b"first", b"second")):
                held.append(asyncio.create_task(server.send(path, {"File": await server.upload(content)})))
                await until(lambda number=number: len(server.engines.requests) > number)
            server.engines.gate.set()
            results = [(await reply)[1]["Files"][0]["FileSize"] for reply in held]
            assert results == [5, 6]

    run(scenario())


def test_a_job_that_registers_late_is_unknown_at_first(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path, register_late=7.0) as server:
            await server.send(f"/async/convert/txt/to/pdf?JobId={JOB_ID}", await order(server))
            server.clock.now += 6.9
            assert (await server.get(f"/async/job/{JOB_ID}"))[0] == 404
            assert (await server.get(f"/job/{JOB_ID}"))[0] == 404
            server.clock.now += 0.1
            assert (await server.finished(JOB_ID))[0] == 200

    run(scenario())


def test_old_polls_after_the_first_are_held_and_wake_with_the_end(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path, poll_delay=600.0) as server:
            server.engines.gate.clear()
            await server.send(f"/convert/txt/to/pdf?Async=true&JobId={JOB_ID}", await order(server))
            assert await server.get(f"/job/{DASHED}") == (202, b"")
            held = asyncio.create_task(server.get(f"/job/{DASHED}"))
            await until(lambda: server.context.jobs.visible(JOB_ID).polling)
            assert (await server.get(f"/job/{DASHED}"))[0] == 503
            assert not held.done()
            server.engines.gate.set()
            assert (await held)[0] == 200
            assert (await server.get(f"/job/{DASHED}"))[0] == 200

    run(scenario())


def test_an_old_poll_is_held_no_longer_than_the_delay(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path, poll_delay=0.01) as server:
            server.engines.gate.clear()
            await server.send(f"/convert/txt/to/pdf?Async=true&JobId={JOB_ID}", await order(server))
            assert [await server.get(f"/job/{JOB_ID}") for _ in range(3)] == [(202, b"")] * 3

    run(scenario())


@pytest.mark.parametrize(("told", "status", "code"), [("5002", 500, 5002), ("parameter", 400, 4000)])
def test_a_failed_job_is_polled_as_its_error_again_and_again(tmp_path: Path, told: str, status: int, code: int) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            fields = await order(server, f"raise {told}".encode())
            await server.send(f"/async/convert/txt/to/pdf?JobId={JOB_ID}", fields)
            for _ in range(2):
                found, reply = await server.finished(JOB_ID)
                assert (found, reply["Code"]) == (status, code)

    run(scenario())


@pytest.mark.parametrize("path", [f"/job/{DASHED}", f"/async/job/{JOB_ID}"])
def test_deleting_a_job_stops_it(tmp_path: Path, path: str) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            server.engines.gate.clear()
            await server.send(f"/async/convert/txt/to/pdf?JobId={JOB_ID}", await order(server))
            await until(lambda: server.engines.requests)
            assert [await server.delete(path) for _ in range(2)] == [200, 404]
            assert (await server.get(path))[0] == 404
            await until(lambda: not server.work_folders())
            assert server.engines.cancelled == 1
            assert len(await server.bills()) == 1

    run(scenario())


def test_a_deleted_job_ends_the_requests_that_wait_for_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            server.engines.gate.clear()
            held = asyncio.create_task(server.send(f"/convert/txt/to/pdf?JobId={JOB_ID}", await order(server)))
            await until(lambda: server.engines.requests)
            await server.delete(f"/job/{JOB_ID}")
            assert (await held)[0] == 404

    run(scenario())


def test_deleting_a_finished_job_drops_results_that_only_it_knew(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            file_id = await server.upload()
            await server.send(f"/async/convert/txt/to/pdf?JobId={JOB_ID}", {"File": file_id})
            assert (await server.finished(JOB_ID))[1]["Files"][0]["FileData"]
            await server.delete(f"/d/{file_id}")
            assert len(server.stored_files()) == 1
            await server.delete(f"/async/job/{JOB_ID}")
            await server.emptied()

    run(scenario())


def test_an_answer_that_cannot_be_finished_is_cut_and_not_completed_with_something_else(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            fields = {"File": await server.upload(b"x" * 3_000_000, "a.docx")}
            await server.send(f"/async/convert/docx/to/jpg?JobId={JOB_ID}", fields)
            await until(lambda: server.context.jobs.visible(JOB_ID).outcome)
            outcome = server.context.jobs.visible(JOB_ID).outcome
            assert outcome is not None
            outcome.files[1][0].path.unlink()
            for accept in ("application/json", "multipart/mixed"):
                with pytest.raises(ClientPayloadError):
                    await server.get(f"/async/job/{JOB_ID}", headers={"Accept": accept})

    run(scenario())


def test_a_job_lives_two_hours_but_never_ends_while_it_runs(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            server.engines.gate.clear()
            file_id = await server.upload()
            await server.send(f"/async/convert/txt/to/pdf?JobId={JOB_ID}", {"File": file_id})
            server.clock.now += 2 * HOUR
            assert server.context.sweep() == 0
            assert (await server.get(f"/async/job/{JOB_ID}"))[0] == 202
            server.clock.now -= 1
            server.engines.gate.set()
            assert (await server.finished(JOB_ID))[0] == 200
            server.clock.now += 1
            assert (await server.get(f"/async/job/{JOB_ID}"))[0] == 404
            await server.delete(f"/d/{file_id}")
            assert server.context.sweep() == 1
            await server.emptied()

    run(scenario())


def test_the_old_dialect_alone(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path, dialect=Dialect.OLD) as server:
            fields = await order(server)
            assert (await server.send("/async/convert/txt/to/pdf", fields))[0] == 404
            _, reply = await server.send(f"/convert/txt/to/pdf?JobId={JOB_ID}", fields)
            assert reply["ConversionTime"] >= 1
            assert (await server.get(f"/async/job/{JOB_ID}"))[0] == 404
            assert (await server.get(f"/job/{JOB_ID}"))[0] == 200

    run(scenario())


def test_the_current_dialect_alone_ignores_async_and_job_id_on_convert(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path, dialect=Dialect.CURRENT) as server:
            fields = await order(server) | {"Async": "true", "JobId": JOB_ID}
            status, reply = await server.send("/convert/txt/to/pdf", fields)
            assert (status, sorted(reply)) == (200, ["ConversionCost", "Files"])
            assert (await server.get(f"/async/job/{JOB_ID}"))[0] == 404
            assert (await server.get(f"/job/{JOB_ID}"))[0] == 404
            assert (await server.get("/convert/txt/to/pdf", headers=BEARER))[0] == 405

    run(scenario())


async def webhook_calls(folder: Path, submit: str, content: bytes, **settings: Any) -> list[tuple[str, str, str]]:
    """What arrives at a listener of ours after one job has ended."""
    calls: list[tuple[str, str, str]] = []

    async def listener(request: web.BaseRequest) -> web.Response:
        calls.append((request.method, request.query_string, await request.text()))
        return web.Response(status=302, headers={"Location": "/elsewhere"})

    runner = web.ServerRunner(web.Server(listener))
    await runner.setup()
    with listening_socket("127.0.0.1", 0) as socket:
        await web.SockSite(runner, socket).start()
        port = socket.getsockname()[1]
        async with local_server(folder, **settings) as server:
            params = {"WebHook": f"http://127.0.0.1:{port}/hook", "JobId": JOB_ID}
            await server.send(submit, await order(server, content), params=params)
            await server.finished(JOB_ID)
            await until(lambda: not server.context.conversions.calling)
        await runner.cleanup()
    return calls


@pytest.mark.parametrize(
    ("submit", "content", "expected"),
    [
        ("/async/convert/txt/to/pdf", b"hello", [("POST", "", f'{{"JobId": "{JOB_ID}"}}')]),
        ("/convert/txt/to/pdf?Async=true", b"hello", [("GET", f"JobId={DASHED}", "")]),
        ("/async/convert/txt/to/pdf", b"raise 5001", []),
    ],
)
def test_one_webhook_in_the_words_of_each_dialect_and_for_success_alone(
    tmp_path: Path, submit: str, content: bytes, expected: list[tuple[str, str, str]]
) -> None:
    async def scenario() -> None:
        assert await webhook_calls(tmp_path, submit, content) == expected

    run(scenario())


def test_a_webhook_that_nobody_answers_harms_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            with listening_socket("127.0.0.1", 0) as closed:
                hook = f"http://127.0.0.1:{closed.getsockname()[1]}/"
            params = {"WebHook": hook, "JobId": JOB_ID}
            await server.send("/async/convert/txt/to/pdf", await order(server), params=params)
            assert (await server.finished(JOB_ID))[0] == 200

    run(scenario())
