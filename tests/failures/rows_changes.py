"""The configuration changes while jobs are open."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.failures.acts import AWAY
from tests.failures.row import Family, Row, Survives
from tests.failures.scene import Scene


def _restarted(step: str, change: Callable[[Scene], None]) -> Callable[[Scene], None]:
    """The daemon is stopped at a step and started with another configuration."""

    def scenario(scene: Scene) -> None:
        def stop() -> None:
            change(scene)
            scene.die()

        scene.when(step, stop)
        scene.put()
        scene.end()
        assert scene.seen("outbox").keys() == {"letter.pdf"}

    return scenario


def changed(step: str, **route: Any) -> Callable[[Scene], None]:
    """The configuration says something else of the route from the next start on."""

    def change(scene: Scene) -> None:
        scene.routes = tuple(replace(each, **route) for each in scene.routes)

    return _restarted(step, change)


def another_outbox(step: str) -> Callable[[Scene], None]:
    """Results of the route are to appear elsewhere."""

    def change(scene: Scene) -> None:
        scene.routes = tuple(replace(each, outbox=str(scene.root / "elsewhere")) for each in scene.routes)

    return _restarted(step, change)


def removed(step: str) -> Callable[[Scene], None]:
    """The route is taken out of the configuration."""

    def change(scene: Scene) -> None:
        scene.routes = ()

    return _restarted(step, change)


def other_secret(scene: Scene) -> None:
    """The new account does not know the jobs of the old one."""
    scene.when("submitted", scene.service.jobs.clear)
    scene.put()
    scene.service.answers["ask"] = [AWAY]
    scene.end(bills=2)


CHANGES = Family(
    "changes",
    "The configuration changes while jobs are open",
    (
        Row(
            "another target",
            "noticed",
            "the row carries the order: the job ends as it began",
            changed("noticed", to="png"),
        ),
        Row("another target", "uploaded", "the same", changed("uploaded", to="png")),
        Row(
            "the source is to be deleted from now on",
            "published",
            "the same: it is archived",
            changed("published", source="delete"),
        ),
        Row("what is taken changes", "claimed", "the same", changed("claimed", accept=("*.odt",))),
        Row("the route is taken out", "claimed", "its jobs end", removed("claimed")),
        Row("the route is taken out", "converting", "its jobs end", removed("converting")),
        Row("the route is taken out", "published", "its jobs end", removed("published")),
        Row(
            "the secret of another account",
            "converting",
            "a job that the new account does not know is lost after the doubt pause: another round, which the ledger shows",
            other_secret,
            survives=Survives.BY_DESIGN,
        ),
        Row(
            "the file of the configuration is wrong",
            "start",
            "the daemon does not start and names every problem at once; one that runs does not read it again",
            shown_by=("test_all_problems_are_told_at_once_and_in_order",),
            survives=Survives.BY_DESIGN,
        ),
        Row(
            "a later version wrote the journal",
            "start",
            "it is refused and left alone",
            shown_by=("test_a_journal_of_a_later_version_is_refused_and_left_alone",),
        ),
        Row(
            "another outbox",
            "fetched",
            "the result stands in the outbox of the row",
            another_outbox("fetched"),
        ),
        Row("any change at any point", "any", "jobs end as they began", shown_by=("test_a_change_at_any_point",)),
        Row(
            "the secret is revoked, and another takes its place",
            "any",
            "everything waits and goes on",
            shown_by=(
                "test_revoked_and_put_in_order_again",
                "test_revoked_and_replaced_by_a_new_one",
            ),
        ),
    ),
)
