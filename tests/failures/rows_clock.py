"""The clock is set."""

from collections.abc import Callable

from tests.failures.row import Family, Row, Survives
from tests.failures.scene import Scene

_YEARS = 10 * 365 * 86400.0


def jumps(step: str, bills: int | None = 1, *, forth: bool = True) -> Callable[[Scene], None]:
    """The wall clock jumps by ten years, and back again at the end; the service's own clock does not."""

    def scenario(scene: Scene) -> None:
        def jump() -> None:
            scene.clock.wall += _YEARS if forth else -_YEARS

        scene.when(step, jump)
        scene.put()
        scene.live(120)
        scene.clock.wall -= _YEARS if forth else -_YEARS
        scene.end(bills=bills)

    return scenario


def settles_by_another_clock(scene: Scene) -> None:
    """The wall clock is set forth and back while a file grows."""
    path = scene.drop("letter.docx", b"wh")
    scene.start()
    for jump in (_YEARS, -2 * _YEARS, _YEARS):
        scene.clock.wall += jump
        scene.round()
        scene.clock.uptime += 0.4
        path.write_bytes(path.read_bytes() + b".")
    assert scene.jobs() == []
    scene.put(data=b"whole")
    scene.end()


CLOCK = Family(
    "clock",
    "The clock jumps by years, or the machine goes back in time",
    (
        Row(
            "the clock is set forth and back",
            "settled",
            "quiet times follow a clock that nobody can set; times of files are only compared with each other",
            settles_by_another_clock,
        ),
        Row("ten years forth", "noticed", "nothing follows from it", jumps("noticed")),
        Row(
            "ten years back",
            "noticed",
            "a due time that is further off than any pause counts as wrong, and is due",
            jumps("noticed", forth=False),
        ),
        Row("ten years forth", "claimed", "nothing follows from it", jumps("claimed")),
        Row(
            "ten years forth",
            "uploaded",
            "the upload counts as too old and is sent again, which is free",
            jumps("uploaded"),
        ),
        Row(
            "ten years back",
            "uploaded",
            "an upload from the future counts as too old as well",
            jumps("uploaded", forth=False),
        ),
        Row("ten years forth", "submitted", "the service is asked first, and it knows the job", jumps("submitted")),
        Row("ten years back", "submitted", "the same", jumps("submitted", forth=False)),
        Row("ten years forth", "converting", "nothing follows from it", jumps("converting")),
        Row("ten years forth", "fetched", "nothing follows from it", jumps("fetched")),
        Row("ten years back", "published", "nothing follows from it", jumps("published", forth=False)),
        Row(
            "the clock is so wrong that no certificate is valid",
            "any",
            "the service cannot be reached, and the log says why; files wait",
            shown_by=("test_nothing_is_said_to_whom_nobody_can_trust",),
        ),
        Row(
            "the machine goes back with its shares to before a file was noticed",
            "any",
            "nothing is left that could tell: the file is converted and paid for again",
            survives=Survives.NO,
        ),
        Row(
            "any jump at any point",
            "any",
            "no file lost, nothing bought twice",
            shown_by=(
                "test_a_jump_at_any_point",
                "test_the_wall_clock_is_set_while_it_runs",
            ),
        ),
    ),
)
