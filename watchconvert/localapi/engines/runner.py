"""Runs each conversion in one confined child process, within its time, and takes over what the child made."""

import asyncio
import json
import logging
import math
import os
import re
import shutil
import signal
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from watchconvert.localapi.engines.catalog import Entry, find_entry, route_name
from watchconvert.localapi.engines.fonts import write_fontconfig
from watchconvert.localapi.engines.interface import (
    ConversionError,
    ErrorCode,
    ParameterError,
    Request,
    Result,
    Source,
)
from watchconvert.localapi.engines.parameters import Value, read_parameters

CHILD_MODULE = "watchconvert.localapi.engines.child"
_RESULT_NAME = re.compile(r"[0-9]{1,6}\.[a-z0-9]{1,5}", re.ASCII)
_LARGEST_REPLY = 8_000_000
_STDERR_SHOWN = 2000
_SIGNAL_BASE = 128

_log = logging.getLogger(__name__)
_means_logged: set[str] = set()


async def run_conversion(request: Request, folder: Path) -> list[Result]:
    """Convert as `convert` of this package promises."""
    entry = find_entry(request.source_format, request.target_format)
    if not request.sources:
        raise ParameterError("File", "The File field is required.")
    parameters = read_parameters(entry.pair, request.parameters)
    job = _make_folder(folder)
    try:
        _prepare_job(job, entry, request, parameters)
        status = await _run_child(job, request.timeout)
        return take_results(job, folder, request.sources, _read_reply(job, status, entry))
    finally:
        await asyncio.to_thread(shutil.rmtree, job, ignore_errors=True)


def _make_folder(parent: Path) -> Path:
    return Path(tempfile.mkdtemp(prefix="job-", dir=parent)).resolve()


def _prepare_job(job: Path, entry: Entry, request: Request, parameters: Mapping[str, Value]) -> None:
    """Furnish the child's own folder: the request, links to the sources, fonts, and a place for results."""
    for name in ("in", "out"):
        (job / name).mkdir()
    order = {
        "steps": entry.steps,
        "target": entry.pair.target,
        "formats": [_source_format(source, entry) for source in request.sources],
        "sources": [str(path) for path in _link_sources(job / "in", request.sources, entry)],
        "parameters": parameters,
        "cpu_seconds": math.ceil(request.timeout) * (os.cpu_count() or 1) + 1,
        "own_temp": "soffice" in entry.needs,
    }
    (job / "request.json").write_text(json.dumps(order), encoding="utf-8")
    write_fontconfig(job)


def _source_format(source: Source, entry: Entry) -> str:
    extension = Path(source.name).suffix.lower().removeprefix(".")
    fits = extension in entry.pair.source_extensions
    return route_name(extension) if fits else entry.pair.source


def _link_sources(folder: Path, sources: Iterable[Source], entry: Entry) -> Iterator[Path]:
    """Give every source a name without surprises; an archive is the one result that shows the names."""
    taken: set[str] = set()
    for number, source in enumerate(sources, start=1):
        plain = f"{number}.{_source_format(source, entry)}"
        link = folder / (_free_name(Path(source.name).name, taken) if entry.pair.target == "zip" else plain)
        link.symlink_to(source.path.resolve())
        yield link


def _child_environment(job: Path) -> dict[str, str]:
    folder = str(job)
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": folder,
        "TMPDIR": folder,
        "XDG_CACHE_HOME": folder,
        "FONTCONFIG_FILE": str(job / "fonts.conf"),
        "MALLOC_ARENA_MAX": "2",
    }


