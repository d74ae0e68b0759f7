"""What is known of a world after a run: what people did, what lies where, what was billed and what the journal owns up to."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.engine.world import World
from tests.proof.invariants import Facts, Found, label
from watchconvert.adapters.files.places import COPIED
from watchconvert.core.naming import STAGE
from watchconvert.core.settings import Route

_FOLDERS = ("inbox", "outbox", "error", "archive")
_GIVEN_UP = frozenset({"forgotten", "sent_back"})
"""How a round ended that another one may follow."""

Results = Callable[[bytes], Sequence[bytes]]


@dataclass
class Memory:
    """What the people at the share did, for one route."""

    dropped: list[bytes] = field(default_factory=list)
    taken: set[bytes] = field(default_factory=set)
    """Sources that a person removed or wrote over."""
    unsold: set[bytes] = field(default_factory=set)
    """Sources that a person took out of the inbox: nothing may have been bought for them, ever."""
    taken_outputs: set[bytes] = field(default_factory=set)
    foreign: dict[tuple[str, str], bytes] = field(default_factory=dict)
    retried: Counter[bytes] = field(default_factory=Counter)
    """How often a person moved a source from the error folder back into the inbox: as often it may be bought again."""


def gather(route: Route) -> list[Found]:
    """Read every file of a route, those in its stages too."""
    found = [each for folder in _FOLDERS for each in _read(folder, getattr(route, folder))]
    placed = {each.data for each in found if each.where in ("archive", "error", "inbox")}
    # A source that is marked as copied, and whose copy stands in its place, is only still to be removed.
    return [each._replace(where="copied stage") if _is_copied(each) and each.data in placed else each for each in found]


def _is_copied(each: Found) -> bool:
    return each.where == "stage" and each.name.endswith("/" + COPIED.decode())


def _read(folder: str, top: str) -> Iterator[Found]:
    stage = "stage" if folder == "inbox" else f"{folder} stage"
    for path, _, names in os.walk(top):
        inside = os.path.relpath(path, top)
        where = stage if inside.split("/")[0] == STAGE.decode() else folder
        for name in names:
            file = Path(path, name)
            # A rename by hard link that was cut off: one file with a second name, which the next life removes.
            linked = where == "stage" and file.stat().st_nlink > 1
            yield Found(f"linked {where}" if linked else where, os.path.normpath(f"{inside}/{name}"), file.read_bytes())


def facts_of(
    world: World, memory: Memory, results: Results, found: Sequence[Found] | None = None, route: Route | None = None
) -> Facts:
    """Put together what the shared checker wants to know of one route."""
    route = route or world.route
    mine = set(memory.dropped)
    excused = Counter(memory.retried)
    excused.update(owned_up(world) if world.journal else {})
    return Facts(
        dropped=memory.dropped,
        found=gather(route) if found is None else found,
        billed=[source for bill in world.service.bills if (source := world.service.sources[bill]) in mine],
        results=results,
        excused=excused,
        taken=frozenset(memory.taken),
        foreign=memory.foreign,
        source_deleted=route.source == "delete",
        taken_outputs=frozenset(memory.taken_outputs),
    )


def owned_up(world: World) -> Mapping[bytes, int]:
    """Return how many bills beyond the first the journal's ledger owns up to, by source.

    It owns up to each time that a JobId was sent, and to a JobId that was given up before the next was minted.
    """
    sent: Counter[bytes] = Counter()
    for rounds in _rounds(world).values():
        given_up = sum(outcome in _GIVEN_UP for _, _, outcome in rounds)
        for remote_id, times, _ in rounds[: given_up + 1]:
            if source := world.service.sources.get(remote_id):
                sent[source] += times
    return {source: times - 1 for source, times in sent.items()}


def _rounds(world: World) -> dict[str, list[tuple[str, int, str]]]:
    assert world.journal is not None
    rounds: dict[str, list[tuple[str, int, str]]] = {}
    for row in world.journal._database.read("SELECT * FROM round ORDER BY outcome NOT IN ('forgotten', 'sent_back')"):
        rounds.setdefault(row["job"], []).append((row["remote_id"], row["sent"], row["outcome"]))
    return rounds


def unowned(world: World, memory: Memory) -> Iterator[str]:
    """Tell of bills that the journal cannot know of; there must be none at any instant."""
    journaled = {remote_id: sent for rounds in _rounds(world).values() for remote_id, sent, _ in rounds}
    for remote_id, times in Counter(world.service.bills).items():
        if times > journaled.get(remote_id, 0):
            source = label(world.service.sources[remote_id])
            yield f"{source} was billed {times} times under a JobId that the journal sent {journaled.get(remote_id, 0)} times"
    for source in memory.unsold & {world.service.sources[bill] for bill in world.service.bills}:
        yield f"{label(source)} was bought although a person had taken it out of the inbox"
