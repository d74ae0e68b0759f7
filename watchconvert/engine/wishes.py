"""Grants the wishes of the command line and the page: in pieces, so that the loop that grants them never stalls.

A wish lies in its file until all of it is granted or refused, so that none is
lost by a death; and what is granted twice after one happens once: a job that is
cancelled is not open any more, a file that was moved back does not lie in the
error folder as the same job's.
"""

import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from watchconvert.adapters.files.returns import Returns
from watchconvert.adapters.wishes import Wish, read_wishes
from watchconvert.core.job import Job
from watchconvert.core.naming import shown
from watchconvert.core.states import TRANSITIONS, Event, State
from watchconvert.core.verdicts import because
from watchconvert.engine.dispatcher import Dispatcher
from watchconvert.engine.holds import Holds
from watchconvert.engine.keeper import remove_notes
from watchconvert.engine.tools import Tools

_MOST_REFUSED, _MOST_TOLD = 50, 100
"""Files of which it is remembered why they could not be sent back, and wishes of which it is told what came of them."""
_MOST_OPEN = 16
"""Wishes for files to be moved that are granted at once; the others wait in their folder."""
PIECE = 250
"""Jobs of one wish that are looked at in one round."""
_EXAMPLES = 5
"""Jobs that are named for each reason of a refusal."""

_UNKNOWN = "no such job is known any more"
_TOO_LATE = "it is {state} and cannot be cancelled any more"
_TOO_EARLY = "it still lies in the inbox; take it out there"
_NOT_SERVED = "the inbox that it came from is not watched any more; move it yourself"
_NOT_FAILED = "it is {state}; only what has failed is tried again"


def _in_a_thread(name: str, work: Callable[[], None]) -> None:
    threading.Thread(target=work, name=name, daemon=True).start()


@dataclass
class _Progress:
    """How far one wish is granted."""

    path: Path
    wish: Wish
    left: deque[str]
    """Jobs that were not looked at yet, or are under way."""
    moving: int = 0
    """Files that wait for their turn to be moved."""
    done: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    """How many, by the reason."""
    examples: dict[str, list[str]] = field(default_factory=dict)

    def refuse(self, job_id: str, why: str) -> None:
        self.refused[why] += 1
        named = self.examples.setdefault(why, [])
        if len(named) < _EXAMPLES:
            named.append(job_id[:8])

    def tell(self) -> dict[str, Any]:
        """Return what has come of it, as plain values."""
        refused = [[why, count, self.examples[why]] for why, count in self.refused.most_common(_EXAMPLES)]
        left = len(self.left) + self.moving
        return {"done": self.done, "refused": refused, "left": left, "over": not left}