async def _run_child(job: Path, timeout_seconds: float) -> int:
    with (job / "stderr").open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-B", "-m", CHILD_MODULE, str(job),
            stdin=asyncio.subprocess.DEVNULL, stdout=stderr, stderr=stderr,
            cwd=job, env=_child_environment(job), start_new_session=True,
        )  # fmt: skip
    try:
        async with asyncio.timeout(timeout_seconds):
            return await process.wait()
    except TimeoutError:
        raise ConversionError(ErrorCode.TIMEOUT, "The conversion took longer than its time limit.") from None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _read_reply(job: Path, status: int, entry: Entry) -> list[Mapping[str, Any]]:
    """Return the child's list of results, or raise what it reported; of the reply no more than its shape is trusted."""
    try:
        with _open_regular(job / "reply.json") as descriptor:
            reply = json.loads(os.read(descriptor, _LARGEST_REPLY))
        _log_means(reply["means"])
        if error := reply.get("error"):
            raise _reported_error(job, error, entry)
        return list(reply["results"])
    except (OSError, ValueError, KeyError, TypeError) as failure:
        raise _crash_error(job, status, entry) from failure


def _reported_error(job: Path, error: Mapping[str, Any], entry: Entry) -> Exception:
    if error["kind"] == "parameter":
        return ParameterError(str(error["name"]), str(error["message"]))
    if error["code"] == ErrorCode.UNEXPECTED:
        _log_stderr(job, entry)
    return ConversionError(int(error["code"]), str(error["message"]))


def _log_stderr(job: Path, entry: Entry) -> None:
    with suppress(OSError), _open_regular(job / "stderr") as descriptor:
        os.lseek(descriptor, max(0, os.fstat(descriptor).st_size - _STDERR_SHOWN), os.SEEK_SET)
        tail = os.read(descriptor, _STDERR_SHOWN).decode(errors="replace")
        _log.warning("%s ended unexpectedly: %s", entry.pair.engine, tail)


def _crash_error(job: Path, status: int, entry: Entry) -> ConversionError:
    number = -status if status < 0 else status - _SIGNAL_BASE
    _log_stderr(job, entry)
    if number in {signal.SIGXCPU, signal.SIGKILL}:
        return ConversionError(ErrorCode.TIMEOUT, "The conversion used up its processor time.")
    if number > 0:
        message = f"{entry.pair.engine} stopped unexpectedly on this file; it may be damaged or too complex."
        return ConversionError(ErrorCode.FAILED, message)
    return ConversionError(ErrorCode.UNEXPECTED, "The conversion ended unexpectedly.")


def _log_means(means: Iterable[str]) -> None:
    text = ", ".join(means)
    if text not in _means_logged:
        _means_logged.add(text)
        _log.info("conversions are confined by: %s", text)


@contextmanager
def _open_regular(path: Path) -> Iterator[int]:
    """Open a file the child left, refusing links and everything that is not a plain file. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(f"{path.name} is not a plain file")
        yield descriptor
    finally:
        os.close(descriptor)


def take_results(
    job: Path, folder: Path, sources: tuple[Source, ...], listed: Iterable[Mapping[str, Any]]
) -> list[Result]:
    """Move the result files from the child's folder to `folder` and name them after their sources."""
    results: list[Result] = []
    taken: set[str] = set()
    for entry in listed:
        file, source = str(entry["file"]), sources[int(entry["source"])]
        if not _RESULT_NAME.fullmatch(file) or not _has_content(job / "out" / file):
            raise ConversionError(ErrorCode.FAILED, "The conversion produced no output.")
        name = _free_name(Path(source.name).stem + Path(file).suffix, taken)
        results.append(Result((job / "out" / file).rename(folder / f"{job.name}-{file}"), name))
    if not results:
        raise ConversionError(ErrorCode.FAILED, "The conversion produced no output.")
    return results


def _has_content(path: Path) -> bool:
    try:
        with _open_regular(path) as descriptor:
            return os.fstat(descriptor).st_size > 0
    except OSError:
        return False


def _free_name(name: str, taken: set[str]) -> str:
    """Return `name`, or `stem-2.ext`, `stem-3.ext` and so on when it is taken, and take it."""
    path, number = Path(name), 1
    while name in taken:
        number += 1
        name = f"{path.stem}-{number}{path.suffix}"
    taken.add(name)
    return name
