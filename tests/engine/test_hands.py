"""Which file the daemon has in hand, and when: the mark by which its next life knows what killed it."""

import os
from collections.abc import Callable
from typing import Any

from tests.engine.world import World

SLOT = 64


def in_hand(world: World) -> list[str]:
    """Return the states in the marks that a death at this moment would leave."""
    marks = os.pread(world.hand._file, SLOT * 600, 0).replace(b"\0", b"\n").decode().split("\n")
    return [mark.split()[1] for mark in marks if mark.strip()]


def test_a_file_is_in_hand_while_its_content_is_worked_on(world: World) -> None:
    world.service.held = False
    seen: dict[str, list[str]] = {}

    def watched(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def watching(*arguments: Any, **named: Any) -> Any:
            seen[name] = in_hand(world)
            return call(*arguments, **named)

        return watching

    world.drop("letter.docx")
    world.start()
    for name in ("upload", "submit", "ask", "fetch"):
        setattr(world.service, name, watched(name, getattr(world.service, name)))
    world.tools.parts.publish = watched("publish", world.tools.parts.publish)  # type: ignore[method-assign]
    world.tools.moves.claim = watched("claim", world.tools.moves.claim)  # type: ignore[method-assign]
    world.run()
    assert seen == {
        "claim": [],
        "upload": ["claimed"],
        "submit": [],
        "ask": [],
        "fetch": ["converted"],
        "publish": ["fetched"],
    }
    assert in_hand(world) == []
