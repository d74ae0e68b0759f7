"""What the poller promises the service: one ask at a time for a job, never within 5 s, whoever else is slow."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.contract.crowds import Crowd, Shelf
from tests.e2e.stage import wait_for
from tests.engine.fakes import Inline

GAP = 5.0
Gather = Callable[..., Crowd]


@pytest.fixture
def gather(tmp_path: Path) -> Iterator[Gather]:
    crowds: list[Crowd] = []

    def gathered(pool: Executor, size: int = 1, mode: str = "async") -> Crowd:
        crowds.append(Crowd(tmp_path, pool, size, mode))
        return crowds[-1]

    yield gathered
    for crowd in crowds:
        crowd.journal.close()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def test_hundreds_of_jobs_are_asked_about_at_their_pace(gather: Gather) -> None:
    crowd = gather(Inline(), 250)
    for _ in range(30):
        crowd.round(0.7)
    assert crowd.service.least_gap() >= GAP
    assert {len(crowd.service.asks[each]) for each in crowd.ids} == {4}


def test_thousands_of_jobs_all_have_their_turn(gather: Gather) -> None:
    """Where the poller sleeps as long as it says, and is rung as it asks for."""
    crowd = gather(Inline(), 1500)
    crowd.live(12)
    assert crowd.service.least_gap() >= GAP
    assert len(crowd.service.asks) == 1500
    assert min(len(times) for times in crowd.service.asks.values()) >= 2


@pytest.mark.parametrize("pool", [Inline, Shelf])
def test_a_poller_whose_asks_are_under_way_comes_round_in_time_for_the_next(
    gather: Gather, pool: Callable[[], Executor]
) -> None:
    assert gather(pool()).round() <= GAP


def test_a_poller_that_is_rung_all_the_time_asks_no_more_often(gather: Gather) -> None:
    crowd = gather(Inline(), 3)
    for _ in range(100):
        crowd.round(0.1)
        for each in crowd.ids:
            crowd.poller.hurry(each)
    assert crowd.service.least_gap() >= GAP
    assert [len(times) for times in crowd.service.asks.values()] == [2, 2, 2]


def test_the_poller_sleeps_until_the_next_ask_and_no_longer(gather: Gather) -> None:
    crowd = gather(Inline())
    crowd.round()
    assert crowd.round(2) == pytest.approx(GAP - 2)


def test_a_slow_answer_keeps_no_other_job_waiting(gather: Gather, threads: ThreadPoolExecutor) -> None:
    crowd = gather(threads, 200)
    slow, *others = crowd.ids
    crowd.service.blocked[slow] = threading.Event()
    crowd.service.over = {*others}
    try:
        crowd.round()
        wait_for(lambda: crowd.count_done() == 199, "the others to be converted", 20)
        for _ in range(20):
            crowd.round(GAP)
        assert len(crowd.service.asks[slow]) == 1
    finally:
        crowd.service.blocked[slow].set()
    wait_for(lambda: crowd.poller.busy() == 0, "the slow answer", 20)
    crowd.service.blocked.clear()
    crowd.round(GAP - 1)
    assert len(crowd.service.asks[slow]) == 1, "the gap counts from the end of an ask"
    crowd.round(1)
    wait_for(lambda: len(crowd.service.asks[slow]) == 2, "the next ask", 20)


def test_there_is_never_more_than_one_ask_for_a_job(gather: Gather, threads: ThreadPoolExecutor) -> None:
    crowd = gather(threads, 40)
    end = threading.Event()

    def ring() -> None:
        while not end.is_set():
            for each in crowd.ids:
                crowd.poller.hurry(each)

    bell = threading.Thread(target=ring)
    bell.start()
    try:
        for _ in range(12):
            for _ in range(5):
                crowd.round(1.5)
            wait_for(lambda: crowd.poller.busy() == 0, "the answers", 20)
    finally:
        end.set()
        bell.join()
    assert crowd.service.most_at_once == 1
    assert crowd.service.least_gap() >= GAP
    assert min(len(times) for times in crowd.service.asks.values()) > 1


def test_a_job_of_mode_webhook_is_asked_about_once_a_minute(gather: Gather) -> None:
    crowd = gather(Inline(), 5, "webhook")
    for _ in range(125):
        crowd.round(1)
    assert [len(times) for times in crowd.service.asks.values()] == [3] * 5


def test_a_call_brings_the_next_ask_forward_as_far_as_the_gap_allows(gather: Gather) -> None:
    crowd = gather(Inline(), 2, "webhook")
    called, other = crowd.ids
    crowd.round()
    rings: list[int] = []
    crowd.poller.on_hurry = lambda: rings.append(1)
    crowd.service.over.add(called)
    crowd.poller.hurry(called)
    assert rings == [1]
    crowd.round(GAP - 0.1)
    assert len(crowd.service.asks[called]) == 1
    crowd.round(0.1)
    assert (len(crowd.service.asks[called]), len(crowd.service.asks[other])) == (2, 1)
    assert crowd.count_done() == 1


@pytest.mark.parametrize("remote_id", ["f" * 32, "", "' OR 1=1 --"])
def test_a_call_for_a_job_that_is_not_there_changes_nothing(gather: Gather, remote_id: str) -> None:
    crowd = gather(Inline(), 1, "webhook")
    crowd.round()
    crowd.poller.hurry(remote_id)
    crowd.round(GAP)
    assert [len(times) for times in crowd.service.asks.values()] == [1]


def test_a_call_during_an_ask_is_not_lost(gather: Gather) -> None:
    """The service may have said "still converting" just before it was over."""
    crowd = gather(Inline(), 1, "webhook")
    (called,) = crowd.ids
    crowd.round()
    crowd.service.while_asking = lambda job: crowd.poller.hurry(job.remote_id)
    crowd.round(60)
    crowd.service.while_asking = lambda _: None
    crowd.round(GAP)
    assert len(crowd.service.asks[called]) == 3


def test_a_job_that_comes_to_its_end_while_the_list_is_read_is_not_asked_about_again(
    gather: Gather, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf()
    crowd = gather(shelf)
    crowd.service.over = {*crowd.ids}
    crowd.round()
    read = crowd.journal.converting

    def read_slowly(now: float) -> list[str]:
        ids = read(now)
        shelf.work()
        return ids

    monkeypatch.setattr(crowd.journal, "converting", read_slowly)
    crowd.round()
    shelf.work()
    assert [len(times) for times in crowd.service.asks.values()] == [1]
