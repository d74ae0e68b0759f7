"""Every kind of problem is told, all of them at once, each with its key and its remedy."""

from typing import Any

import pytest

from tests.core.agreeing import read_config
from watchconvert.core.config import ConfigError, Problem
from watchconvert.core.settings import Surroundings

ROUTE: dict[str, Any] = {"name": "office", "path": "/srv/office", "to": "pdf"}


def problems_of(raw: dict[str, Any]) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        read_config(raw, Surroundings("/etc"))
    assert str(caught.value) == "\n".join(map(str, caught.value.problems))
    return caught.value.problems


def with_route(**changes: Any) -> dict[str, Any]:
    return {"route": [ROUTE | changes]}


def keys_of(problems: list[Problem]) -> list[str]:
    return [problem.key for problem in problems]


VALUES: list[tuple[str, str, Any]] = [
    *(("service", "url", value) for value in (7, "http://example.com")),
    *(("service", "secret_file", value) for value in ("", 7, "a\0b")),
    *(("service", "dialect", value) for value in ("new", 1, ["old"])),
    *(("service", "mode", value) for value in ("sync", True)),
    *(("service", "hold", value) for value in ("0s", "21m", "soon", 60)),
    *(("service", "timeout", value) for value in ("9s", "21m", "", None)),
    *(("service", "doubt", value) for value in ("500ms", "11m", [])),
    *(("daemon", "journal", value) for value in ("", 7)),
    *(("daemon", "workers", value) for value in (0, 257, True, "8", 2.5)),
    *(("daemon", "rescan", value) for value in ("0s", "2d", 60)),
    *(("service", "auth", value) for value in ("body", 1)),
    *(("service", "webhook_listen", value) for value in ("8788", ":1", "a:b", "a:99999")),
    *(("daemon", "poll", value) for value in ("100ms", "2h", 5)),
    *(("daemon", "min_free", value) for value in (64, "lots", "-1MB", "9" * 400 + "TB")),
]

ROUTE_VALUES: list[tuple[str, Any]] = [
    *(("name", value) for value in ("", "-x", "a/b", "x" * 65, "a\nb")),
    *(("path", value) for value in ("", 7)),
    *(("inbox", value) for value in ("", "a\0b")),
    *(("to", value) for value in ("", "p/f", "../x", 7)),
    *(("from", value) for value in ("", "a b", 7)),
    *(("accept", value) for value in ("*.docx", [7], [""], {"a": 1})),
    *(("ignore", value) for value in ("x", [None])),
    *(("unaccepted", value) for value in ("delete", 0)),
    *(("settle", value) for value in ("61m", 1, "-1s")),
    *(("incomplete_after", value) for value in ("0s", "2d", 7)),
    *(("done", value) for value in ("done", "{name}", "x/{name}", "", 7)),
    *(("on_conflict", value) for value in ("overwrite", True)),
    *(("owner", value) for value in ("root", "a:b:c", ":", "a b:c", 7)),
    *(("file_mode", value) for value in ("0999", "7", "o640", "04755", 420)),
    *(
        (f"{key}_keep", value)
        for key in ("archive", "error", "outbox")
        for value in ("", "59m", "10GB", 90, {}, {"age": "1m"}, {"size": "90d"}, {"age": "1d", "count": 3}, ["1d"])
    ),
    *((key, value) for key in ("recursive", "remove_empty", "keep_times") for value in ("yes", 1)),
    *(("source", value) for value in ("keep", True)),
    *(("mode", value) for value in ("sync", 1)),
    *(("language", value) for value in ("German", "", 1)),
    *(("params", value) for value in ("x", {"A": [1]}, {"A": {}}, {"StoreFile": True}, {"file": "x"}, {"JOBID": "1"})),
    *(("params", {name: "x"}) for name in ("Files", "Url", "Async", "WebHook", "Timeout", "Secret", "Token")),
]


@pytest.mark.parametrize(("table", "key", "value"), VALUES)
def test_a_wrong_value_is_told_with_its_key_and_a_remedy(table: str, key: str, value: Any) -> None:
    (problem,) = problems_of({"route": [ROUTE], table: {key: value}})
    assert (problem.key, problem.wrong) == (f"[{table}] {key}", f"{value!r} is not valid")
    assert problem.remedy.endswith(".")


@pytest.mark.parametrize(("key", "value"), ROUTE_VALUES)
def test_a_wrong_value_of_a_route_is_told_with_the_routes_name(key: str, value: Any) -> None:
    (problem,) = problems_of(with_route(**{key: value}))
    where = value if key == "name" else "office"
    assert (problem.key, problem.wrong) == (f"[[route]] {where!r} {key}", f"{value!r} is not valid")
    assert problem.remedy.endswith(".")


