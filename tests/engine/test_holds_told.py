"""The log tells once when work is held, and once when it goes on."""

from structlog.testing import capture_logs

from tests.engine.world import World
from watchconvert.core.answers import Held, Scope, Unavailable
from watchconvert.core.job import Verdict

HOLDS = ("held", "released")


def live(world: World) -> list[dict[str, object]]:
    """Let a file come to rest; return what was said of holds."""
    with capture_logs() as logs:
        world.drop("letter.docx")
        world.start()
        world.run(2000)
    return [dict(entry) for entry in logs if entry["event"] in HOLDS]


def test_an_empty_account_is_told_at_its_beginning_and_end(world: World) -> None:
    empty = Held(Scope.ACCOUNT, Verdict("The account is empty.", 401, 4014, "no credits"))
    world.service.answers["submit"] = [empty]
    world.service.answers["probe"] = [empty] * 4  # each probe finds it so again
    begun, ended = live(world)
    said = "The account is empty. (the service said: no credits)"
    assert begun == {"event": "held", "log_level": "warning", "scope": "account", "why": said}
    assert (ended["event"], ended["log_level"], ended["scope"]) == ("released", "info", "account")
    assert ended["why"] == "it was: The account is empty."


def test_a_route_is_named(world: World) -> None:
    world.service.answers["submit"] = [Held(Scope.ROUTE, Verdict("Bad settings.", 400, 4000))] * 3
    assert [(each["event"], each["scope"], each["route"]) for each in live(world)] == [
        ("held", "route", world.route.name),
        ("released", "route", world.route.name),
    ]


def test_an_outage_is_told_when_it_counts_as_one(world: World) -> None:
    world.service.answers["upload"] = [Unavailable("nobody answers")] * 3
    world.service.answers["probe"] = [Unavailable("nobody answers")] * 3
    told = live(world)
    assert [(each["event"], each["scope"]) for each in told] == [("held", "service"), ("released", "service")]
    assert told[0]["why"] == "nobody answers"


def test_the_disk_of_the_journal_is_told_by_its_path(world: World) -> None:
    world.start()
    with capture_logs() as logs:
        for has_room in (False, False, True, True):
            world.journal.has_room = lambda room=has_room: room  # type: ignore[misc,union-attr]
            world.holds.look_at_journal()
    assert [(each["event"], each["scope"], each["folder"]) for each in logs if each["event"] in HOLDS] == [
        ("held", "disk", str(world.root / "journal.db")),
        ("released", "disk", str(world.root / "journal.db")),
    ]
