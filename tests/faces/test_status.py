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
from watchconvert.faces.status import as_json, as_text, gather


def config_of(world: World) -> Config:
    daemon = dataclasses.replace(Daemon(""), journal=str(world.root / "journal.db"))
    return Config(Service(), daemon, world.routes)


def text_of(world: World) -> str:
    return as_text(gather(config_of(world)), world.clock.now())


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_without_a_journal_it_says_so(world: World) -> None:
    with pytest.raises(JournalError, match="is not there yet"):
        gather(config_of(world))


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
    told = gather(config_of(world))
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
    assert "\x1b" not in as_json(gather(config_of(world)))
    world.stop()


def test_programs_get_the_same_as_json(world: World) -> None:
    world.drop("letter.docx")
    world.start()
    world.run()
    told = json.loads(as_json(gather(config_of(world))))
    assert told["running"] is True
    assert [route["done"] for route in told["routes"]] == [1]
    assert told["last"][0]["outputs"] == ["letter.pdf"]
    world.stop()
