"""The way of a file through all steps, with a service that answers as it should or does not."""

import itertools

import pytest

from tests.engine.fakes import result_of
from tests.engine.world import DOUBT, World
from watchconvert.core.answers import Converted, Failed, Held, Refused, Scope, Stale, Unavailable, Unclear, Unknown
from watchconvert.core.job import Part, Verdict
from watchconvert.core.states import State
from watchconvert.core.verdicts import because

DAMAGED = Verdict("It is damaged.", 500, 5002, "File damaged")


def test_a_dropped_file_is_converted_and_its_source_archived(world: World) -> None:
    world.drop("letter.docx", b"dear")
    world.start()
    world.run()
    assert world.seen("outbox") == {"letter.pdf": result_of(b"dear")}
    assert world.seen("archive") == {"letter.docx": b"dear"}
    assert world.staged() == []
    (job,) = world.jobs()
    assert (job.state, job.round, job.sent, job.cost) == (State.DONE, 1, 1, 1)


def test_the_calm_way_asks_nothing_and_repeats_nothing(world: World) -> None:
    world.drop("letter.docx")
    world.start()
    world.run()
    assert world.service.asks == []
    assert world.service.uploads == len(world.service.bills) == 1
    assert world.service.forgotten == [world.jobs()[0].id]


def test_a_polled_job_is_asked_at_most_every_five_seconds(world: World) -> None:
    world.service.held = False
    world.drop("letter.docx")
    world.start()
    for _ in range(100):
        world.round()
        world.clock.pass_by(0.5)
    times = [at for _, at in world.service.asks]
    assert len(times) == 2
    assert all(later - earlier >= 5.0 for earlier, later in itertools.pairwise(times))
    assert world.seen("outbox") == {"letter.pdf": result_of(b"content")}


def test_a_refused_file_lies_in_the_error_folder_with_its_explanation(world: World) -> None:
    world.service.refuse = DAMAGED
    world.drop("letter.docx", b"dear")
    world.start()
    world.run()
    error = world.seen("error")
    assert error["letter.docx"] == b"dear"
    assert b"It is damaged." in error["letter.docx.error.txt"]
    assert b"File damaged" in error["letter.docx.error.txt"]
    assert world.seen("outbox") == world.seen("archive") == {}
    assert world.staged() == []


def test_an_explanation_is_never_left_to_the_wrong_file(world: World) -> None:
    world.service.refuse = DAMAGED
    world.drop("letter.docx", b"first")
    world.start()
    world.run()
    (world.root / "to-pdf/error/letter.docx").unlink()
    world.drop("letter.docx", b"second")
    world.run()
    second = {"letter.docx", "letter.docx.error.txt", "letter.docx.error.json"}
    assert world.seen("error").keys() == second, "the old one went, as its file had"
    note = world.root / "to-pdf/error/letter.docx.error.txt"
    note.write_bytes(b"Anna: I wait for another one")
    (world.root / "to-pdf/error/letter.docx").unlink()
    world.drop("letter.docx", b"third")
    world.run()
    assert world.seen("error").keys() == {
        "letter.docx.error.txt",
        "letter (2).docx",
        "letter (2).docx.error.txt",
        "letter (2).docx.error.json",
    }, "what somebody wrote in stays, and the file gets a number"


def test_several_results_take_the_source_name(world: World) -> None:
    world.service.outputs = 3
    world.drop("letter.docx")
    world.start()
    world.run()
    assert world.seen("outbox").keys() == {"letter-1.pdf", "letter-2.pdf", "letter-3.pdf"}


def test_two_sources_of_one_output_name_both_come_out(world: World) -> None:
    world.drop("letter.docx", b"one")
    world.drop("letter.odt", b"two")
    world.start()
    world.run()
    assert sorted(world.seen("outbox").values()) == sorted([result_of(b"one"), result_of(b"two")])
    assert world.seen("outbox").keys() == {"letter.pdf", "letter (2).pdf"}


