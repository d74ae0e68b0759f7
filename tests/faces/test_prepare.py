"""A reload looks at the folders of new routes and never waits for one that hangs."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from watchconvert.adapters.clock import Clock
from watchconvert.core.settings import Route
from watchconvert.core.tables import Problem
from watchconvert.faces import prepare


def route(name: str) -> Route:
    return Route(name, "/i", "/o", "/e", "/a", "pdf")


def test_a_share_that_hangs_does_not_hold_up_the_look_at_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    let_go, told = threading.Event(), []
    problem = Problem("inbox", "cannot be written", "Give the right to.")

    def look(routes: tuple[Route, ...]) -> list[Problem]:
        if routes[0].name == "hangs":
            let_go.wait(30)
        return [problem]

    log = SimpleNamespace(error=lambda word, **words: told.append((word, words["route"])))
    daemon: Any = SimpleNamespace(tools=SimpleNamespace(clock=Clock(), log=log))
    monkeypatch.setattr(prepare, "folder_problems", look)
    monkeypatch.setattr(prepare, "_PATIENCE", 0.2)
    try:
        assert prepare.find_folder_problems(daemon, [route("hangs"), route("answers")]) == [problem]
    finally:
        let_go.set()
    assert told == [("offline", "hangs")]
