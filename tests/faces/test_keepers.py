"""The daemon is put together so that what a folder keeps is looked after, and follows a new configuration."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.core.making import make_job
from tests.engine.fakes import FakeClock, FakeService
from tests.engine.world import World
from watchconvert.core.keeping import Keep
from watchconvert.core.settings import Config, Route, Service
from watchconvert.core.settings import Daemon as Settings
from watchconvert.core.states import State
from watchconvert.faces.build import Daemon, add_lane, build, open_journal
from watchconvert.faces.swap import _swap_engine


def config_of(root: Path, **keeps: Keep) -> Config:
    world = World(root)
    routes = tuple(dataclasses.replace(world.make_route(name), **keeps) for name in ("one", "two"))  # type: ignore[arg-type]
    return Config(Service(), Settings(str(root / "journal.db")), routes)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    config = config_of(tmp_path, archive_keep=Keep(age=3600.0))
    journal = open_journal(config.daemon.journal)
    daemon = build(config, journal, FakeService(FakeClock()), structlog.wrap_logger(structlog.ReturnLogger()))  # type: ignore[arg-type]
    yield daemon
    for lane in daemon.lanes.all():
        daemon.lanes.take_out(lane.route.name)
    for pool in daemon.pools:
        pool.shutdown()
    daemon.hand.close()
    journal.close()


def keepers(daemon: Daemon) -> dict[str, bool]:
    return {loop.name: loop.may_hang for loop in daemon.supervisor.loops if loop.name.startswith("keeper")}


def test_each_route_is_tidied_by_a_loop_of_its_own_that_may_hang(daemon: Daemon) -> None:
    assert keepers(daemon) == {"keeper one": True, "keeper two": True}


def test_a_route_that_is_taken_out_is_tidied_no_more(daemon: Daemon) -> None:
    daemon.lanes.take_out("one")
    assert keepers(daemon) == {"keeper two": True}
    route: Route = daemon.config.routes[0]
    add_lane(daemon, route)
    assert keepers(daemon) == {"keeper two": True, "keeper one": True}


def test_what_is_remembered_follows_a_new_configuration(daemon: Daemon, tmp_path: Path) -> None:
    archives = {(route.name, route.archive) for route in daemon.config.routes}
    assert daemon.housekeeper._kept == archives
    _swap_engine(daemon, config_of(tmp_path))
    assert daemon.housekeeper._kept == set()


def test_a_route_has_a_loop_for_markers_only_where_it_wants_them(daemon: Daemon) -> None:
    (one, _) = daemon.config.routes
    assert not [loop for loop in daemon.supervisor.loops if loop.name.startswith("markers")]
    assert len(daemon.supervisor.loops) == len({loop.name for loop in daemon.supervisor.loops})
    daemon.lanes.take_out("one")
    add_lane(daemon, dataclasses.replace(one, markers=True))
    (loop,) = (loop for loop in daemon.supervisor.loops if loop.name.startswith("markers"))
    assert (loop.name, loop.may_hang) == ("markers one", True)
    daemon.lanes.take_out("one")
    assert loop not in daemon.supervisor.loops


def test_the_keeper_and_the_markers_hear_of_each_job_of_their_route(daemon: Daemon) -> None:
    (one, _) = daemon.config.routes
    daemon.lanes.take_out("one")
    add_lane(daemon, dataclasses.replace(one, markers=True))
    bells = {loop.name: loop.alarm._bell for loop in daemon.supervisor.loops}
    job = make_job(route="one", state=State.CLAIMED)
    daemon.dispatcher.on_claim(job)
    assert {name for name, bell in bells.items() if bell.is_set()} == {"markers one"}
    daemon.dispatcher.on_rest(dataclasses.replace(job, state=State.DONE))
    assert {name for name, bell in bells.items() if bell.is_set()} == {"markers one", "keeper one", "inbox one"}
