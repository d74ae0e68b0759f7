"""Tells people what happens, apart from the work: it reads the journal behind it, and nothing waits for it.

Each notifier sends one message at a time in a thread of its own, so that a
receiver that hangs keeps neither the others nor the loop nor the end of the daemon.
"""

import queue
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from watchconvert.adapters.journal.database import JournalError
from watchconvert.adapters.notify.memory import Memory, Remembered
from watchconvert.adapters.notify.sender import NotSentError, Sender
from watchconvert.core.job import Job
from watchconvert.core.messages import (
    GATHER,
    Desk,
    Failure,
    Message,
    Pen,
    Standing,
    Words,
    gather,
    is_given_up,
    make_due,
    next_to_send,
    pause_before_next,
    without_message,
)
from watchconvert.core.naming import shown
from watchconvert.core.settings import Notify
from watchconvert.engine.holds import Holds
from watchconvert.engine.standing import find_nearly_full, find_standing
from watchconvert.engine.tools import Tools

_LOOK, _SOON, _IDLE, _AFTER_BUG = 1.0, 0.05, 3600.0, 60.0
"""Seconds between two rounds: as a rule, when there is more to read, with nobody to tell, and after a fault of ours."""
_BATCH = 500
"""Failures that are read at a time."""


@dataclass
class Target:
    """One notifier, and how it fares."""

    notify: Notify
    sender: Sender
    failures: int = 0
    """How often sending has failed in a row."""
    why: str = ""
    """Why it failed last."""
    rests_until: float = 0.0
    """By the steady clock."""


