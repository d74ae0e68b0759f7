"""The command line of the local server."""

import argparse
import asyncio
import contextlib
import fcntl
import importlib
import os
import re
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

from watchconvert.localapi.app import create_app
from watchconvert.localapi.catalog import Engines
from watchconvert.localapi.logs import set_up
from watchconvert.localapi.serving import listening_socket, serving
from watchconvert.localapi.settings import Dialect, Settings

SECRET_VARIABLE = "WATCHCONVERT_LOCAL_SECRET"  # noqa: S105 - the name of the variable, not a secret
_SIZES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_TIMES = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the server until SIGTERM, SIGINT or, when asked, the end of stdin; 0 then, 1 when it cannot start."""
    options = _parser().parse_args(argv)
    set_up(options.log_level)
    try:
        secret = _chosen_secret(options)
        with _own_folder(options.folder) as folder, _listener(options) as listener:
            asyncio.run(_serve(options, _settings(options, folder, secret), listener))
    except (OSError, ValueError) as error:
        print(f"watchconvert local: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="watchconvert local", description=__doc__)
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=8787, help="0 for any")
    add("--fd", type=int, help="serve on this inherited listening socket")
    add("--folder", type=Path, help="where stored files live; default: a temporary folder")
    add("--secret-file", type=Path, help=f"default: ${SECRET_VARIABLE}, else a random secret that is printed")
    add("--dialect", type=Dialect, choices=list(Dialect), default=Dialect.BOTH)
    add("--workers", type=_count, default=os.cpu_count() or 1, help="conversions at a time")
    add("--queue", type=_number, default=64, help="conversions that may wait; one more gets 503")
    add("--max-body", type=_size, default=Settings.max_body, help="largest file, such as 512M")
    add("--max-disk", type=_size, default=Settings.max_disk, help="all stored files together")
    add("--job-life", type=_duration, default=Settings.job_life, help="such as 2h")
    add("--file-life", type=_duration, default=Settings.file_life)
    add("--allow-remote", action="store_true", help="fetch input files by URL")
    add("--exit-with-stdin", action="store_true", help="stop when stdin is closed")
    add("--register-late", type=_duration, default=0.0, help="hide a new job from polls for so long (for tests)")
    add("--no-dedupe", action="store_true", help="convert and bill a repeated JobId again (for tests)")
    add("--log-level", default="info", choices=["debug", "info", "warning", "error"])
    return parser


def _number(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return value


def _count(text: str) -> int:
    if _number(text) < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return int(text)


def _size(text: str) -> int:
    match = re.fullmatch(r"(\d+)([KMGT]?)", text)
    if match is None:
        raise argparse.ArgumentTypeError("must be bytes, or a number with K, M, G or T")
    return int(match[1]) * _SIZES[match[2]]


def _duration(text: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", text)
    if match is None:
        raise argparse.ArgumentTypeError("must be seconds, or a number with s, m, h or d")
    return float(match[1]) * _TIMES[match[2]]


def _settings(options: argparse.Namespace, folder: Path, secret: str) -> Settings:
    return Settings(
        folder=folder,
        secret=secret,
        dialect=options.dialect,
        workers=options.workers,
        queue=options.queue,
        max_body=options.max_body,
        max_disk=options.max_disk,
        job_life=options.job_life,
        file_life=options.file_life,
        register_late=options.register_late,
        dedupe=not options.no_dedupe,
        allow_remote=options.allow_remote,
    )


def _chosen_secret(options: argparse.Namespace) -> str:
    """Return the operator's secret, or a random one, marked by being kept in `options.random_secret` to be printed."""
    options.random_secret = None
    given = os.environ.get(SECRET_VARIABLE, "")
    if options.secret_file:
        given = options.secret_file.read_text(encoding="utf-8").strip()
        if not given:
            raise ValueError(f"{options.secret_file} is empty")
    if not given:
        given = options.random_secret = secrets.token_urlsafe(18)
    return given


@contextlib.contextmanager
def _own_folder(folder: Path | None) -> Iterator[Path]:
    """Hold the folder for this server alone, emptied of what an earlier run left: its ids are forgotten anyway."""
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="watchconvert-local-") as temporary:
            yield Path(temporary)
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(f"{folder} is in use by another server") from None
        _empty_folder(folder)
        yield folder
        _empty_folder(folder)


def _empty_folder(folder: Path) -> None:
    for part in ("files", "work"):
        shutil.rmtree(folder / part, ignore_errors=True)


def _listener(options: argparse.Namespace) -> socket.socket:
    if options.fd is not None:
        return socket.socket(fileno=options.fd)
    return listening_socket(options.host, options.port)


async def _serve(options: argparse.Namespace, settings: Settings, listener: socket.socket) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if options.exit_with_stdin:
        threading.Thread(target=_await_stdin, args=(loop, stop), daemon=True).start()
    engines = cast("Engines", importlib.import_module("watchconvert.localapi.engines"))
    async with serving(create_app(settings, engines), listener) as address:
        print(f"listening on {address}", flush=True)
        if options.random_secret:
            print(f"secret {options.random_secret}", flush=True)
        await stop.wait()


def _await_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(stop.set)
