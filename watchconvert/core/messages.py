"""Which messages are due: failures are gathered, and what stands is told once, as is its end.

Pure: a desk is what is remembered for one notifier, and each function returns
the desk as it is afterwards.  Times are seconds since the epoch of a clock that
may be set: what lies in the future counts as now, so that a clock that was set
back delays a message by one interval at most.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

from watchconvert.core.settings import Notify

T = TypeVar("T")

MOST_GROUPS, MOST_NAMES = 8, 10
"""How many different reasons a message tells, and how many names of files for each."""
GATHER = 30.0
"""Seconds for which news are gathered before they are told, at most: a burst of failures is one message."""
GIVE_UP = 6 * 3600.0
"""Seconds after which a message that cannot be sent is dropped: by then `status` tells it better."""
LEAST_TRIES = 5
"""How often it is tried at least before it is dropped, whatever the clock says."""
_QUIET = frozenset({"balance", "nearly"})
"""Scopes of warnings: nothing waits for their end, so that it is not told."""
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 900.0


@dataclass(frozen=True)
class Failure:
    """A file that was put into the error folder."""

    route: str
    name: str
    """As it may be shown."""
    why: str
    folder: str
    """The error folder."""
    sent: bool
    """Whether it was ever sent for conversion, and so may have been charged."""


@dataclass(frozen=True)
class Standing:
    """Something that is so for the time being, and that a person may have to end."""

    kind: str
    """What it is told as: "held", "low_balance" or "budget"."""
    subject: str
    """What it is about, as it may be shown: "account", "route to-pdf"."""
    scope: str
    reason: str
    since: float
    routes: tuple[str, ...] = ()
    """The routes that it concerns; empty for all."""

    @property
    def cause(self) -> str:
        """By what it is told apart from others."""
        return f"{self.kind} {self.subject}"


@dataclass(frozen=True)
class Group:
    """Failures of one reason that are not told yet."""

    why: str
    count: int = 0
    names: tuple[str, ...] = ()
    """The first few."""


@dataclass(frozen=True)
class Heap:
    """Failures of one route that are not told yet; its size does not grow with them."""

    since: float
    """When the first of them was heard of."""
    folder: str = ""
    count: int = 0
    sent: int = 0
    """How many of them had been sent for conversion."""
    groups: tuple[Group, ...] = ()
    """The first few reasons; what fails for others is in `count` alone."""


@dataclass(frozen=True)
class Message:
    """What is to be sent, whole: the same however often it is tried."""

    id: str
    """32 hexadecimal digits, by which a receiver knows it again."""
    at: float
    kind: str
    """ "failed", "held", "released", "low_balance", "budget" or "test"."""
    cause: str
    """There is one message at most of a cause in an interval."""
    thread: str
    """What messages have in common that belong together."""
    subject: str
    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    """The same for machines."""


@dataclass(frozen=True)
class Desk:
    """What is remembered for one notifier."""

    heaps: Mapping[str, Heap] = field(default_factory=dict)
    """Failures that are not told yet, by route."""
    seen: Mapping[str, float] = field(default_factory=dict)
    """When something was first seen to stand, or not to stand any more, that is not told yet; by cause."""
    told: Mapping[str, Standing] = field(default_factory=dict)
    """What stands as far as the people know, by cause."""
    last: Mapping[str, float] = field(default_factory=dict)
    """When the last message of a cause was made; kept for an interval."""
    waiting: tuple[Message, ...] = ()
    """Messages that are not sent yet, the oldest first."""


@dataclass(frozen=True)
class Saying:
    """What a message says."""

    subject: str
    text: str
    facts: Mapping[str, Any]


class Words(Protocol):
    """What puts things into words; `core/wording.py` has them."""

    def failed(self, route: str, heap: Heap) -> Saying:
        """Say that files of a route could not be converted."""

    def stands(self, standing: Standing, now: float) -> Saying:
        """Say that something is so."""

    def ended(self, standing: Standing, now: float) -> Saying:
        """Say that it is so no more."""


@dataclass(frozen=True)
class Pen:
    """What messages are written with."""

    words: Words
    new_id: Callable[[], str]
    now: float
    gather: float = GATHER
    """Seconds for which news are gathered at most."""

    def write(self, kind: str, cause: str, thread: str, saying: Saying) -> Message:
        """Return a message."""
        return Message(self.new_id(), self.now, kind, cause, thread, saying.subject, saying.text, saying.facts)


def gather(desk: Desk, notify: Notify, failures: Sequence[Failure], now: float) -> Desk:
    """Put failures that a notifier tells of on their heaps."""
    heaps = dict(desk.heaps)
    for failure in failures:
        if "failed" in notify.on and _concerns(notify, (failure.route,)):
            heaps[failure.route] = _heaped(heaps.get(failure.route, Heap(now)), failure)
    return replace(desk, heaps=heaps)


def _heaped(heap: Heap, failure: Failure) -> Heap:
    groups = list(heap.groups)
    at = next((at for at, group in enumerate(groups) if group.why == failure.why), None)
    if at is None and len(groups) < MOST_GROUPS:
        at = len(groups)
        groups.append(Group(failure.why))
    if at is not None:
        group = groups[at]
        names = group.names if len(group.names) >= MOST_NAMES else (*group.names, failure.name)
        groups[at] = Group(group.why, group.count + 1, names)
    return Heap(heap.since, failure.folder, heap.count + 1, heap.sent + failure.sent, tuple(groups))


def _concerns(notify: Notify, routes: tuple[str, ...]) -> bool:
    return not notify.routes or not routes or not set(routes).isdisjoint(notify.routes)


def make_due(desk: Desk, notify: Notify, standing: Sequence[Standing], pen: Pen) -> Desk:
    """Write the messages that are due, and put them to those that wait to be sent; `pen` says how long is gathered."""
    desk = _with_clock(desk, notify, pen.now)
    for route in list(desk.heaps):
        desk = _tell_heap(desk, notify, route, pen)
    present = {each.cause: each for each in standing if each.kind in notify.on and _concerns(notify, each.routes)}
    open_causes = present.keys() | set(map(_end_of, desk.told))
    desk = replace(desk, seen={cause: at for cause, at in desk.seen.items() if cause in open_causes})
    for each in present.values():
        desk = _tell_standing(desk, notify, each, pen)
    for cause, each in list(desk.told.items()):
        if cause not in present:
            desk = _tell_end(desk, notify, each, pen)
    return desk


def _with_clock(desk: Desk, notify: Notify, now: float) -> Desk:
    """Bring every time that the clock says is still to come to now, and forget intervals that are over."""
    return replace(
        desk,
        heaps={route: replace(heap, since=min(heap.since, now)) for route, heap in desk.heaps.items()},
        seen={cause: min(at, now) for cause, at in desk.seen.items()},
        last={cause: min(at, now) for cause, at in desk.last.items() if now - at < notify.interval},
        waiting=tuple(replace(message, at=min(message.at, now)) for message in desk.waiting),
    )


def _is_due(desk: Desk, notify: Notify, cause: str, since: float, pen: Pen) -> bool:
    """Tell whether a cause may have its message now: gathered for long enough, and the one before sent and past."""
    waits = any(message.cause == cause for message in desk.waiting)
    return not waits and cause not in desk.last and pen.now - since >= min(pen.gather, notify.interval / 10)


def _tell_heap(desk: Desk, notify: Notify, route: str, pen: Pen) -> Desk:
    heap, cause = desk.heaps[route], f"failed {route}"
    if not _is_due(desk, notify, cause, heap.since, pen):
        return desk
    rest = replace(desk, heaps=_without(desk.heaps, route))
    return _with_message(rest, pen.write("failed", cause, cause, pen.words.failed(route, heap)))


def _tell_standing(desk: Desk, notify: Notify, each: Standing, pen: Pen) -> Desk:
    if each.cause in desk.told:  # if its end was seen, that was too short to be told
        return replace(desk, seen=_without(desk.seen, _end_of(each.cause)))
    seen = {each.cause: pen.now} | dict(desk.seen)
    if not _is_due(desk, notify, each.cause, seen[each.cause], pen):
        return replace(desk, seen=seen)
    told = replace(desk, told=dict(desk.told) | {each.cause: each}, seen=_without(seen, each.cause))
    return _with_message(told, pen.write(each.kind, each.cause, each.cause, pen.words.stands(each, pen.now)))


def _tell_end(desk: Desk, notify: Notify, each: Standing, pen: Pen) -> Desk:
    """Tell that something has ended; quietly forget what this notifier tells no more, or tells no end of."""
    end = _end_of(each.cause)
    seen = {end: pen.now} | dict(desk.seen)
    forgotten = replace(desk, told=_without(desk.told, each.cause), seen=_without(seen, end))
    if each.scope in _QUIET or not {each.kind, "released"} <= set(notify.on) or not _concerns(notify, each.routes):
        return forgotten
    if not _is_due(desk, notify, end, seen[end], pen):
        return replace(desk, seen=seen)
    return _with_message(forgotten, pen.write("released", end, each.cause, pen.words.ended(each, seen[end])))


def _end_of(cause: str) -> str:
    return f"end of {cause}"


def _without(values: Mapping[str, T], key: str) -> dict[str, T]:
    return {name: value for name, value in values.items() if name != key}


def _with_message(desk: Desk, message: Message) -> Desk:
    return replace(desk, waiting=(*desk.waiting, message), last=dict(desk.last) | {message.cause: message.at})


def without_message(desk: Desk, message_id: str) -> Desk:
    """Forget a message that was sent or dropped."""
    return replace(desk, waiting=tuple(each for each in desk.waiting if each.id != message_id))


def next_to_send(desk: Desk, tries: Mapping[str, int]) -> Message | None:
    """Return the message to be sent next: the oldest, but one that failed thrice does not keep the others."""
    return min(desk.waiting, key=lambda each: tries.get(each.id, 0) // 3, default=None)


def is_given_up(message: Message, tries: int, now: float) -> bool:
    """Tell whether a message that could not be sent so many times is not worth another try."""
    return tries >= LEAST_TRIES and now - message.at >= GIVE_UP


def pause_before_next(failures: int, dice: float) -> float:
    """Return how long a notifier rests after so many failures in a row: 5 s at first, 15 min at most."""
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(failures - 1, 10)) * (0.5 + 0.5 * dice)