def test_a_route_without_a_usable_name_is_told_by_its_number() -> None:
    nameless = {key: value for key, value in ROUTE.items() if key != "name"} | {"path": "/srv/b"}
    problems = problems_of({"route": [ROUTE, nameless, ROUTE | {"name": 7, "path": "/srv/c"}]})
    assert [(problem.key, problem.wrong) for problem in problems] == [
        ("[[route]] 2 name", "is missing"),
        ("[[route]] 3 name", "7 is not valid"),
    ]


def test_what_must_be_there_is_missed() -> None:
    problems = problems_of({"route": [{}]})
    assert {(problem.key.rpartition(" ")[2], problem.wrong) for problem in problems} == {
        (key, "is missing") for key in ("name", "to", "inbox", "outbox", "error", "archive")
    }
    assert len(problems) == 6


def test_folders_may_be_named_one_by_one_but_none_left_out() -> None:
    route = {"name": "a", "to": "pdf", "inbox": "/a/i", "outbox": "/a/o", "error": "/a/e"}
    (problem,) = problems_of({"route": [route]})
    assert (problem.key, problem.wrong) == ("[[route]] 'a' archive", "is missing")
    assert "archive =" in problem.remedy


@pytest.mark.parametrize("raw", [{}, {"route": []}])
def test_without_a_route_nothing_would_be_watched(raw: dict[str, Any]) -> None:
    (problem,) = problems_of(raw)
    assert problem.wrong == "there is no route, so nothing would be watched"


@pytest.mark.parametrize("value", [{"name": "x"}, 7, ["office"]])
def test_a_route_that_is_no_table_is_told(value: Any) -> None:
    assert set(keys_of(problems_of({"route": value}))) == {"top level: route"}


@pytest.mark.parametrize("table", ["service", "daemon"])
def test_a_table_must_be_one(table: str) -> None:
    (problem,) = problems_of({"route": [ROUTE], table: "x"})
    assert (problem.key, problem.remedy) == (f"top level: {table}", f"Write it as a table: [{table}].")


@pytest.mark.parametrize(
    ("raw", "key", "remedy"),
    [
        ({"route": [ROUTE], "servise": {}}, "top level: servise", "Did you mean 'service'?"),
        ({"route": [ROUTE], "service": {"secretfile": "x"}}, "[service] secretfile", "Did you mean 'secret_file'?"),
        ({"route": [ROUTE], "daemon": {"rescann": "1s"}}, "[daemon] rescann", "Did you mean 'rescan'?"),
        (with_route(outbix="/x"), "[[route]] 'office' outbix", "Did you mean 'outbox'?"),
        (
            {"route": [ROUTE], "daemon": {"zzz": 1}},
            "[daemon] zzz",
            "Known here: journal, keep_history, language, min_free, poll, rescan, workers.",
        ),
    ],
)
def test_an_unknown_key_is_told_with_what_it_may_mean(raw: dict[str, Any], key: str, remedy: str) -> None:
    assert problems_of(raw) == [Problem(key, "is not a known key", remedy)]


def test_an_unknown_keys_value_is_not_repeated_for_it_may_be_a_secret() -> None:
    (problem,) = problems_of({"route": [ROUTE], "service": {"secret": "hunter2"}})
    assert "hunter2" not in str(problem)


def test_two_routes_of_one_name_are_told_once() -> None:
    routes = [ROUTE | {"path": f"/srv/{letter}"} for letter in "abc"]
    (problem,) = problems_of({"route": routes})
    assert (problem.key, problem.wrong) == ("[[route]] 'office' name", "two routes have this name")


def test_all_problems_are_told_at_once_and_in_order() -> None:
    raw = {
        "servis": {},
        "service": {"url": "ftp://x", "hold": 5, "oops": 1},
        "daemon": {"workers": 0},
        "route": [ROUTE | {"to": "", "nme": "x"}, ROUTE | {"error": "/srv/office/inbox/error"}],
    }
    assert keys_of(problems_of(raw)) == [
        "[service] url",
        "[service] hold",
        "[service] oops",
        "[daemon] workers",
        "[[route]] 'office' to",
        "[[route]] 'office' nme",
        "top level: servis",
        "[[route]] 'office' name",
        "[[route]] 'office' error",
        "[[route]] 'office' inbox",
        "[[route]] 'office' error",
    ]
