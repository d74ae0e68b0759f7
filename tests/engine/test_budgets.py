"""Budgets: what cannot be paid for stays in the inbox, and goes on when there is money again."""

import threading
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.core.making import make_job
from tests.engine.fakes import Fuse
from tests.engine.world import World
from watchconvert.adapters.journal.ledger import Ledger
from watchconvert.adapters.spans import day_around, month_around
from watchconvert.core.answers import Accepted, Failed, Scope
from watchconvert.core.budget import Budget
from watchconvert.core.calendar import PROBATION
from watchconvert.core.job import Job, Verdict
from watchconvert.core.states import Event, State
from watchconvert.engine.almanac import Almanac
from watchconvert.engine.housekeeper import Housekeeper
from watchconvert.engine.purse import Purse

NAMES = [f"{number}.docx" for number in range(5)]


def begin(world: World, **budgets: Budget) -> None:
    """Start a life with budgets: of the route as `route`, of all as `all`."""
    world.start()
    take(world, **budgets)


def take(world: World, **budgets: Budget) -> None:
    """Do what a reload does."""
    names = {"route": world.route.name, "all": ""}
    world.holds.purse.believed_now = Almanac(world.tools).now
    world.holds.purse.take({names[key]: budget for key, budget in budgets.items()})
    world.holds.probe_now()


def drop(world: World, names: list[str] = NAMES) -> None:
    for name in names:
        world.drop(name, name.encode())


def live(world: World, seconds: int = 40) -> None:
    for _ in range(seconds):
        world.holds.look_at_budgets()
        world.round()
        world.clock.pass_by(1.0)


def sleep(world: World, seconds: float) -> None:
    """Let time pass in which nothing comes, with the looks that the daemon takes."""
    while seconds > 0:
        world.clock.pass_by(min(600.0, seconds))
        seconds -= 600.0
        world.holds.look_at_budgets()


def waiting(world: World) -> list[str]:
    return sorted(path.name for path in Path(world.route.inbox).iterdir() if path.is_file())


def reasons(world: World) -> list[tuple[Scope, str, str]]:
    return [(hold.scope, hold.name, hold.reason) for hold in world.holds.standing()]


@pytest.mark.parametrize("who", ["route", "all"])
def test_what_cannot_be_paid_for_stays_in_the_inbox(world: World, who: str) -> None:
    begin(world, **{who: Budget(day=2)})
    drop(world)
    live(world)
    assert len(world.service.bills) == 2
    assert len(waiting(world)) == 3
    assert len(world.seen("outbox")) == 2
    name = world.route.name if who == "route" else ""
    said = "the budget of 2 for today is used up (2 charged); it goes on by itself at midnight."
    assert reasons(world) == [(Scope.BUDGET, name, said)]
    (hold,) = world.holds.standing()
    assert hold.probe_at == day_around(world.clock.now())[1]
    assert world.service.uploads == 2, "nothing was bought or sent to find out whether it is over"


def test_it_goes_on_at_midnight(world: World) -> None:
    begin(world, route=Budget(day=2))
    drop(world)
    live(world)
    left = day_around(world.clock.now())[1] - world.clock.now()
    sleep(world, left - 60)
    live(world, 30)
    assert len(world.service.bills) == 2
    sleep(world, 60)
    live(world)
    assert (len(world.service.bills), len(waiting(world))) == (4, 1)


def test_a_month_outlasts_its_days(world: World) -> None:
    begin(world, route=Budget(day=2, month=3))
    drop(world)
    live(world)
    sleep(world, 86400)
    live(world)
    assert (len(world.service.bills), len(waiting(world))) == (3, 2)
    assert "the budget of 3 for this month is used up (3 charged)" in reasons(world)[0][2]
    sleep(world, month_around(world.clock.now())[1] - world.clock.now() + 1)
    live(world)
    assert len(world.service.bills) == 5


@pytest.mark.parametrize("budgets", [{"route": Budget(day=4)}, {"all": Budget(month=4)}, {}])
def test_a_larger_budget_goes_on_at_once(world: World, budgets: dict[str, Budget]) -> None:
    begin(world, route=Budget(day=2))
    drop(world)
    live(world)
    with capture_logs() as logs:
        take(world, **budgets)
    assert [(each["event"], each["scope"], each["route"]) for each in logs] == [
        ("released", "budget", world.route.name)
    ]
    live(world)
    assert len(world.service.bills) == (4 if budgets else 5)


def test_a_restart_keeps_it(world: World) -> None:
    begin(world, route=Budget(day=2))
    drop(world)
    live(world)
    since = world.holds.standing()[0].since
    world.stop()
    begin(world, route=Budget(day=2))
    live(world)
    assert len(world.service.bills) == 2
    assert [hold.since for hold in world.holds.standing()] == [since]


