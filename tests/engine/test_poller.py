"""The poller's schedule: every job in its turn, none twice at once, none too soon."""

from tests.engine.world import World

JOBS = 600


def test_all_of_many_jobs_have_their_turn(world: World) -> None:
    """None starves behind others that convert for long, however many there are."""
    world.service.held = False
    world.appetite = type(world.appetite)(most_open=10_000)
    for number in range(JOBS):
        world.drop(f"{number}.docx", b"%d" % number)
    world.start()
    world.service.answers["ask"] = []
    real = world.service.ask

    def never_done(job: object) -> object:
        from watchconvert.core.answers import Accepted  # noqa: PLC0415

        real(job)  # type: ignore[arg-type]
        return Accepted()

    world.service.ask = never_done  # type: ignore[method-assign,assignment]
    for _ in range(60):
        world.lanes[0].round(world.clock.steady())
        for _ in range(400):
            world.dispatcher.round(world.clock.now())
            if len(world.service.bills) == JOBS:
                break
        world.clock.pass_by(1.0)
        if len(world.service.bills) == JOBS:
            break
    assert len(world.service.bills) == JOBS
    world.clock.pass_by(10.0)
    for _ in range(JOBS // 256 + 1):
        world.poller.round(world.clock.now())
    asked = [remote for remote, _ in world.service.asks]
    assert len(asked) == len(set(asked)) == JOBS
