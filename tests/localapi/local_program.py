"""The server as a process of its own, as a user starts it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

DEADLINE = 30
SECRET = "s3cret"


@contextmanager
def program(*options: str, secret: str = SECRET, **popen: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "watchconvert.localapi", "--port", "0", *options]
    environment = {**os.environ, "WATCHCONVERT_LOCAL_SECRET": secret}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(command, env=environment, **(pipes | popen)) as process:  # type: ignore[call-overload]
        try:
            line = process.stdout.readline()
            match = re.fullmatch(r"listening on (http://\S+:\d+)\n", line)
            assert match, line
            yield process, match[1]
        finally:
            process.kill()
