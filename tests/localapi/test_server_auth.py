"""Credentials: every form of them, and before everything else."""

import asyncio
import base64
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from local_server import BEARER, SECRET, FakeClock, local_server, run

from watchconvert.localapi.accounts import Account, Bill
from watchconvert.localapi.errors import ApiError

PROBE = {"json": {"Parameters": []}}
BASIC = base64.b64encode(f"anyone:{SECRET}".encode()).decode()


async def probe(http: aiohttp.ClientSession, query: str = "", **headers: str) -> tuple[int, Any]:
    async with http.post(f"/convert/pdf/to/merge{query}", headers=headers, **PROBE) as response:
        return response.status, await response.json()


@pytest.mark.parametrize(
    ("query", "headers", "code"),
    [
        ("", {}, 4013),
        ("", {"Authorization": "Bearer wrong"}, 4011),
        ("", {"Authorization": "Bearer "}, 4013),
        ("", {"Authorization": "Basic !"}, 4017),
        ("", {"Authorization": "Basic " + base64.b64encode(b"a:b").decode()}, 4010),
        ("?Secret=wrong", {}, 4010),
        ("?Secret=", {}, 4013),
        ("?Token=wrong", {}, 4011),
        ("?Token=wrong&ApiKey=1", {}, 4012),
        ("?secret=%FF", {}, 4010),
    ],
)
def test_the_free_probe_says_401_with_bad_credentials(
    tmp_path: Path, query: str, headers: dict[str, str], code: int
) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            status, body = await probe(server.http, query, **headers)
            assert (status, body["Code"]) == (401, code)
            assert body["Message"]

    run(scenario())


@pytest.mark.parametrize(
    ("query", "headers"),
    [("", BEARER), ("", {"Authorization": "bearer " + SECRET}), ("", {"Authorization": f"Basic {BASIC}"})]
    + [(f"?{name}={SECRET}", {}) for name in ("Secret", "secret", "SECRET", "Token")],
)
def test_the_free_probe_says_4000_with_good_ones_and_costs_nothing(
    tmp_path: Path, query: str, headers: dict[str, str]
) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            status, body = await probe(server.http, query, **headers)
            assert (status, body["Code"], body["Message"]) == (400, 4000, "Parameter validation error.")
            assert body["InvalidParameters"]["File"]
            assert await server.bills() == []

    run(scenario())


def test_credentials_come_before_parameters_route_and_body(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            for path in ("/convert/x/to/y?Timeout=1", "/async/convert/txt/to/pdf?JobId=?", "/token/create"):
                status, body = await server.send(path, b"{", headers={"Content-Type": "application/json"})
                assert (status, body["Code"]) == (401, 4013)
            assert (await server.get("/user"))[0] == 401
            assert (await server.get("/local/bills"))[0] == 401

    run(scenario())


def test_files_info_and_polls_need_none(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            file_id = await server.upload()
            assert await server.get(f"/d/{file_id}") == (200, b"hello")
            assert (await server.get("/info"))[0] == 200
            assert (await server.get(f"/async/job/{'a' * 32}"))[0] == 404

    run(scenario())


def test_a_token_converts_as_often_as_it_may_and_sees_no_account(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            _, made = await server.send("/token/create", {"RequestCount": "2", "Count": "2"})
            token = made["Tokens"][0]["Id"]
            assert token != made["Tokens"][1]["Id"]
            file_id, headers = await server.upload(), {"Authorization": f"Bearer {token}"}
            convert = [await server.send("/convert/txt/to/pdf", {"File": file_id}, headers=headers) for _ in range(3)]
            assert [status for status, _ in convert] == [200, 200, 401]
            assert (await probe(server.http, **headers))[0] == 401
            other = {"Authorization": f"Bearer {made['Tokens'][1]['Id']}"}
            assert (await server.get("/user", headers=other))[0] == 401

    run(scenario())


def test_a_conversion_that_is_refused_leaves_the_token_its_use(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            _, made = await server.send("/token/create")
            headers = {"Authorization": f"Bearer {made['Tokens'][0]['Id']}"}
            for content, expected in ((b"raise parameter", 400), (b"hello", 200), (b"hello", 401)):
                fields = {"File": await server.upload(content)}
                assert (await server.send("/convert/txt/to/pdf", fields, headers=headers))[0] == expected

    run(scenario())


def test_a_token_that_is_used_twice_at_once_is_used_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            _, made = await server.send("/token/create")
            headers = {"Authorization": f"Bearer {made['Tokens'][0]['Id']}"}
            fields = {"File": await server.upload()}
            sent = (server.send("/convert/txt/to/pdf", fields, headers=headers) for _ in range(10))
            statuses = [status for status, _ in await asyncio.gather(*sent)]
            assert sorted(statuses) == [200] + [401] * 9
            assert server.work_folders() == []

    run(scenario())


def test_a_token_that_was_used_up_between_check_and_charge_pays_no_second_time() -> None:
    account, bill = Account(SECRET, FakeClock()), Bill(None, "txt", "pdf", "a.txt", "", "fake")
    (token,) = account.create_tokens(1, 1, 60.0)
    account.charge(bill, token)
    with pytest.raises(ApiError, match="401/4011"):
        account.charge(bill, token)
    assert len(account.bills) == 1


def test_a_token_ends_with_its_life_or_when_deleted(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            _, made = await server.send("/token/create?Lifetime=60&Count=2&RequestCount=9")
            first, second = (token["Id"] for token in made["Tokens"])
            assert (await probe(server.http, f"?Token={first}"))[0] == 400
            assert await server.delete(f"/token/{first}", headers=BEARER) == 200
            assert await server.delete(f"/token/{first}", headers=BEARER) == 404
            assert (await probe(server.http, f"?Token={first}"))[0] == 401
            server.clock.now += 59
            assert (await probe(server.http, f"?Token={second}"))[0] == 400
            server.clock.now += 1
            assert (await probe(server.http, f"?Token={second}"))[0] == 401

    run(scenario())


@pytest.mark.parametrize("query", ["Count=0", "Count=x", "Lifetime=315569521", "RequestCount=1000000000", "Count=²"])
def test_token_limits_are_checked(tmp_path: Path, query: str) -> None:
    async def scenario() -> None:
        async with local_server(tmp_path) as server:
            status, body = await server.send(f"/token/create?{query}")
            assert (status, body["Code"]) == (400, 4000)
            assert list(body["InvalidParameters"]) == [query.partition("=")[0]]

    run(scenario())
