"""A daemon in a test whose route looks after what its folders keep."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from tests.engine.world import World
from watchconvert.adapters.files.disk import Disk
from watchconvert.core.keeping import Keep
from watchconvert.engine.almanac import Almanac
from watchconvert.engine.housekeeper import Housekeeper
from watchconvert.engine.keeper import Keeper

DAY, HOUR = 86400.0, 3600.0
SHORT = Keep(age=DAY)


class Kept(World):
    """A world with the loops that remove and forget."""

    def __init__(self, root: Path, **keeps: Any) -> None:
        super().__init__(root)
        self.change_route(recursive=True, **keeps)

    def make_disk(self) -> Disk:
        return Disk()

    def start(self) -> None:
        super().start()
        self.housekeeper = Housekeeper(self.tools, 90 * DAY, self.routes)
        self.keeper = Keeper(self.tools, self.route, self.housekeeper.almanac)

    @property
    def almanac(self) -> Almanac:
        return self.housekeeper.almanac

    def tidy(self) -> list[Any]:
        """Walk once through everything; returns what was told meanwhile."""
        with capture_logs() as told:
            for _ in range(1000):
                if self.keeper.round() > 1:
                    return told
        raise AssertionError("the walk has no end")

    def convert(self, *names: str) -> None:
        """Have files converted, each with a content of its own."""
        for name in names:
            self.drop(name, f"content of {name}".encode())
        self.run()

    def tree(self, folder: str) -> set[str]:
        """What a person sees in a folder of the route and below."""
        top = Path(getattr(self.route, folder))
        found = (path.relative_to(top).as_posix() for path in top.rglob("*"))
        return {name for name in found if not name.startswith(".watchconvert")}


@contextmanager
def living(root: Path, **keeps: Any) -> Iterator[Kept]:
    """Have a world that has started."""
    world = Kept(root, **keeps)
    world.start()
    try:
        yield world
    finally:
        world.stop()
