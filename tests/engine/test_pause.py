"""A person's hold: nothing new is begun, what was bought comes out, and nothing but a person or the time ends it."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.engine.world import World
from watchconvert.adapters.journal.store import Hold
from watchconvert.adapters.wishes import Wish, make_wish, read_wishes
from watchconvert.core.answers import Accepted, Held, Scope, Unclear
from watchconvert.core.job import Verdict
from watchconvert.core.states import State
from watchconvert.engine.standing import find_standing


def wish(world: World, verb: str, *routes: str, **more: Any) -> None:
    """Leave a wish, as the command line does."""
    make_wish(str(world.root / "journal.db"), Wish(verb, routes=routes, **more))


def live(world: World, seconds: int) -> None:
    """Let some time pass."""
    for _ in range(seconds):
        world.round()
        world.clock.pass_by(1.0)


def pauses(world: World) -> list[Hold]:
    assert world.journal is not None
    assert {(hold.scope, hold.name) for hold in world.journal.holds()} == {
        (hold.scope, hold.name) for hold in world.holds.standing()
    }, "the journal and the memory differ"
    return [hold for hold in world.journal.holds() if hold.scope is Scope.PAUSE]


@pytest.fixture
def world(world: World) -> World:
    """One with two routes."""
    world.routes = (world.route, world.make_route("other"))
    return world


def test_of_two_routes_one_is_paused_and_the_other_goes_on(world: World) -> None:
    world.start()
    wish(world, "pause", "to-pdf", reason="anna has paused it.")
    live(world, 1)
    world.drop("waits.docx", b"one")
    world.drop("goes.docx", b"two", world.routes[1])
    live(world, 60)
    assert world.seen("inbox") == {"waits.docx": b"one"}
    assert [(job.name, job.state) for job in world.jobs()] == [(b"goes.docx", State.DONE)]
    assert len(world.service.bills) == world.service.uploads == 1
    with capture_logs() as logs:
        wish(world, "resume", "to-pdf", by="bert")
        world.run()
    assert world.seen("outbox").keys() == {"waits.pdf"}
    assert pauses(world) == []
    (told,) = (entry for entry in logs if entry["event"] == "released")
    assert (told["scope"], told["route"]) == ("pause", "to-pdf")
    assert told["why"] == "bert has ended it; it was: anna has paused it."


def test_what_converts_comes_out_while_its_route_is_paused_and_nothing_new_is_uploaded(world: World) -> None:
    world.service.held = False
    world.service.answers["ask"] = [Accepted()] * 5  # it takes its time
    world.start()
    world.drop("bought.docx")
    live(world, 4)
    assert [job.state for job in world.jobs()] == [State.CONVERTING]
    wish(world, "pause", "to-pdf", reason="anna has paused it.")
    live(world, 1)
    world.drop("late.docx")
    live(world, 60)
    assert world.seen("outbox").keys() == {"bought.pdf"}
    assert world.seen("inbox").keys() == {"late.docx"}
    assert world.service.uploads == 1


@pytest.mark.parametrize("state", [State.NOTICED, State.CLAIMED, State.UPLOADED, State.SUBMITTING])
def test_a_job_on_its_way_stays_where_it_is(world: World, state: State) -> None:
    """Whatever its next step is: nothing is taken, uploaded or bought."""
    world.start()
    world.drop("letter.docx")
    world.lanes[0].round(world.clock.steady())
    world.clock.pass_by(3.0)
    world.lanes[0].round(world.clock.steady())
    (job,) = world.jobs()
    while job.state is not state:
        job = world.dispatcher._step(job)  # type: ignore[assignment]
    billed, uploads = len(world.service.bills), world.service.uploads
    wish(world, "pause", reason="anna has paused all routes.")
    world.granter.round()
    live(world, 200)
    assert [each.state for each in world.jobs()] == [state]
    assert (len(world.service.bills), world.service.uploads) == (billed, uploads)
    assert (state is State.NOTICED) == ("letter.docx" in world.seen("inbox"))
    wish(world, "resume")
    world.run()
    assert world.seen("outbox").keys() == {"letter.pdf"}
    assert len(world.service.bills) == 1


def test_a_request_in_doubt_is_asked_about_and_not_sent_again(world: World) -> None:
    world.start()
    world.service.answers["submit"] = [Unclear("the connection broke")]  # it never arrived
    world.drop("letter.docx")
    live(world, 4)
    wish(world, "pause", reason="anna has paused it.")
    live(world, 300)
    assert world.service.asks
    assert world.service.bills == []
    wish(world, "resume")
    world.run()
    assert len(world.service.bills) == 1


def test_it_ends_by_itself_when_its_time_is_over(world: World) -> None:
    world.start()
    until = world.clock.now() + 7200.0
    wish(world, "pause", reason="anna has paused it.", until=until)
    live(world, 1)
    world.drop("letter.docx")
    live(world, 60)
    assert [hold.probe_at for hold in pauses(world)] == [until]
    world.clock.pass_by(until - world.clock.now() - 10.0)
    with capture_logs() as logs:
        live(world, 9)
        assert world.seen("inbox").keys() == {"letter.docx"}
        world.run()
    assert pauses(world) == []
    assert world.seen("outbox").keys() == {"letter.pdf"}
    assert [entry["why"] for entry in logs if entry["event"] == "released"] == [
        "its time is over; it was: anna has paused it."
    ]


def test_the_dispatcher_wakes_at_its_end(world: World) -> None:
    world.start()
    wish(world, "pause", reason="anna has paused it.", until=world.clock.now() + 12.0)
    world.granter.round()
    assert world.holds.next_probe() == world.clock.now() + 12.0
    assert world.dispatcher.round(world.clock.now()) == 12.0


def test_a_pause_without_an_end_keeps_nobody_awake(world: World) -> None:
    world.start()
    wish(world, "pause", reason="anna has paused it.")
    world.granter.round()
    assert world.holds.next_probe() is None
    assert world.dispatcher.round(world.clock.now()) == 30.0


@pytest.mark.parametrize("until", [0.0, 1e6])
def test_it_outlives_the_daemon_and_a_reload(world: World, until: float) -> None:
    world.start()
    wish(world, "pause", reason="anna has paused it.", until=until and world.clock.now() + until)
    live(world, 1)
    world.stop()
    world.start()
    world.drop("letter.docx")
    world.holds.probe_now()  # as a reload does
    live(world, 100)
    assert world.seen("inbox").keys() == {"letter.docx"}
    assert len(pauses(world)) == 1


def test_one_that_was_wished_for_while_no_daemon_ran_holds_before_anything_is_begun(world: World) -> None:
    world.start()
    world.stop()
    world.drop("letter.docx")
    wish(world, "pause", reason="anna has paused it.")
    wish(world, "pause", "other", reason="anna has paused it.", until=world.clock.now() - 1.0)
    world.start()
    assert [(hold.name, hold.reason) for hold in pauses(world)] == [("", "anna has paused it.")], "one is over already"
    assert read_wishes(str(world.root / "journal.db")) == []
    live(world, 60)
    assert world.jobs() == []


def test_a_pause_and_its_end_are_granted_in_their_order(world: World) -> None:
    world.start()
    wish(world, "pause", "to-pdf", reason="first.")
    wish(world, "resume")
    wish(world, "pause", "other", reason="second.")
    world.granter.round()
    assert [(hold.name, hold.reason) for hold in pauses(world)] == [("other", "second.")]


def test_to_end_that_of_a_route_leaves_that_of_all(world: World) -> None:
    world.start()
    for routes in ((), ("to-pdf",), ("other",)):
        wish(world, "pause", *routes, reason="anna has paused it.")
    wish(world, "resume", "to-pdf")
    world.granter.round()
    assert [hold.name for hold in pauses(world)] == ["", "other"]
    world.drop("letter.docx")
    live(world, 30)
    assert world.jobs() == []
    wish(world, "resume")
    world.run()
    assert pauses(world) == []


def test_to_pause_again_changes_why_and_until_when_and_not_since_when(world: World) -> None:
    world.start()
    wish(world, "pause", reason="first.", until=world.clock.now() + 5.0)
    world.granter.round()
    began = world.clock.now()
    world.clock.pass_by(3.0)
    wish(world, "pause", reason="second.")
    world.granter.round()
    world.clock.pass_by(100.0)
    live(world, 1)
    assert pauses(world) == [Hold(Scope.PAUSE, "", "second.", began, 0.0)]
    assert [hold for hold in world.holds.standing() if hold.scope is Scope.PAUSE] == pauses(world)


def test_what_no_person_holds_is_not_ended_by_a_person_but_looked_at_at_once(world: World) -> None:
    world.start()
    empty = Held(Scope.ACCOUNT, Verdict("The account is empty.", 401, 4014))
    world.service.answers["submit"], world.service.answers["probe"] = [empty], [empty] * 50
    world.drop("letter.docx")
    live(world, 60)
    (hold,) = world.holds.standing()
    assert hold.probe_at > world.clock.now() + 1.0
    left = len(world.service.answers["probe"])
    wish(world, "resume")
    world.granter.round()
    assert [each.scope for each in world.holds.standing()] == [Scope.ACCOUNT]
    world.dispatcher.round(world.clock.now())
    assert len(world.service.answers["probe"]) == left - 1


def test_a_file_waits_for_both_a_pause_and_another_hold(world: World) -> None:
    world.start()
    world.service.answers["submit"] = [Held(Scope.ROUTE, Verdict("Bad settings.", 400, 4000))]
    world.drop("letter.docx")
    live(world, 4)
    wish(world, "pause", reason="anna has paused it.")
    live(world, 600)
    assert {hold.scope for hold in world.holds.standing()} == {Scope.ROUTE, Scope.PAUSE}, "a pause is no proof"
    wish(world, "resume")
    world.run()
    assert world.holds.standing() == []


def test_lanes_are_rung_when_it_ends(world: World) -> None:
    world.start()
    rung: list[str] = []
    world.holds.on_end = lambda: rung.append("rung")
    wish(world, "pause", reason="anna has paused it.")
    wish(world, "resume")
    world.granter.round()
    assert rung == ["rung"]


def test_a_route_that_left_the_configuration_keeps_its_pause_to_itself(world: World) -> None:
    world.start()
    wish(world, "pause", "gone", reason="anna has paused it.")
    live(world, 1)
    world.drop("letter.docx")
    world.run()
    assert world.seen("outbox").keys() == {"letter.pdf"}
    assert len(pauses(world)) == 1


def test_who_is_told_of_a_route_is_told_of_its_pause_and_everybody_of_one_of_all(world: World) -> None:
    holds = [Hold(Scope.PAUSE, name, "anna has paused it.", 1.0, 0.0) for name in ("", "to-pdf")]
    told = find_standing(holds, None, 0, {}, 2.0)
    assert [(each.kind, each.subject, each.routes) for each in told] == [
        ("held", "pause", ()), ("held", "pause to-pdf", ("to-pdf",)),
    ]  # fmt: skip
    assert [each.reason for each in told] == ["anna has paused it."] * 2


def test_the_reason_is_stored_as_it_may_be_stored(world: World, tmp_path: Path) -> None:
    world.start()
    wish(world, "pause", reason="anna \udcff has\npaused it.")
    world.granter.round()
    world.stop()
    world.start()
    assert len(pauses(world)) == 1
    assert dataclasses.asdict(pauses(world)[0])["reason"].isascii()
