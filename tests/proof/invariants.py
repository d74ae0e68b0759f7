"""What must hold of a route after any fault, as a function of values: what was dropped, what lies where, what was billed.

The words are those of docs/reliability.md, "What is checked".  Sources are told apart by their content, so every
dropped file must have a content of its own; results must be a function of their source.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

AT_REST = ("inbox", "archive", "error")
"""Where a source may lie when everything is at rest."""
EVER = (*AT_REST, "stage")
"""Where a source may lie at any instant."""


class Found(NamedTuple):
    """One file on the disk."""

    where: str
    """"inbox", "outbox", "error", "archive", "stage" (of the inbox) or "outbox stage"."""
    name: str
    data: bytes


@dataclass(frozen=True)
class Facts:
    """Everything that is known after a run.  Contents stand for the files that have them."""

    dropped: Sequence[bytes]
    """Sources that were whole in the inbox, in any order."""
    found: Sequence[Found]
    billed: Sequence[bytes]
    """The source of each accepted conversion, once for each bill."""
    results: Callable[[bytes], Sequence[bytes]]
    """What the service makes of a source."""
    excused: Mapping[bytes, int] = field(default_factory=dict)
    """How many bills beyond the first the journal owns up to, by source."""
    taken: frozenset[bytes] = frozenset()
    """Sources that a person removed or edited while they still could."""
    foreign: Mapping[tuple[str, str], bytes] = field(default_factory=dict)
    """What lay there before by folder and name, and must lie there still."""
    source_deleted: bool = False
    """The route deletes sources when their results are published."""
    taken_outputs: frozenset[bytes] = frozenset()
    """Results that a person took away from the outbox."""


def broken(facts: Facts, *, at_rest: bool = True) -> list[str]:
    """Return every invariant that does not hold, in words; empty when all is well.

    With `at_rest` false only what must hold at any instant is looked at.
    """
    checks = [_lost, _half, _overwritten]
    if at_rest:
        checks += [_unfinished, _bills, _outputs, _stages]
    return [complaint for check in checks for complaint in check(facts)]


def _places(facts: Facts, folders: Iterable[str]) -> Counter[bytes]:
    wanted = set(folders)
    return Counter(each.data for each in facts.found if each.where in wanted)


def _outputs_of(facts: Facts, source: bytes) -> int:
    """Count the results of a source that lie in the outbox."""
    return sum((_places(facts, ["outbox"]) & Counter(facts.results(source))).values())


def _lost(facts: Facts) -> Iterable[str]:
    """No loss: each source lies in exactly one place, or was deleted because its result is there."""
    places, results_there = _places(facts, EVER), facts.source_deleted
    for source in facts.dropped:
        count = places[source]
        delivered = results_there and _outputs_of(facts, source) + len(
            facts.taken_outputs & set(facts.results(source))
        ) >= len(facts.results(source))
        if count > 1 or (count == 0 and source not in facts.taken and not delivered):
            yield f"{label(source)} lies in {count} places instead of one"


def _half(facts: Facts) -> Iterable[str]:
    """Nothing half: whatever stands in the outbox is a whole result of a source, or was there before."""
    whole = {result for source in facts.dropped for result in facts.results(source)} | set(facts.foreign.values())
    for each in facts.found:
        if each.where == "outbox" and each.data not in whole:
            yield f"{each.name} in the outbox is no whole result: {each.data[:60]!r}"


def _overwritten(facts: Facts) -> Iterable[str]:
    there = {(each.where, each.name): each.data for each in facts.found}
    for place, data in facts.foreign.items():
        if there.get(place) != data:
            yield f"{'/'.join(place)} was somebody else's and is not what it was"


def _unfinished(facts: Facts) -> Iterable[str]:
    """Everything ends: a source that is in the archive has its results in the outbox."""
    dropped, there = set(facts.dropped), {each.data for each in facts.found if each.where == "outbox"}
    for each in facts.found:
        if each.where == "archive" and each.data in dropped:
            missing = set(facts.results(each.data)) - facts.taken_outputs - there
            if missing:
                yield f"{label(each.data)} is archived without its result"


def _bills(facts: Facts) -> Iterable[str]:
    """Never paid twice: one bill for each source, and each further one has its cause in the journal."""
    bills = Counter(facts.billed)
    for source, count in bills.items():
        if count > 1 + facts.excused.get(source, 0):
            yield f"{label(source)} was billed {count} times; the journal owns up to {facts.excused.get(source, 0)} more than one"


def _outputs(facts: Facts) -> Iterable[str]:
    """Each result stands once."""
    counts = _places(facts, ["outbox"])
    for source in facts.dropped:
        for result in facts.results(source):
            if counts[result] > 1:
                yield f"a result of {label(source)} stands {counts[result]} times"


def _stages(facts: Facts) -> Iterable[str]:
    for each in facts.found:
        if each.where.endswith("stage"):
            yield f"{each.name} is left in the {each.where}"


def label(data: bytes) -> str:
    """Return a short name for a content."""
    return f"{data[:24]!r} ({hashlib.sha256(data).hexdigest()[:8]})"
