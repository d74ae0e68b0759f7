"""The files that were given on the command line, looked over before anything is sent."""

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from watchconvert.adapters.files.folders import real_path
from watchconvert.core.naming import format_of, is_junk, output_names, shown
from watchconvert.core.requests import Item


@dataclass(frozen=True)
class Given:
    """A file as it was given."""

    said: str
    """As it was typed."""
    item: Item | None
    """What is to be converted; None where it cannot be."""
    why: str = ""
    """Why it cannot be."""


@dataclass(frozen=True)
class Wish:
    """What is wanted of every file."""

    to: str
    source_format: str = ""
    output: str = ""
    """The folder for results; empty: beside each file."""
    conflict: str = "number"


def look_over(files: Iterable[str], wish: Wish) -> list[Given]:
    """Return the files that were given, each once."""
    seen: dict[str, Given] = {}
    for file in files:
        path = _place_of(file)
        if path not in seen:
            seen[path] = _look_at(file, path, wish)
    return list(seen.values())


def _place_of(file: str) -> str:
    """Return where a file is, with the links above it resolved; a link by that name itself stays one."""
    above, name = os.path.split(file)
    return os.path.join(real_path(above or "."), name)


def _look_at(said: str, path: str, wish: Wish) -> Given:
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as fault:
        return Given(said, None, _say_fault(path, fault))
    try:
        status = os.fstat(file)
    finally:
        os.close(file)
    folder = real_path(wish.output) if wish.output else os.path.dirname(path)
    if why := _find_fault(os.fsencode(path), status, folder, wish):
        return Given(said, None, why)
    return Given(said, Item(path, status.st_ino, status.st_size, status.st_mtime_ns, folder, wish.conflict))


def _say_fault(path: str, fault: OSError) -> str:
    if os.path.islink(path):
        return "it is a link; name the file that it leads to"
    return f"it cannot be read: {fault.strerror}"


def _find_fault(path: bytes, status: os.stat_result, folder: str, wish: Wish) -> str:
    """Return why a file cannot be converted, as far as that shows here; empty when the service is to say."""
    name = os.path.basename(path)
    if stat.S_ISDIR(status.st_mode):
        return "it is a folder; name the files in it"
    if not stat.S_ISREG(status.st_mode):
        return "it is no plain file"
    if not status.st_size:
        return "it is empty"
    if not wish.source_format and not format_of(name):
        return "its name has no ending (such as .docx), so nobody can tell what kind of file it is; say it with --from"
    if is_junk(name):
        return "it has the name of a temporary or hidden file; copy it under another name"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"its result could not be put into {_show(folder)}, which you may not write to; name another by --output"
    (result,) = output_names(name, ("",), wish.to)
    if wish.conflict == "fail" and os.path.lexists(os.path.join(os.fsencode(folder), result)):
        return f"{_show(folder)} has a file named {shown(result)} already"
    return ""


def _show(path: str) -> str:
    return shown(os.fsencode(Path(path)))
