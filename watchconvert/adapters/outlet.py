"""Where the log goes out: nothing here ever waits, whoever reads at the other end."""

import os
import select
import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

_MOST = 1000
"""Events that are kept while the other end does not take them."""
_PIECE = select.PIPE_BUF
"""Bytes that a pipe or a socket which has room at all takes without waiting (pipe(7))."""

Item = TypeVar("Item")


class Outlet(Generic[Item]):
    """Hands events on in their order; what is not taken waits for the next event, and some in vain."""

    def __init__(self, hand_on: Callable[[Item], bool], excuse: Callable[[int], Item]) -> None:
        """`hand_on` tells whether it was taken; `excuse` makes the event that tells how many were left out."""
        self._hand_on, self._excuse = hand_on, excuse
        self._waiting: deque[Item] = deque()
        self._lost = 0
        self._lock = threading.Lock()

    def put(self, item: Item) -> None:
        """Hand an event on, after those that wait."""
        with self._lock:
            self._waiting.append(item)
            if len(self._waiting) > _MOST:
                del self._waiting[1]  # the first may have gone out in part
                self._lost += 1
            self._flush()
            if self._lost and not self._waiting:
                self._waiting.append(self._excuse(self._lost))
                self._lost = 0
                self._flush()

    def _flush(self) -> None:
        while self._waiting and self._hand_on(self._waiting[0]):
            self._waiting.popleft()


class Lines:
    """Writes lines to a descriptor as far as they are taken at once; a line may go out in pieces."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLOUT)

    def hand_on(self, line: bytearray) -> bool:
        """Write what is left of a line; what cannot be written at all, as on a full disk, counts as taken."""
        try:
            while line:
                if not self._poll.poll(0):
                    return False
                del line[: os.write(self._descriptor, line[:_PIECE])]
        except OSError:
            line.clear()
        return True