def test_an_outage_delays_and_rejects_nothing(world: World) -> None:
    world.service.away = True
    for name in ("a.docx", "b.docx", "c.docx", "d.docx", "e.docx"):
        world.drop(name, name.encode())
    world.start()
    for _ in range(3600):
        world.round()
        world.clock.pass_by(10.0)
    assert world.seen("error") == {}
    assert [hold.scope for hold in world.holds.standing()] == [Scope.SERVICE]
    late = world.drop("late.docx", b"late")
    for _ in range(60):
        world.round()
        world.clock.pass_by(1.0)
    assert late.exists(), "during an outage new files stay in the inbox"
    world.service.away = False
    began = world.clock.now()
    world.run()
    assert world.clock.now() - began < 300
    assert len(world.seen("outbox")) == 6
    assert len(world.service.bills) == 6
    assert world.holds.standing() == []


def test_an_unclear_submit_is_asked_about_and_billed_once(world: World) -> None:
    world.service.lose_replies = 1
    world.drop("letter.docx")
    world.start()
    world.run()
    assert len(world.service.bills) == 1
    assert len(world.service.asks) == 1


def test_a_submit_that_never_arrived_is_sent_again_after_the_doubt_pause(world: World) -> None:
    world.service.answers["submit"] = [Unclear("the connection broke")]
    world.drop("letter.docx")
    world.start()
    world.run()
    (job,) = world.jobs()
    assert (len(world.service.bills), job.round, job.sent) == (1, 1, 2)
    first, last = world.service.asks[0][1], world.service.asks[-1][1]
    assert last - first >= DOUBT
    assert {remote for remote, _ in world.service.asks} == {job.remote_id}


def test_a_definite_refusal_of_a_submit_is_repeated_without_asking(world: World) -> None:
    world.service.answers["submit"] = [Unavailable("busy", crowded=True)] * 3
    world.drop("letter.docx")
    world.start()
    world.run()
    assert world.service.asks == []
    assert len(world.service.bills) == 1


@pytest.mark.parametrize("scope", [Scope.ACCOUNT, Scope.ROUTE])
def test_a_hold_costs_no_try_and_ends_by_itself(world: World, scope: Scope) -> None:
    verdict = Verdict("The account is empty.", 401, 4014)
    world.service.answers["submit"] = [Held(scope, verdict)] * 4
    world.service.answers["probe"] = [Held(Scope.ACCOUNT, verdict)] * 2
    world.drop("letter.docx")
    world.start()
    for _ in range(5):
        world.round()
        world.clock.pass_by(1.0)
    (hold,) = world.holds.standing()
    assert (hold.scope, "The account is empty." in hold.reason) == (scope, True)
    assert [job.tries for job in world.jobs()] == [0]
    world.run(2000)
    assert world.seen("outbox").keys() == {"letter.pdf"}
    assert world.holds.standing() == []
    assert len(world.service.bills) == 1


def test_a_hold_outlives_the_daemon(world: World) -> None:
    world.service.answers["submit"] = [Held(Scope.ACCOUNT, Verdict("Empty.", 401, 4014))]
    world.service.answers["probe"] = [Held(Scope.ACCOUNT, Verdict("Empty.", 401, 4014))] * 50
    world.drop("letter.docx")
    world.start()
    for _ in range(5):
        world.round()
        world.clock.pass_by(1.0)
    world.stop()
    world.start()
    assert [hold.scope for hold in world.holds.standing()] == [Scope.ACCOUNT]


def test_one_job_finds_out_whether_a_route_may_go_on(world: World) -> None:
    world.service.answers["submit"] = [Held(Scope.ROUTE, Verdict("Bad settings.", 400, 4000))] * 8
    for number in range(6):
        world.drop(f"{number}.docx", b"%d" % number)
    world.start()
    for _ in range(20):
        world.round()
        world.clock.pass_by(1.0)
    refusals = 8 - len(world.service.answers["submit"])
    assert refusals <= 6, "after the first refusals one probe at a time goes out"
    world.run(3000)
    assert len(world.seen("outbox")) == 6


