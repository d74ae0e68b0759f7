"""The daemon in mode webhook: the service's call brings the result long before the next poll would."""

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.contract.gated import RESULT, GatedServer, gated_server
from tests.e2e.stage import Site, wait_for

POLLS = {"old": ("GET /job/{job_id} 202", 2), "current": ("GET /async/job/{job_id} 202", 1)}
"""The polls after which the next comes a minute later; in the old dialect the first one ends the doubt of the submit."""
BARELY = 30.0
"""Seconds; a job of mode webhook is polled every 60 s."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def make_site(folder: Path, url: str) -> Site:
    port = free_port()
    hook = f'mode = "webhook"\nwebhook_url = "http://127.0.0.1:{port}"\nwebhook_listen = "127.0.0.1:{port}"\n'
    folder.mkdir()
    return Site(folder, url, hook, routes=("pdf",))


@pytest.fixture
def pairs(tmp_path: Path) -> Iterator[dict[str, tuple[GatedServer, Site]]]:
    """For each dialect a server and a daemon that has found it out."""
    with ExitStack() as stack:
        found = {}
        for dialect in POLLS:
            server = stack.enter_context(gated_server(tmp_path / f"server-{dialect}", dialect))
            site = make_site(tmp_path / dialect, server.url)
            site.start()
            stack.callback(site.stop)
            found[dialect] = (server, site)
        yield found


def said(caplog: pytest.LogCaptureFixture, start: str) -> int:
    return sum(line.startswith(start) for line in caplog.messages)


@pytest.mark.slow
def test_a_call_brings_the_result_before_the_next_poll(
    pairs: dict[str, tuple[GatedServer, Site]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "watchconvert.localapi")
    for _, site in pairs.values():
        (site.path("to-pdf", "inbox") / "letter.txt").write_text("Dear reader")
    for poll, count in POLLS.values():
        wait_for(lambda poll=poll, count=count: said(caplog, poll) >= count, f"polls: {poll}")
    begun = time.monotonic()
    for server, _ in pairs.values():
        server.let_go()
    for _, site in pairs.values():
        (job,) = site.wait_for_rest(1)
        assert job.cost == 1
        assert site.seen("to-pdf", "outbox")["letter.pdf"].read_bytes() == RESULT
    assert time.monotonic() - begun < BARELY
    assert said(caplog, "webhook") == 2
