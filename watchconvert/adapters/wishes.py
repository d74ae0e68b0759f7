"""Wishes of the command line and the page to the daemon: small files in a folder beside the journal, one for each.

The command line never writes the journal: two writers of one SQLite file are
one too many (docs/design.md, "The journal is the queue").
"""

import json
import os
import uuid
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

MOST_JOBS = 10_000
"""Jobs that one wish may name; whoever wishes for more leaves several."""
_MOST_BYTES = 2**20
"""What is larger is no wish of ours: 10,000 ids take 400 kB."""


@dataclass(frozen=True)
class Wish:
    """Something that an administrator wants done."""

    verb: str
    """"cancel", "retry", "pause" or "resume"."""
    jobs: tuple[str, ...] = ()
    """The ids of the jobs that are to be cancelled or tried again."""
    routes: tuple[str, ...] = ()
    """The routes that are to be paused or resumed; none stands for all."""
    reason: str = ""
    """Of a pause: who wants it, why, and what ends it, in whole sentences."""
    until: float = 0.0
    """Of a pause: when it ends by itself, wall clock; 0 for never."""
    by: str = ""
    """Who wishes it."""


def _folder(journal: str) -> Path:
    return Path(journal + ".wishes")


def make_folder(journal: str) -> None:
    """Make the folder of the wishes, for its owner alone: the daemon's user, also where root makes it.

    Raises:
        OSError: it cannot be made.

    """
    os.close(_open_folder(journal))


def _open_folder(journal: str) -> int:
    """Open the folder of the wishes, made if need be.

    It lies where the daemon's user may replace it, so root goes through no link there.
    """
    folder = _folder(journal)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        _give(handle, folder.parent.stat())
    except BaseException:
        os.close(handle)
        raise
    return handle


def _give(handle: int, like: os.stat_result) -> None:
    """Give what root has made to whom the daemon runs as: who may not read a wish would leave it for ever."""
    if os.geteuid() == 0:
        os.fchown(handle, like.st_uid, like.st_gid)


def make_wish(journal: str, wish: Wish) -> str:
    """Leave a wish for the daemon, durably; returns its name.

    Raises:
        OSError: the folder cannot be written; the daemon's user or root may.

    """
    folder, name = _open_folder(journal), f"{wish.verb}-{uuid.uuid4().hex}"
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        file = os.open(f".{name}", flags, 0o600, dir_fd=folder)
        try:
            _give(file, os.fstat(folder))
            os.write(file, json.dumps(asdict(wish)).encode("ascii"))
            os.fsync(file)
        finally:
            os.close(file)
        os.rename(f".{name}", name, src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)
    finally:
        os.close(folder)
    return name


def waiting_verbs(journal: str) -> list[str]:
    """Return what is wished for and not granted yet, a word for each; nothing where that may not be read."""
    try:
        names = sorted(path.name for path in _folder(journal).iterdir())
    except OSError:
        return []
    return [name.partition("-")[0] for name in names if "-" in name and not name.startswith(".")]


def read_wishes(journal: str, but: Collection[str] = (), retries: int = 100) -> list[tuple[Path, Wish]]:
    """Return the wishes that wait, the oldest first, each with the file to remove once it is granted.

    Those named in `but` are known already.  Of those that take long, which have files moved, there are `retries` at
    most, and they come last: nobody who wants work to stop waits for them.
    """
    try:
        paths = sorted(_folder(journal).iterdir(), key=lambda each: (_takes_long(each), each.stat().st_mtime_ns))
    except OSError:  # there is none yet, or it cannot be read at the moment: it is looked at again
        return []
    found: list[tuple[Path, Wish]] = []
    for path in paths:
        if path.name.startswith(".") or path.name in but:
            continue
        retries -= _takes_long(path)
        if retries < 0:
            break
        try:
            found.append((path, _read(path)))
        except (ValueError, TypeError, RecursionError):
            path.unlink(missing_ok=True)
        except OSError:
            continue
    return found


def _takes_long(path: Path) -> bool:
    return path.name.startswith("retry-")


def _read(path: Path) -> Wish:
    """Return the wish in a file.

    Raises:
        ValueError, TypeError: it is none.
        OSError: it cannot be read.

    """
    if path.stat().st_size > _MOST_BYTES:
        raise ValueError(path.name)
    told: Any = json.loads(path.read_text("ascii"))
    if not isinstance(told, dict):
        raise TypeError(path.name)
    if "job" in told:  # as the first version left it
        told["jobs"] = [told.pop("job")]
    if not told.keys() <= {field.name for field in fields(Wish)}:
        raise ValueError(path.name)
    wish = Wish(**told | {name: tuple(map(_text, told.get(name, ()))) for name in ("jobs", "routes")})
    if len(wish.jobs) > MOST_JOBS:
        raise ValueError(path.name)
    return Wish(_text(wish.verb), wish.jobs, wish.routes, _text(wish.reason), float(wish.until), _text(wish.by))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
