"""What the unit's sandbox opens for the routes."""

import dataclasses

import pytest

from watchconvert.core.sandbox import find_open_paths, write_drop_in
from watchconvert.core.settings import Config, Daemon, Route, Service
from watchconvert.core.tables import ConfigError

_STATE = "/var/lib/watchconvert"


def beside(top: str) -> Route:
    return Route(top, *(f"{top}/{name}" for name in ("inbox", "outbox", "error", "archive")), "pdf")


def config(*routes: Route, journal: str = f"{_STATE}/journal.db") -> Config:
    return Config(Service(), Daemon(journal), routes)


def test_folders_under_their_usual_names_are_opened_as_one() -> None:
    assert find_open_paths(config(beside("/srv/a"), beside("/srv/b")), _STATE) == ["/srv/a", "/srv/b"]


def test_other_folders_are_opened_one_by_one() -> None:
    route = Route("r", "/srv/in", "/srv/out", "/srv/error", "/data/kept", "pdf")
    assert find_open_paths(config(route), _STATE) == ["/data/kept", "/srv/error", "/srv/in", "/srv/out"]


def test_what_lies_below_an_open_one_is_not_told_again() -> None:
    chained = Route("r", "/srv/a/outbox", "/srv/a/outbox2", "/srv/ab", "/srv/a/x", "pdf")
    assert find_open_paths(config(beside("/srv/a"), chained), _STATE) == ["/srv/a", "/srv/ab"]


def test_a_journal_elsewhere_is_opened_too() -> None:
    assert find_open_paths(config(journal="/data/wc/j.db"), _STATE) == ["/data/wc"]
    assert find_open_paths(config(journal=f"{_STATE}/deep/j.db"), _STATE) == []


def test_the_drop_in_names_its_source_and_quotes_what_is_odd() -> None:
    text = write_drop_in(config(beside('/srv/50 % "a\\b: c')), _STATE, "/etc/wc.toml")
    assert "from /etc/wc.toml;" in text
    assert text.endswith('[Service]\nReadWritePaths="-/srv/50 %% \\"a\\\\b: c"\n')


def test_homes_are_shown_to_the_service_only_where_a_route_lies() -> None:
    text = write_drop_in(config(beside("/home/share")), _STATE, "/c")
    assert 'ProtectHome=tmpfs\nBindPaths="-/home/share"\n' in text
    assert "ReadWritePaths" not in text
    assert "ProtectHome" not in write_drop_in(config(beside("/tmp/x")), _STATE, "/c")


def test_a_secret_in_a_home_can_be_read() -> None:
    kept = dataclasses.replace(config(beside("/srv/a")), service=Service(secret_file="/root/secret"))
    assert 'BindReadOnlyPaths="-/root/secret"' in write_drop_in(kept, _STATE, "/c")


def test_a_name_that_no_unit_file_can_hold_is_refused() -> None:
    with pytest.raises(ConfigError, match="cannot be named in a unit file"):
        write_drop_in(config(beside("/srv/a\nUser=root")), _STATE, "/c")
