"""What the daemon has in hand, told to its next life: a file that kills it three times is set aside.

The marks are written without a sync: they must survive the death of the
process, not that of the machine, and they cost nothing.  A mark that cannot be
written (the disk is full) is left out: work does not depend on it.
"""

import contextlib
import os
import threading

_SLOT = 64
_SLOTS = 512


class Hand:
    """A small file with one slot for each job whose step may be what kills the daemon."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._lock = threading.Lock()
        self._free = list(range(_SLOTS))
        self._taken: dict[str, int] = {}

    def left_over(self) -> list[tuple[str, str]]:
        """Return job id and state of what was in hand when the last life ended, and forget it."""
        text = os.pread(self._file, _SLOT * _SLOTS, 0).decode("ascii", "replace")
        os.ftruncate(self._file, 0)
        marks = [text[at : at + _SLOT].rstrip("\0").split() for at in range(0, len(text), _SLOT)]
        return [(mark[0], mark[1]) for mark in marks if len(mark) == 2]

    def take(self, job_id: str, state: str) -> None:
        """Mark a job as in hand."""
        with self._lock:
            if self._free:
                slot = self._taken[job_id] = self._free.pop()
                self._write(slot, f"{job_id} {state}\n".encode())

    def lay_down(self, job_id: str) -> None:
        """Mark a job as no longer in hand."""
        with self._lock:
            slot = self._taken.pop(job_id, None)
            if slot is not None:
                self._write(slot, b"")
                self._free.append(slot)

    def _write(self, slot: int, mark: bytes) -> None:
        with contextlib.suppress(OSError):
            os.pwrite(self._file, mark.ljust(_SLOT, b"\0"), slot * _SLOT)

    def lay_down_all(self) -> None:
        """Forget every mark: the daemon ends because it was told to, and no file is to blame for that."""
        with self._lock:
            self._taken.clear()
            self._free = list(range(_SLOTS))
            os.ftruncate(self._file, 0)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)
