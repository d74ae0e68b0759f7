"""What a new configuration changes in a running daemon."""

import dataclasses

import pytest

from watchconvert.core.changes import find_changes, find_lasting
from watchconvert.core.settings import Config, Daemon, Route, Service


def route(name: str, to: str = "pdf") -> Route:
    return Route(name, f"/s/{name}/inbox", f"/s/{name}/outbox", f"/s/{name}/error", f"/s/{name}/archive", to)


def config(*routes: Route) -> Config:
    return Config(Service(), Daemon("/j.db"), routes)


def test_routes_are_told_apart_by_their_names() -> None:
    old = config(route("stays"), route("changes"), route("goes"))
    new = config(route("comes"), route("changes", "txt"), route("stays"))
    changes = find_changes(old, new)
    assert changes.added == (route("comes"),)
    assert changes.removed == (route("goes"),)
    assert changes.changed == (route("changes", "txt"),)
    assert changes.fresh == (route("comes"), route("changes", "txt"))


def test_nothing_has_changed() -> None:
    assert find_changes(config(route("a")), config(route("a"))).fresh == ()
    assert find_lasting(config(route("a")), config(route("a"))) == []


@pytest.mark.parametrize("key", ["url", "dialect", "auth", "webhook_url", "webhook_listen"])
def test_what_jobs_were_begun_with_is_not_changed(key: str) -> None:
    new = dataclasses.replace(config(), service=dataclasses.replace(Service(), **{key: "other"}))
    (problem,) = find_lasting(config(), new)
    assert problem.key == f"[service] {key}"
    assert "Restart" in problem.remedy


def test_the_journal_stays_where_it_is() -> None:
    (problem,) = find_lasting(config(), dataclasses.replace(config(), daemon=Daemon("/other.db")))
    assert problem.key == "[daemon] journal"


def test_everything_else_may_change() -> None:
    service = dataclasses.replace(Service(), secret_file="/s", mode="async", hold=5.0, timeout=60.0, doubt=3.0)
    daemon = Daemon("/j.db", workers=2, rescan=5.0, poll=1.0, min_free=1, keep_history=60.0)
    assert find_lasting(config(), Config(service, daemon, ())) == []
