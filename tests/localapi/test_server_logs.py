"""The server's own log: one line a record, with its priority where it goes to systemd's journal."""

import logging
import os
import socket
import subprocess
import sys

import pytest

from watchconvert.localapi.logs import _Line

RUN = """
import logging
from watchconvert.localapi.logs import set_up
set_up("info")
log = logging.getLogger("watchconvert.localapi.app")
log.debug("unheard")
log.info("convert %s", "a\\n<0>forged")
try:
    raise ValueError("x\\ny\\x1b")
except ValueError:
    log.exception("it broke")
"""


def lines_of(stream: str) -> list[str]:
    """Return what the server logs when $JOURNAL_STREAM names its standard error, or another."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        found = os.fstat(ours.fileno())
        env = os.environ | {"JOURNAL_STREAM": stream or f"{found.st_dev}:{found.st_ino}"}
        subprocess.run([sys.executable, "-c", RUN], stderr=ours, env=env, check=True, timeout=60)
        return theirs.recv(65536).decode().splitlines()


@pytest.mark.parametrize(("stream", "begins"), [("", ("<6>", "<3>")), ("8:1", ("INFO ", "ERROR "))])
def test_each_record_is_one_line(stream: str, begins: tuple[str, str]) -> None:
    said, broke = lines_of(stream)
    assert said == begins[0] + "watchconvert.localapi.app: convert a\\n<0>forged"
    assert broke.startswith(begins[1] + "watchconvert.localapi.app: it broke | Traceback (most recent call last): | ")
    assert broke.endswith("| ValueError: x | y\\x1b")


@pytest.mark.parametrize(("level", "priority"), [("CRITICAL", 3), ("WARNING", 4), ("DEBUG", 7)])
def test_levels_become_priorities(level: str, priority: int) -> None:
    record = logging.makeLogRecord({"levelno": getattr(logging, level), "name": "n", "msg": "said \ud800"})
    assert _Line(for_journal=True).format(record) == f"<{priority}>n: said \\ud800"