class Granter:
    """Grants wishes; files are moved by one thread for each route, as a share may hang."""

    def __init__(
        self,
        tools: Tools,
        holds: Holds,
        dispatcher: Dispatcher,
        start: Callable[[str, Callable[[], None]], None] = _in_a_thread,
    ) -> None:
        self._tools, self._holds, self._dispatcher, self._start = tools, holds, dispatcher, start
        self._lock = threading.RLock()
        self._open: dict[str, _Progress] = {}
        """By the names of their files."""
        self._to_move: dict[str, deque[tuple[_Progress, str]]] = {}
        """The files of each route that go back, with the wishes that want it."""
        self._stuck: set[str] = set()
        """Wishes that were granted and whose files cannot be removed."""
        self._moving: set[str] = set()
        """Routes whose thread runs."""
        self.refused: dict[str, str] = {}
        """Why files could not be sent back, by the ids of their jobs."""
        self.told: dict[str, dict[str, Any]] = {}
        """What has come of each of the last wishes, by the names of their files."""
        self.broken: BaseException | None = None
        """What ended a thread that may not end: the journal cannot be written."""
        self.wake: Callable[[], None] = lambda: None
        self.serves: Callable[[Job], bool] = lambda job: job.id != ""
        """Tells whether the inbox that a job's file came from is still watched."""

    def is_busy(self) -> bool:
        """Tell whether a file is being moved."""
        return bool(self._moving)

    def at_start(self) -> None:
        """Grant what keeps work from being begun, pauses and cancels, before any is begun.

        Files are moved when their folders have been looked over.

        Raises:
            JournalError: it cannot be read or written.

        """
        while self._grant_pieces():
            pass

    def round(self) -> bool:
        """Grant a piece of each wish, without waiting for any file system; tell whether there is more at once.

        Raises:
            JournalError: it cannot be read or written.

        """
        more = self._grant_pieces()
        self._move_on()
        self._note_all()  # what was moved at once is over already
        return more

    def _grant_pieces(self) -> bool:
        self._take_up()
        more = False
        for progress in list(self._open.values()):
            more = self._grant(progress) or more
        self._note_all()
        return more

    def _take_up(self) -> None:
        room = max(0, _MOST_OPEN - sum(progress.wish.verb == "retry" for progress in self._open.values()))
        for path, wish in read_wishes(self._tools.journal.path, self._open.keys() | self._stuck, room):
            self._open[path.name] = _Progress(path, wish, deque(dict.fromkeys(wish.jobs)))
            if wish.verb in ("pause", "resume"):
                self._hold(self._open[path.name])

    def _note_all(self) -> None:
        """Tell how far each wish is, and remove the files of those that are over."""
        with self._lock:
            for name, progress in list(self._open.items()):
                self.told.pop(name, None)
                self.told[name] = progress.tell()
                if self.told[name]["over"]:
                    self._remove(progress.path)
            while len(self.told) > _MOST_TOLD:
                del self.told[next(iter(self.told))]

    def _remove(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError:  # it must not be granted in each round from now on
            self._stuck.add(path.name)
        del self._open[path.name]

    def _hold(self, progress: _Progress) -> None:
        wish = progress.wish
        if wish.verb == "resume":
            who = shown(wish.by.encode("utf-8", "backslashreplace")) or "somebody"
            progress.done = self._holds.resume(wish.routes, who)
        elif not 0 < wish.until <= self._tools.clock.now():  # else its time was over before the daemon ran
            for route in wish.routes or ("",):
                self._holds.pause(route, wish.reason, wish.until)
                progress.done += 1
        self._dispatcher.wake()

    def _grant(self, progress: _Progress) -> bool:
        """Grant a piece of one wish; tell whether anything came of it and more is left."""
        before = len(progress.left)
        piece = [progress.left.popleft() for _ in range(min(PIECE, before))]
        if progress.wish.verb == "cancel":
            self._cancel(progress, piece)
        else:
            for job_id in piece:
                self._plan(progress, job_id)
        return 0 < len(progress.left) < before

    # cancel ─────────────────────────────────────────────────────────────────
    def _cancel(self, progress: _Progress, piece: list[str]) -> None:
        """Set files aside whose conversion nobody wants any more; what is published already stays."""
        changes: list[tuple[Job, Job]] = []
        for job_id in piece:
            job = self._tools.journal.get(job_id)
            if job is None:
                progress.refuse(job_id, _UNKNOWN)
            elif self._dispatcher.is_busy(job_id):
                progress.left.append(job_id)  # when its step has ended
            elif Event.REJECTED not in TRANSITIONS[job.state]:
                why = _TOO_EARLY if job.state is State.NOTICED else _TOO_LATE.format(state=job.state.value)
                progress.refuse(job_id, why)
            else:
                facts = {"verdict": because("cancelled")}
                changes.append((job, job.after(Event.REJECTED, facts, self._tools.clock.now())))
        if not changes:
            return
        for (job, _), done in zip(changes, self._tools.journal.record_all(changes, Event.REJECTED), strict=True):
            if done:
                progress.done += 1
                self._tools.log.info("cancelled", job=job.id[:8], route=job.route, file=shown(job.name))
            else:
                progress.left.append(job.id)  # it went on meanwhile
        self._dispatcher.wake()

    # retry ──────────────────────────────────────────────────────────────────
    def _plan(self, progress: _Progress, job_id: str) -> None:
        job = self._tools.journal.get(job_id)
        if job is None or progress.wish.verb != "retry":
            progress.refuse(job_id, _UNKNOWN)
        elif job.state is not State.FAILED:
            progress.refuse(job_id, _NOT_FAILED.format(state=job.state.value))
        elif not self.serves(job):
            self._remember(job_id, _NOT_SERVED)
            progress.refuse(job_id, _NOT_SERVED)
        else:
            with self._lock:
                progress.moving += 1
                self._to_move.setdefault(job.route, deque()).append((progress, job_id))

    def _move_on(self) -> None:
        """Have a thread for each route that has files to move and does not hang."""
        for route in list(self._to_move):
            with self._lock:
                if route in self._moving or not self._to_move[route] or self._dispatcher.is_hung(route):
                    continue
                self._moving.add(route)
            self._start(f"retry {route}", partial(self._move_all, route))

    def _move_all(self, route: str) -> None:
        try:
            while not self._tools.clock.stopped() and self._move_next(route):
                pass
        except BaseException as fault:  # noqa: BLE001 - a dead thread must not go unnoticed
            self.broken = fault
        finally:
            with self._lock:
                self._moving.discard(route)
            self.wake()

    def _move_next(self, route: str) -> bool:
        """Move one file back; tell whether there was one."""
        with self._lock:
            if not self._to_move[route]:
                return False
            progress, job_id = self._to_move[route].popleft()
        why = self._send_back(job_id)
        with self._lock:
            progress.moving -= 1
            if why:
                progress.refuse(job_id, why)
            else:
                progress.done += 1
        return True

    def _send_back(self, job_id: str) -> str:
        """Move a file that was set aside back into its inbox, where it is a new file; return why not."""
        job = self._tools.journal.get(job_id)
        if job is None:
            return _UNKNOWN
        words = {"job": job.id[:8], "route": job.route, "file": shown(job.name)}
        try:
            sent = Returns(self._tools.folders, self._tools.journal.placements.owner).send_back(job)
        except OSError as fault:
            why = fault.strerror or str(fault)
            self._remember(job.id, why)
            self._tools.log.warning("retry_refused", **words, why=why)
            return why
        self._remember(job.id, "")
        remove_notes(self._tools, job, sent.left)
        self._tools.log.info("retried", **words, inbox_name=shown(sent.name))
        return ""

    def _remember(self, job_id: str, why: str) -> None:
        with self._lock:
            refused = {known: text for known, text in self.refused.items() if known != job_id}
            if why:
                refused[job_id] = why
            self.refused = dict(list(refused.items())[-_MOST_REFUSED:])