def test_a_failed_round_gets_another_within_its_bound(world: World) -> None:
    failed = Failed(Verdict("It could not be converted.", 500, 5001), 1)
    world.service.answers["submit"] = [failed]
    world.drop("letter.docx")
    world.start()
    world.run()
    (job,) = world.jobs()
    assert (job.state, job.round, world.service.uploads) == (State.DONE, 2, 2)
    world.service.answers["submit"] = [failed, failed]
    world.drop("other.docx")
    world.run()
    assert [job.state for job in world.jobs()].count(State.FAILED) == 1
    assert world.service.answers["submit"] == []


def test_a_lost_upload_is_sent_again(world: World) -> None:
    world.service.answers["submit"] = [Stale(Verdict("Gone.", 500, 5009), 2)]
    world.drop("letter.docx")
    world.start()
    world.run()
    assert world.service.uploads == 2
    assert world.seen("outbox").keys() == {"letter.pdf"}


def test_a_service_that_always_loses_the_job_does_not_cost_for_ever(world: World) -> None:
    world.service.held = False
    world.service.answers["ask"] = [Unknown()] * 50
    world.drop("letter.docx")
    world.start()
    world.run(3000)
    (job,) = world.jobs()
    assert job.state is State.FAILED
    assert job.verdict == because("rounds")
    assert len(world.service.bills) == 3


def test_an_unknown_job_is_asked_twice_before_it_counts_as_lost(world: World) -> None:
    world.service.held = False
    world.service.answers["ask"] = [Unknown()]
    world.drop("letter.docx")
    world.start()
    world.run()
    assert len(world.service.bills) == 1


def test_new_addresses_are_fetched_without_a_new_bill(world: World) -> None:
    world.service.answers["fetch"] = [Unknown()]
    body = result_of(b"content")
    world.drop("letter.docx")
    world.start()
    for _ in range(2):
        world.round()
        world.clock.pass_by(1.0)
    world.round()
    (job,) = world.jobs()
    del body
    assert len(world.service.bills) <= 2
    world.run()
    assert world.seen("outbox").keys() == {"letter.pdf"}
    assert job is not None


@pytest.mark.parametrize("size", [3, 300])
def test_a_result_of_the_wrong_length_is_never_shown(world: World, size: int) -> None:
    wrong = Converted((Part("fake:0/0", size, "document.pdf"),), 1)
    world.service.answers["submit"] = [wrong]
    world.service.jobs["0"] = type("Remote", (), {"data": b"content", "at": 0.0, "asks": 0})()
    world.drop("letter.docx")
    world.start()
    for _ in range(50):
        world.round()
        world.clock.pass_by(1.0)
        assert world.seen("outbox") == {}
    (job,) = world.jobs()
    assert job.state is State.CONVERTED
    assert "bytes instead of" in job.note


def test_nothing_is_bought_that_cannot_be_stored(world: World) -> None:
    world.pace = type(world.pace)(doubt=DOUBT, min_free=2**62)
    world.drop("letter.docx")
    world.start()
    for _ in range(60):
        world.round()
        world.clock.pass_by(1.0)
    assert world.service.bills == []
    assert [hold.scope for hold in world.holds.standing()] == [Scope.DISK]
    world.stop()
    world.pace = type(world.pace)(doubt=DOUBT, min_free=0)
    world.start()
    world.run(600)
    assert world.seen("outbox").keys() == {"letter.pdf"}
    assert world.holds.standing() == []


def test_a_bug_delays_and_is_told_and_the_others_go_on(world: World) -> None:
    real = world.service.submit

    def broken(job: object) -> object:
        if getattr(job, "name", b"") == b"bad.docx":
            raise ZeroDivisionError("oh")
        return real(job)  # type: ignore[arg-type]

    world.service.submit = broken  # type: ignore[method-assign,assignment]
    world.drop("bad.docx")
    world.drop("good.docx")
    world.start()
    for _ in range(30):
        world.round()
        world.clock.pass_by(1.0)
    assert world.seen("outbox").keys() == {"good.pdf"}
    (job,) = world.open_jobs()
    assert "internal error" in job.note


def test_refused_when_the_service_says_so_at_the_upload(world: World) -> None:
    world.service.answers["upload"] = [Refused(Verdict("Too large.", 413))]
    world.drop("letter.docx")
    world.start()
    world.run()
    assert b"Too large." in world.seen("error")["letter.docx.error.txt"]
    assert world.service.bills == []