def test_what_is_under_way_counts_before_its_cost_is_told(world: World) -> None:
    world.service.held = False
    world.service.answers["ask"] = [Accepted()] * 1000
    begin(world, route=Budget(day=2))
    drop(world)
    live(world)
    assert (len(world.service.bills), len(waiting(world))) == (2, 3)
    assert "(0 charged, 2 more expected for what is under way)" in reasons(world)[0][2]
    world.stop()
    begin(world, route=Budget(day=2))
    live(world)
    assert len(world.service.bills) == 2


def test_what_cost_nothing_leaves_room_for_the_next(world: World) -> None:
    world.service.refuse = Verdict("It is protected.")
    begin(world, route=Budget(day=2))
    drop(world)
    live(world)
    assert len(world.service.bills) == 5
    assert {job.state for job in world.jobs()} == {State.FAILED}
    assert reasons(world) == []


def test_a_file_that_leaves_the_inbox_gives_its_share_back(world: World) -> None:
    begin(world, route=Budget(day=1))
    world.service.away = True
    drop(world, ["one.docx"])
    live(world, 4)
    (job,) = world.jobs()
    assert job.state is State.CLAIMED, "it has the only share, and waits for the service"
    after = job.after(Event.REJECTED, {"verdict": Verdict("It was cancelled.")}, world.clock.now())
    assert world.journal is not None
    assert world.journal.record(job, after, Event.REJECTED)
    world.service.away = False
    drop(world, ["two.docx"])
    live(world, 200)
    assert len(world.service.bills) == 1, "a share that nobody gave back is found"
    assert waiting(world) == []


def test_a_conversion_counts_as_much_as_those_before_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = world.service._result

    def dear(remote_id: str) -> object:
        answer = usual(remote_id)
        return type(answer)(answer.parts, 3)  # type: ignore[union-attr,call-arg]

    monkeypatch.setattr(world.service, "_result", dear)
    begin(world, all=Budget(day=10))
    drop(world)
    live(world)
    assert len(world.service.bills) == 3
    assert "(9 charged)" in reasons(world)[0][2]


def test_a_second_round_needs_money_of_its_own(world: World) -> None:
    world.service.answers["submit"] = [Failed(Verdict("It took too long."), 3)]
    begin(world, route=Budget(day=1))
    drop(world, ["one.docx"])
    live(world)
    assert len(world.service.bills) == 1
    assert [job.state for job in world.jobs()] == [State.DONE]


def test_a_clock_that_jumps_a_month_opens_no_purse(world: World) -> None:
    """It is believed when it has kept step for six hours, as where files are removed for their age."""
    begin(world, route=Budget(day=2, month=2))
    drop(world)
    live(world)
    world.clock.wall += 40 * 86400
    live(world)
    assert len(world.service.bills) == 2
    sleep(world, PROBATION - 100)
    live(world)
    assert len(world.service.bills) == 2
    sleep(world, 700)
    live(world)
    assert len(world.service.bills) == 4


def test_a_restart_with_a_clock_that_has_jumped_opens_no_purse(world: World) -> None:
    begin(world, route=Budget(day=2, month=2))
    drop(world)
    live(world)
    world.stop()
    world.clock.wall += 40 * 86400
    begin(world, route=Budget(day=2, month=2))
    live(world)
    assert len(world.service.bills) == 2


def test_what_is_bought_while_the_clock_is_ahead_counts(world: World) -> None:
    begin(world, route=Budget(day=3))
    drop(world, NAMES[:1])
    live(world)
    world.clock.wall += 40 * 86400
    drop(world, NAMES[1:])
    live(world)
    assert len(world.service.bills) == 3


def test_the_budget_of_all_holds_every_route_and_that_of_one_only_its_own(world: World) -> None:
    other = world.make_route("other")
    world.routes = (world.route, other)
    begin(world, route=Budget(day=1), all=Budget(day=3))
    drop(world, NAMES[:3])
    live(world)
    assert len(world.service.bills) == 1
    for name in NAMES[:3]:
        world.drop(name, b"of the other " + name.encode(), other)
    live(world)
    assert len(world.service.bills) == 3
    assert {name for _, name, _ in reasons(world)} == {world.route.name, ""}


