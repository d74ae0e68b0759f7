"""Whatever a service replies, it is one of the documented answers, and costs nobody but its own job.

With WATCHCONVERT_SWEEP=full a million replies go through the parser, and tens of thousands through the engine.
"""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from structlog.testing import capture_logs

from tests.e2e.scripted_service import ScriptedService
from tests.e2e.wire import Saying
from tests.e2e.wired import WiredWorld, wired_world
from tests.fuzz.odds import FULL, MILLION, is_harmless
from tests.fuzz.replies import JOB_ID, SECRET, Odds
from tests.network.trial import be_impatient
from watchconvert.adapters.convertapi.replies import BadReplyError, to_answer
from watchconvert.core.answers import (
    Accepted,
    Asked,
    Converted,
    Failed,
    Held,
    Refused,
    Stale,
    Unavailable,
    Unclear,
    Unknown,
)
from watchconvert.core.naming import output_names

COUNT = MILLION if FULL else 4000
LIVES = 3000 if FULL else 60
DOCUMENTED = (Accepted, Converted, Unknown, Unclear, Unavailable, Held, Stale, Failed, Refused)


def check_answer(answer: object) -> None:
    """See that an answer can be kept by the journal and shown to a person."""
    assert isinstance(answer, DOCUMENTED), answer
    said = repr(answer)
    assert SECRET not in said
    if isinstance(answer, Accepted):
        assert len(answer.remote_id) <= 64
        answer.remote_id.encode()
        return
    if isinstance(answer, Converted):
        assert 0 <= answer.cost < 2**63
        assert 0 < len(answer.parts) <= 10_000
        for part in answer.parts:
            assert -1 <= part.size < 2**63
            assert len(part.label) <= 255
        names = output_names(b"letter.docx", tuple(part.label for part in answer.parts), "pdf")
        assert all(name.startswith(b"letter") and b"/" not in name for name in names)
        return
    assert JOB_ID not in said
    assert len(said) < 3000
    said.encode()
    verdict = getattr(answer, "verdict", None)
    words = [getattr(answer, "reason", ""), verdict.message if verdict else ""]
    assert all(map(is_harmless, words)), words
    for word in vars(answer).values():
        assert not isinstance(word, float) or word >= 0


def test_every_reply_is_one_of_the_documented_answers(tell: Callable[[str], None]) -> None:
    odds, begun = Odds(1), time.monotonic()
    kinds: set[type] = set()
    for tried in range(1, COUNT + 1):
        reply, asked = odds.reply(), odds.dice.choice((Asked.SUBMIT, Asked.POLL))
        try:
            answer = to_answer(reply, asked)
        except (BadReplyError, requests.RequestException) as fault:
            kinds.add(type(fault))
            continue
        try:
            check_answer(answer)
        except (AssertionError, UnicodeError) as fault:
            raise AssertionError(f"reply {tried}: {answer!r}: {fault}") from fault
        kinds.add(type(answer))
        if tried % 100_000 == 0:
            tell(f"replies: {tried:,}, {time.monotonic() - begun:.0f} s")
    assert kinds >= {*DOCUMENTED, BadReplyError}, "the replies are too much alike"
    if FULL:
        tell(f"replies: {COUNT:,}, violations 0, {time.monotonic() - begun:.0f} s")


SOURCE = b"marked, and the whole of a letter"
KINDS = ("upload", "submit", "submit", "poll", "fetch", "fetch", "look", "delete", "probe", "info", "user")
RESTING = {"done", "failed", "withdrawn"}


def prime(service: ScriptedService, odds: Odds) -> None:
    """Have the service say odd things to some of the next requests."""
    for kind in odds.dice.choices(KINDS, k=odds.dice.choice((1, 1, 2, 6))):
        status, headers, body = odds.parts()
        # A submit that is refused in so many words is believed not to be sold.
        in_vain = kind != "submit" and odds.dice.random() < 0.3
        said = Saying(status, body, headers | {"Connection": "close"}, headers.pop("Content-Type", ""), in_vain)
        service.say(kind, said, odds.dice.choice((1, 1, 2, 9)))


def check_life(world: WiredWorld, before: set[Path]) -> None:
    """See that the file is in one place, that what is said of it can be read, and that nothing lies elsewhere."""
    lying = [
        path for path in Path(world.route.inbox).parent.rglob("*") if path.is_file() and path.read_bytes() == SOURCE
    ]
    assert len(lying) == 1, lying
    (job,) = world.jobs()
    assert job.state.value in RESTING, (job.state, job.note)
    assert world.staged() == []
    assert all(name.startswith("letter") and name.endswith(".pdf") for name in world.seen("outbox")), world.seen(
        "outbox"
    ).keys()
    assert ("letter.docx.error.txt" in world.seen("error")) == (job.state.value == "failed")
    assert is_harmless(job.note)
    assert {path for path in world.root.iterdir() if not path.name.startswith("journal")} == before


def live(seed: int) -> str:
    """Live once with a service that says odd things for a while; returns how it ended."""
    odds = Odds(seed)
    mode, dialect, manners = odds.dice.choice(
        (("async", "current", {"reply": "job", "old": False}), ("semi-async", "old", {}))
    )
    with wired_world(mode) as world, capture_logs() as logs:
        service = ScriptedService(clock=world.clock.now, **manners)
        service.start()
        try:
            world.connect(service.url, dialect)
            world.drop("letter.docx", SOURCE)
            world.start()
            before = {path for path in world.root.iterdir() if not path.name.startswith("journal")}
            prime(service, odds)
            world.run_for(60)
            service.hush()
            world.run(rounds=9000, step=4.0)
            check_life(world, before)
            assert len(service.bills) <= 3
            return world.jobs()[0].state.value
        finally:
            service.stop()
            assert not [entry for entry in logs if entry["event"] == "bug"], logs
            assert all(is_harmless(str(value)) for entry in logs for value in entry.values())


def test_a_file_outlives_whatever_the_service_says(
    monkeypatch: pytest.MonkeyPatch, tell: Callable[[str], None]
) -> None:
    be_impatient(monkeypatch)
    begun, ends = time.monotonic(), []
    for seed in range(LIVES):
        try:
            ends.append(live(seed))
        except BaseException as fault:
            fault.add_note(f"seed {seed}")
            raise
    assert {"done", "failed"} <= set(ends)
    if FULL:
        tell(f"lives with odd replies: {LIVES:,}, violations 0, {time.monotonic() - begun:.0f} s")
