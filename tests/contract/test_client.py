"""The real client keeps the contract over a real socket, against the built-in server in each of its dialects."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from queue import SimpleQueue
from threading import Event
from typing import Any

import pytest
import requests

from tests.contract.suite import Bench, ServiceContract
from tests.e2e.stage import SECRET, ask_server, local_server
from watchconvert.adapters.convertapi.client import ConvertApi, Manners
from watchconvert.adapters.convertapi.http import Http
from watchconvert.adapters.webhook import Listener
from watchconvert.core.job import Job

MODES = ("semi-async", "async", "webhook")
TALKS = (
    *product(("old",), ("old",), MODES),
    *product(("current",), ("current",), MODES),
    *product(("auto",), ("old", "current"), ("semi-async",)),
)
"""Dialect of the client, dialect of the server, mode."""


class Line(Http):
    """A connection on which one reply can be lost."""

    losing = False

    def send(self, method: str, url: str, **more: Any) -> requests.Response:
        reply = super().send(method, url, **more)
        if self.losing and "/convert/" in url and reply.status_code == 200:
            self.losing = False
            reply.close()
            raise requests.ConnectionError(ConnectionResetError(104, "Connection reset by peer"))
        return reply


class ClientBench(Bench):
    def __init__(self, url: str, dialect: str, mode: str, listener: Listener) -> None:
        self.url, self.mode = url, mode
        self.manners = Manners(dialect, hold=10.0, webhook=f"http://127.0.0.1:{listener.port}{listener.path}")
        self.line = Line(url, SECRET)
        self.service = ConvertApi(self.line, self.manners)

    def wait(self) -> None:
        Event().wait(0.02)

    def count_bills(self, job: Job) -> int:
        return [bill["JobId"] for bill in ask_server(self.url, "/local/bills")].count(job.remote_id)

    def lose_reply(self) -> None:
        self.line.losing = True

    def refuse_account(self) -> None:
        self.service = ConvertApi(Http(self.url, "wrong"), self.manners)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    folders: list[Path] = [tmp_path_factory.mktemp(name) for name in ("old", "current")]
    with (
        local_server(folders[0], "--dialect", "old") as old,
        local_server(folders[1], "--dialect", "current") as current,
    ):
        yield {"old": old, "current": current}


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    listener = Listener("127.0.0.1:0")
    yield listener
    listener.stop()


class TestClient(ServiceContract):
    @pytest.fixture(params=TALKS, ids="-".join)
    def bench(self, request: pytest.FixtureRequest, servers: dict[str, str], listener: Listener) -> Bench:
        spoken, heard, mode = request.param
        return ClientBench(servers[heard], spoken, mode, listener)


@pytest.mark.parametrize("dialect", ["old", "current"])
def test_the_service_calls_when_a_job_of_mode_webhook_is_over(
    servers: dict[str, str], listener: Listener, dialect: str
) -> None:
    calls: SimpleQueue[str] = SimpleQueue()
    listener.on_call = calls.put
    job, _ = ClientBench(servers[dialect], dialect, "webhook", listener).submit()
    assert calls.get(timeout=10) == job.remote_id
