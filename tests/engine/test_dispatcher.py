"""What is handed out, and that nothing is handed out twice."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from tests.engine.world import World
from watchconvert.core.states import State


class Later(Executor):
    """Keeps what is submitted until it is asked to do it."""

    def __init__(self) -> None:
        self.works: list[Callable[[], Any]] = []

    def submit(self, work: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        self.works.append(lambda: work(*arguments, **named))
        return Future()

    def work(self) -> None:
        works, self.works = self.works, []
        for each in works:
            each()


def test_a_job_that_ends_while_the_queue_is_read_is_not_handed_out_as_it_was(world: World) -> None:
    pool = Later()
    world.drop("letter.docx")
    world.start()
    world.dispatcher.resize(4, pool)
    while not world.jobs():
        world.lanes[0].round(world.clock.steady())
        world.clock.pass_by(1.0)
    now = world.clock.now()
    world.dispatcher.round(now)
    assert len(pool.works) == 1
    journal, read = world.tools.journal, world.tools.journal.due

    def read_and_then_it_ends(*arguments: Any) -> Any:
        found = read(*arguments)
        pool.work()
        return found

    journal.due = read_and_then_it_ends  # type: ignore[method-assign]
    world.dispatcher.round(now)
    assert [job.state for job in world.jobs()] == [State.DONE]
    assert pool.works == [], "the row that was read is no longer true"