@dataclass(frozen=True)
class Wanted:
    """What the configuration says of messages."""

    targets: tuple[tuple[Notify, Sender], ...] = ()
    outboxes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The routes of each outbox, which a hold of its disk concerns."""
    low_balance: int = 0


@dataclass(frozen=True)
class _Result:
    name: str
    message: Message
    why: str = ""
    """Why it was not sent; empty when it was."""
    remark: str = ""


class Notifier:
    """Reads on in the journal, gathers, and has messages sent."""

    def __init__(self, tools: Tools, holds: Holds, memory: Memory, words: Words) -> None:
        self._tools, self._holds, self._memory, self._words = tools, holds, memory, words
        self._lock = threading.Lock()
        self._wanted = Wanted()
        self._targets: dict[str, Target] = {}
        self._now_known: Remembered | None = None
        self._saved: Remembered | None = None
        self._not_saved = ""
        self._gather, self._hurried = GATHER, False
        self._tries: dict[str, int] = {}
        """By the ids of messages."""
        self._sending: dict[str, tuple[threading.Thread, Sender]] = {}
        self._results: queue.SimpleQueue[_Result] = queue.SimpleQueue()
        self.wake: Callable[[], None] = lambda: None

    def take(self, wanted: Wanted) -> None:
        """Take what the configuration says now; what is being sent goes on."""
        with self._lock:
            self._wanted = wanted
            self._targets = {notify.name: Target(notify, sender) for notify, sender in wanted.targets}
        self.wake()

    def round(self) -> float:
        """Look for news and send what is due; return how long to wait, in seconds.

        Raises:
            JournalError: the journal cannot be read.

        """
        try:
            with self._lock:
                return self._round()
        except JournalError:
            raise
        except Exception:  # whatever is wrong with messages must never end the daemon
            self._tools.log.exception("bug", state="notify")
            return _AFTER_BUG

    def _round(self) -> float:
        known = self._recall()
        self._now_known = known = replace(known, desks={name: known.desks.get(name, Desk()) for name in self._targets})
        self._collect()
        if not self._targets:
            self._save()
            return _IDLE
        more = self._read_on()
        self._make_due()
        self._save()  # before anything is sent: what may have left is remembered
        self._send()
        self._hurried = not self._gather and not more
        return _SOON if more else _LOOK

    def _recall(self) -> Remembered:
        """Return what is known; where nobody was told anything before, the news begin now."""
        if self._now_known is None:
            try:
                self._now_known = self._saved = self._memory.load()
            except (OSError, ValueError) as fault:
                self._tools.log.error("messages_forgotten", why=str(fault), journal=self._tools.journal.path)
        known = self._now_known
        return known if known and known.desks else Remembered(self._tools.journal.news.latest())

    def _known(self) -> Remembered:
        assert self._now_known is not None  # noqa: S101 - `_round` sets it first
        return self._now_known

    def _change(self, name: str, desk: Desk) -> None:
        known = self._known()
        if name in known.desks:
            self._now_known = replace(known, desks=known.desks | {name: desk})

    def _read_on(self) -> bool:
        """Gather what has failed; returns whether there is more."""
        known, now = self._known(), self._tools.clock.now()
        jobs, mark = self._tools.journal.news.failed_since(known.mark, _BATCH)
        failures = [_failure(job) for job in jobs]
        desks = {name: gather(desk, self._targets[name].notify, failures, now) for name, desk in known.desks.items()}
        self._now_known = Remembered(mark, desks)
        return len(jobs) == _BATCH

    def _make_due(self) -> None:
        tools, now = self._tools, self._tools.clock.now()
        account = tools.journal.news.account() if self._wanted.low_balance else None
        standing: list[Standing] = find_standing(
            self._holds.standing(), account, self._wanted.low_balance, self._wanted.outboxes, now
        )
        standing += find_nearly_full(self._holds.purse.uses(), now)
        pen = Pen(self._words, tools.new_id, now, self._gather)
        for name, desk in self._known().desks.items():
            self._change(name, make_due(desk, self._targets[name].notify, standing, pen))

    def _save(self) -> None:
        known = self._known()
        if self._saved is not None and self._saved.desks == known.desks:
            return  # how far it was read is worth no write: what was read since tells nobody anything
        try:
            self._memory.save(known)
            self._saved, self._not_saved = known, ""
        except OSError as fault:
            if str(fault) != self._not_saved:
                self._tools.log.warning("messages_not_remembered", why=str(fault))
            self._not_saved = str(fault)

    def _send(self) -> None:
        steady = self._tools.clock.steady()
        for name, target in self._targets.items():
            message = next_to_send(self._known().desks[name], self._tries)
            if message is not None and name not in self._sending and steady >= target.rests_until:
                self._begin(name, target.sender, message)

    def _begin(self, name: str, sender: Sender, message: Message) -> None:
        def send() -> None:
            self._results.put(self._attempt(name, sender, message))
            self.wake()

        thread = threading.Thread(target=send, name=f"notify {name}", daemon=True)
        self._sending[name] = (thread, sender)
        thread.start()

    def _attempt(self, name: str, sender: Sender, message: Message) -> _Result:
        try:
            return _Result(name, message, remark=sender.send(message))
        except NotSentError as fault:
            return _Result(name, message, str(fault))
        except Exception as bug:
            self._tools.log.exception("bug", state="notify", notifier=name)
            return _Result(name, message, f"internal error: {type(bug).__name__}")

    def _collect(self) -> None:
        """Take note of what has become of messages."""
        while not self._results.empty():
            result = self._results.get()
            self._sending.pop(result.name, None)
            if result.name in self._targets:
                self._learn(result)

    def _learn(self, result: _Result) -> None:
        target, message, log = self._targets[result.name], result.message, self._tools.log
        words = {"notifier": result.name, "kind": message.kind, "message": message.id[:8]}
        if not result.why:
            target.failures, target.why, target.rests_until = 0, "", 0.0
            log.info("notified", **words, **({"why": result.remark} if result.remark else {}))
            self._finish(result.name, message)
            return
        tries = self._tries[message.id] = self._tries.get(message.id, 0) + 1
        target.failures += 1
        pause = pause_before_next(target.failures, self._tools.clock.dice())
        target.rests_until = self._tools.clock.steady() + pause
        if result.why != target.why:
            log.warning("not_notified", **words, why=result.why, tries=tries)
            target.why = result.why
        if is_given_up(message, tries, self._tools.clock.now()):
            log.error("message_dropped", **words, why=result.why, tries=tries, subject=message.subject)
            self._finish(result.name, message)

    def _finish(self, name: str, message: Message) -> None:
        self._tries.pop(message.id, None)
        self._change(name, without_message(self._known().desks[name], message.id))

    def hurry(self) -> None:
        """Gather no longer, as the end is near; an interval in which a cause was told already holds all the same."""
        with self._lock:
            self._gather, self._hurried = 0.0, False
        self.wake()

    def has_told(self) -> bool:
        """Tell whether all that is to be told since `hurry` was sent, or at least tried."""
        with self._lock:
            untried = any(each.id not in self._tries for desk in self._desks() for each in desk.waiting)
            return not self._targets or (self._hurried and not untried)

    def _desks(self) -> Iterable[Desk]:
        return self._now_known.desks.values() if self._now_known else ()

    def is_busy(self) -> bool:
        """Tell whether a message is being sent."""
        return any(thread.is_alive() for thread, _ in list(self._sending.values()))

    def stop(self) -> None:
        """Remember what was sent, and leave the rest to the next life."""
        with self._lock:
            if self._now_known is not None:
                self._collect()
                self._save()
            for _, sender in self._sending.values():
                sender.stop()


def _failure(job: Job) -> Failure:
    name = shown(job.folder + b"/" + job.name if job.folder else job.name)
    why = job.verdict.sentence if job.verdict else "The file could not be converted."
    return Failure(job.route, name, why, job.order.error, job.round > 0)