def test_no_file_asks_the_whole_ledger(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []
    usual = Ledger.spent

    def spent(ledger: Ledger, since: float, until: float) -> object:
        asked.append(since)
        return usual(ledger, since, until)

    monkeypatch.setattr(Ledger, "spent", spent)
    begin(world, all=Budget(day=1000))
    drop(world, [f"{number}.docx" for number in range(30)])
    live(world)
    assert len(world.service.bills) == 30
    assert len(asked) == 2, "once for each period"
    assert asked[0] != asked[1] != inf


def test_two_files_never_get_the_last_share(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many threads ask at once, and each looks at the sums before any has taken its share, if it may."""
    begin(world, route=Budget(day=5))
    purse, usual, jobs = world.holds.purse, Purse._refuse, [make_job(id=f"{n:032x}", route="to-pdf") for n in range(24)]
    gate = threading.Barrier(len(jobs))

    def slowly(*arguments: Any) -> Any:
        found = usual(*arguments)
        threading.Event().wait(0.002)
        return found

    monkeypatch.setattr(Purse, "_refuse", slowly)
    for ask in (purse.reserve, purse.spend):
        purse.take({"to-pdf": Budget(day=5)})
        purse._shares.clear()
        answers: list[object] = []

        def buy(job: Job, ask: Callable[[Job], object] = ask, answers: list[object] = answers) -> None:
            gate.wait()
            answers.append(ask(job))

        threads = [threading.Thread(target=buy, args=(job,)) for job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers.count(None) == 5


def test_a_budget_that_was_lowered_meanwhile_counts_when_money_is_spent(world: World) -> None:
    begin(world, route=Budget(day=5))
    one, two = (make_job(id=f"{n:032x}", route="to-pdf") for n in range(2))
    purse = world.holds.purse
    assert [purse.reserve(one), purse.reserve(two)] == [None, None]
    purse.take({"to-pdf": Budget(day=1)})
    assert purse.spend(one) is None
    refusal = purse.spend(two)
    assert refusal is not None
    assert (refusal.scope, refusal.name) == (Scope.BUDGET, "to-pdf")


def test_sums_that_are_taken_anew_forget_nothing_that_is_being_bought(world: World) -> None:
    """The journal learns of it a moment later."""
    begin(world, route=Budget(day=2))
    assert world.journal is not None
    jobs = [make_job(id=f"{n:032x}", name=b"%d" % n, route="to-pdf", state=State.UPLOADED) for n in range(3)]
    for job in jobs:
        world.journal.add(job)
    purse = world.holds.purse
    assert purse.spend(jobs[0]) is None
    take(world, route=Budget(day=2))
    assert purse.spend(jobs[1]) is None
    assert purse.spend(jobs[2]) is not None


def test_a_budget_that_is_lowered_keeps_what_was_taken_already_from_being_bought(world: World) -> None:
    begin(world, route=Budget(day=2))
    world.service.away = True
    drop(world, NAMES[:2])
    live(world, 4)
    assert [job.state for job in world.jobs()] == [State.CLAIMED] * 2
    take(world, route=Budget(day=1))
    world.service.away = False
    live(world, 200)
    assert len(world.service.bills) == 1
    assert {job.state for job in world.open_jobs()} <= {State.CLAIMED, State.UPLOADED}
    assert len(world.open_jobs()) == 1
    take(world, route=Budget(day=2))
    live(world)
    assert len(world.service.bills) == 2


def test_a_short_history_forgets_no_money(world: World) -> None:
    begin(world, route=Budget(month=2))
    drop(world)
    live(world)
    keeper = Housekeeper(world.tools, keep=3600.0)
    sleep(world, 86400)
    keeper.round()
    keeper.round()
    assert [job.state for job in world.jobs()] == [State.NOTICED] * 3, "what is told of the others is forgotten"
    world.stop()
    begin(world, route=Budget(month=2))
    live(world)
    assert len(world.service.bills) == 2


@pytest.mark.parametrize("crowd", [2, 5])
def test_a_death_at_any_step_passes_no_budget(tmp_path: Path, crowd: int) -> None:
    """Each life ends a few steps after it began."""

    class Budgeted(World):
        def start(self) -> None:
            super().start()
            self.holds.purse.take({"to-pdf": Budget(day=crowd)})
            self.holds.look_at_budgets()

        def is_idle(self) -> bool:
            return len(self.seen("outbox")) == crowd and not [
                job for job in self.open_jobs() if job.state is not State.NOTICED
            ]

    trace = Budgeted(tmp_path / "whole")
    drop(trace, [f"{n}.docx" for n in range(crowd + 2)])
    trace.start()
    trace.run()
    points = len(trace.fuse.trace)
    trace.stop()
    for at in range(0, points, 37):
        world = Budgeted(tmp_path / str(at), Fuse((at,)))
        drop(world, [f"{n}.docx" for n in range(crowd + 2)])
        world.live_on()
        assert len(set(world.service.bills)) <= crowd
        assert len(waiting(world)) == 2
        world.stop()


def test_the_beginning_and_the_end_are_told_once(world: World) -> None:
    with capture_logs() as logs:
        begin(world, all=Budget(day=2))
        drop(world)
        live(world, 100)
        sleep(world, 86400)
        live(world)
    told = [each for each in logs if each["event"] in ("held", "released")]
    assert [(each["event"], each["scope"]) for each in told][:2] == [("held", "budget"), ("released", "budget")]
    assert [each["event"] for each in told].count("held") == 2
