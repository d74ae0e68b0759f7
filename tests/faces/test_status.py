"""`watchconvert status` tells what the journal knows, for people and for programs."""

import dataclasses
import json
from pathlib import Path

import pytest

from tests.engine.world import World
from watchconvert.adapters.journal.database import JournalError
from watchconvert.core.answers import Failed, Unclear
from watchconvert.core.job import Verdict
from watchconvert.core.settings import Config, Daemon, Service
from watchconvert.core.states import State
from watchconvert.faces import sheet
from watchconvert.faces.status import Told, gather
from watchconvert.faces.status_sheet import lay_out

STARTING = "The daemon runs and has not told yet how it is: it is starting, or its note cannot be read."


def config_of(world: World) -> Config:
    daemon = dataclasses.replace(Daemon(""), journal=str(world.root / "journal.db"))
    return Config(Service(), daemon, world.routes)


def told_of(world: World) -> Told:
    return gather(config_of(world), world.clock.now())


def text_of(world: World) -> str:
    return sheet.as_text(list(lay_out(told_of(world))))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_without_a_journal_it_says_so(world: World) -> None:
    with pytest.raises(JournalError, match="is not there yet"):
        told_of(world)


def test_a_converted_file_is_told_with_its_output(world: World) -> None:
    world.drop("letter.docx")
    world.start()
    world.run()
    text = text_of(world)
    assert "watchconvert is running" in text
    assert "letter.docx -> letter.pdf" in text
    assert "Sent for conversion: 1, cost as told by the service: 1" in text
    assert "double" not in text
    world.stop()
    assert "watchconvert is NOT running" in text_of(world)


def test_a_possible_double_charge_is_told_with_its_cause(world: World) -> None:
    world.service.lose_replies = 1
    world.service.lag = 1e9
    world.drop("letter.docx")
    world.start()
    for _ in range(40):
        world.round()
        world.clock.pass_by(1.0)
    text = text_of(world)
    assert "Of these possible double charges: 1" in text
    assert (
        "letter.docx: no reply came, the service did not know the job, and it was sent once more"
        in text.splitlines()[-1]
    )
    world.stop()


def test_a_round_that_the_service_failed_is_one_too(world: World) -> None:
    world.service.answers["submit"] = [Failed(Verdict("It failed.", 500, 5000), 2)]
    world.drop("letter.docx")
    world.start()
    world.run()
    told = told_of(world)
    assert [each["why"] for each in told["double_charges"]] == [
        "the service failed this round and was asked for another"
    ]
    assert told["money"]["doubtful"] == 1
    world.stop()


def test_a_hold_is_told_with_its_reason(world: World) -> None:
    world.service.away = True
    for name in ("a.docx", "b.docx", "c.docx", "d.docx"):
        world.drop(name)
    world.start()
    for _ in range(20):
        world.round()
        world.clock.pass_by(1.0)
    text = text_of(world)
    assert "Held:" in text
    assert "away" in text
    assert "Troubled:" in text
    world.stop()


def test_names_that_act_are_shown_as_escapes(world: World) -> None:
    world.service.answers["submit"] = [Unclear("cut")]
    world.drop("\x1b[31mred\n.docx")
    world.start()
    world.run()
    assert "\x1b" not in text_of(world)
    assert "\x1b" not in json.dumps(told_of(world))
    world.stop()


def test_programs_get_the_same_as_json(world: World) -> None:
    world.drop("letter.docx")
    world.start()
    world.run()
    told = json.loads(json.dumps(told_of(world)))
    assert told["running"] is True
    assert [(route["done_today"], route["failed_today"]) for route in told["routes"]] == [(1, 0)]
    assert told["health"] == {"ok": False, "problems": [STARTING]}
    assert told["last"][0]["outputs"] == ["letter.pdf"]
    world.stop()


def test_without_a_daemon_that_is_said_first(world: World) -> None:
    world.drop("letter.docx")
    world.start()
    world.run()
    world.stop()
    assert text_of(world).startswith("watchconvert is NOT running: nothing is taken")
    assert told_of(world)["health"]["problems"][0].startswith("The daemon is not running")


def test_what_came_to_rest_before_today_is_not_counted(world: World) -> None:
    world.drop("letter.docx")
    world.start()
    world.run()
    world.clock.pass_by(86400.0)
    assert [route["done_today"] for route in told_of(world)["routes"]] == [0]
    world.stop()


def test_a_note_of_the_daemon_is_told_route_by_route(world: World) -> None:
    world.service.away = True
    for name in ("a.docx", "b.docx", "c.docx", "d.docx"):
        world.drop(name)
    world.start()
    for _ in range(20):
        world.round()
        world.clock.pass_by(1.0)
    lane = {
        "route": "to-pdf",
        "waiting": 5,
        "settling": 2,
        "files": [["e.docx", "it is empty", world.clock.now() - 90]],
    }
    lane |= {"left": [["l", "it is a link"]], "polled": "nfs brings no events", "offline": "", "offline_at": 0}
    note = {"pid": 7, "lanes": [lane], "refused": ["[service] url: bad."], "stuck": ["poller"]}
    (world.root / "journal.db.status").write_text(json.dumps(note))
    (route,) = told_of(world)["routes"]
    assert (route["waiting"], route["settling"], route["oldest"]["file"]) == (5, 2, "e.docx")
    assert route["held"] == 3 + route["in_work"] - route["converting"]
    text = text_of(world)
    for piece in ("1 min 30 s e.docx", "to-pdf/e.docx: it is empty", "and 4 more", "nfs brings no events", "poller",
                  "refused and the former one goes on", "The service is held: ", "to-pdf/l: it is a link"):  # fmt: skip
        assert piece in text
    world.stop()


@pytest.mark.parametrize("state", State)
def test_every_state_is_counted_or_at_rest(world: World, state: State) -> None:
    """A column for a new state must be decided."""
    world.drop("letter.docx")
    world.start()
    world.run()
    world.tools.journal._database.write(lambda c: c.execute("UPDATE job SET state = ?", (state.value,)).rowcount)
    (route,) = told_of(world)["routes"]
    rested = {State.DONE: (1, 0, 0), State.FAILED: (0, 1, 0), State.WITHDRAWN: (0, 0, 0)}
    found = (route["done_today"], route["failed_today"], route["in_work"])
    assert found == rested.get(state, (0, 0, 1))
    world.stop()
