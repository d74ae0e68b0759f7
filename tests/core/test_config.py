"""A good configuration becomes values; the defaults are the promised ones."""

from typing import Any

import pytest

from tests.core.agreeing import read_config
from watchconvert.core.config import ConfigError
from watchconvert.core.settings import Config, Daemon, Route, Service, Surroundings

AROUND = Surroundings(folder="/etc/watchconvert", state="/var/lib/watchconvert")
ROUTE: dict[str, Any] = {"name": "office", "path": "/srv/office", "to": "pdf"}


def read(*routes: dict[str, Any], around: Surroundings = AROUND, **tables: Any) -> Config:
    return read_config({"route": list(routes) or [ROUTE]} | tables, around)


def test_little_is_enough_and_the_rest_has_defaults() -> None:
    config = read()
    folders = {name: f"/srv/office/{name}" for name in ("inbox", "outbox", "error", "archive")}
    assert config == Config(
        Service(), Daemon("/var/lib/watchconvert/journal.db"), (Route(name="office", to="pdf", **folders),)
    )
    assert config.service.url == "https://v2.convertapi.com"
    assert not config.service.is_local


def test_everything_may_be_said() -> None:
    service = {
        "url": "http://127.0.0.1:8080/base/",
        "secret_file": "secret",
        "dialect": "old",
        "mode": "async",
        "hold": "30s",
        "timeout": "20m",
        "doubt": "10s",
    }
    daemon = {"journal": "/j.db", "workers": 3, "rescan": "5s", "min_free": "1GiB", "keep_history": "2d"}
    route = ROUTE | {
        "name": "Scans 1.0_b-c",
        "to": ".PDF",
        "from": "TIFF",
        "accept": ["*.tif"],
        "ignore": ["draft-*"],
        "unaccepted": "leave",
        "settle": "500ms",
        "source": "delete",
        "mode": "semi-async",
        "params": {"PageRange": "1-3", "Dpi": 300, "Scale": 0.5, "Gray": True},
        "outbox": "/elsewhere/out",
    }
    config = read(route, service=service, daemon=daemon)
    assert config.service == Service(
        url="http://127.0.0.1:8080/base",
        secret_file="/etc/watchconvert/secret",
        dialect="old",
        mode="async",
        hold=30.0,
        timeout=1200.0,
        doubt=10.0,
    )
    assert config.daemon == Daemon(journal="/j.db", workers=3, rescan=5.0, min_free=2**30, keep_history=172800.0)
    assert config.routes == (
        Route(
            name="Scans 1.0_b-c",
            inbox="/srv/office/inbox",
            outbox="/elsewhere/out",
            error="/srv/office/error",
            archive="/srv/office/archive",
            to="pdf",
            source_format="tiff",
            accept=("*.tif",),
            ignore=("draft-*",),
            unaccepted="leave",
            settle=0.5,
            source="delete",
            mode="semi-async",
            params={"PageRange": "1-3", "Dpi": 300, "Scale": 0.5, "Gray": True},
        ),
    )


def test_a_route_asks_as_the_service_is_asked_unless_it_says_otherwise() -> None:
    other = ROUTE | {"name": "other", "path": "/srv/other", "mode": "semi-async"}
    assert [route.mode for route in read(ROUTE, other, service={"mode": "async"}).routes] == ["async", "semi-async"]


def test_the_language_of_the_daemon_holds_where_a_route_names_none() -> None:
    german, english = read(
        ROUTE, ROUTE | {"name": "b", "path": "/b", "language": "en"}, daemon={"language": "de"}
    ).routes
    assert (german.order_for("docx").language, english.order_for("docx").language) == ("de", "en")
    assert read(ROUTE).routes[0].language == "en"


def test_relative_paths_start_at_the_file_and_links_are_resolved_once() -> None:
    around = Surroundings(
        "/etc/wc", resolve=lambda path: path.replace("/etc/wc/../../share", "/x").replace("/link", "/real")
    )
    config = read(ROUTE | {"path": "../../share/./office"}, around=around, daemon={"journal": "link/j.db"})
    assert config.routes[0].inbox == "/share/office/inbox"
    assert config.daemon.journal == "/etc/wc/real/j.db"


@pytest.mark.parametrize(
    "url",
    [
        "https://eu-v2.convertapi.com",
        "https://v2.convertapi.com/",
        "http://localhost",
        "http://localhost:8080",
        "http://127.0.0.1:8080/",
        "http://127.1.2.3",
        "http://[::1]:80",
        "local",
    ],
)
def test_these_services_are_allowed(url: str) -> None:
    assert read(service={"url": url}).service.url == url.rstrip("/")


def test_the_built_in_server_has_a_name() -> None:
    assert read(service={"url": "local"}).service.is_local


@pytest.mark.parametrize(
    "url",
    [
        "http://v2.convertapi.com",
        "http://localhost.evil.example",
        "http://localhost.evil.example:80",
        "http://evil.example/localhost",
        "http://127.0.0.1.evil.example",
        "http://localhost@evil.example",
        "http://127.0.0.1:80@evil.example/",
        "http://[::1].evil.example",
        "http://localhost#.evil.example",
        "https://user:secret@v2.convertapi.com",
        "https://v2.convertapi.com?Secret=x",
        "https://v2.convertapi.com/\n",
        "https://v2 .convertapi.com",
        "https://v2.convertapi.com\\@evil.example",
        "https://",
        "ftp://localhost",
        "v2.convertapi.com",
        "//localhost",
        "",
    ],
)
def test_a_secret_would_not_be_safe_with_these(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(service={"url": url})
    assert [problem.key for problem in caught.value.problems] == ["[service] url"]
    assert "http only for this machine" in caught.value.problems[0].remedy


def test_an_order_holds_all_that_a_job_needs_of_its_route() -> None:
    route = read(ROUTE | {"params": {"Dpi": 300}, "source": "delete", "mode": "async"}).routes[0]
    order = route.order_for("docx")
    assert (order.inbox, order.outbox, order.error, order.archive) == route.folders
    assert (order.source, order.mode, order.by_ending) == ("delete", "async", True)
    assert [(step.source, step.target, step.params) for step in order.steps] == [("docx", "pdf", {"Dpi": 300})]


def test_a_format_that_the_route_fixes_wins_over_the_ending() -> None:
    order = read(ROUTE | {"from": "html"}).routes[0].order_for("txt")
    assert (order.steps[0].source, order.by_ending) == ("html", False)
