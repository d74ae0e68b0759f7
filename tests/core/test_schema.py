"""The JSON Schema takes what the reader takes, and refuses what it refuses, as far as a schema can say it."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.core.agreeing import ECMA, can_be_said, is_only_out_of_bounds, matches, read_config, validator
from watchconvert.core import units
from watchconvert.core.config import ConfigError, Problem
from watchconvert.core.keys import Key
from watchconvert.core.schema import make_schema
from watchconvert.core.sections import SECTIONS
from watchconvert.core.settings import Surroundings

ROUTE: dict[str, Any] = {"name": "office", "path": "/srv/office", "to": "pdf"}
KEYS = {f"{section.header} {key.name}": key for section in SECTIONS for key in section.keys}
TEXTS = {key.kind.schema["pattern"]: key for key in KEYS.values() if "pattern" in key.kind.schema}
few = settings(max_examples=20, deadline=None)
VALUES: list[Any] = [
    "", "x", "a b", "*.docx", "/x", "true", "1", "60s", "64MiB", "\0", 0, 1, -1, 256, 257, 2.5, True, False, [], [""], ["x"], ["/x", ""],
    ["failed"], ["failed", "x"], [1], [["x"]], {}, {"age": "1d"}, {"age": 1}, {"size": "1GB"}, {"x": "1d"}, {"x": 1.5}, {"x": {}},
    {"FILE": "x"}, {"Filed": "x"}, {"name": "x"}, "semi-async", "leave", "archive", "sources", "a source", "localhost", "daemon", "a:b", "0640", "pdf",
    "{name}.done", "a@example.org", ["a@example.org"], "https://example.org", "local", "127.0.0.1:80", "unix:/x",
]  # fmt: skip


def reads(key: Key[Any], value: Any) -> bool:
    try:
        key.kind.read(value)
    except (ValueError, TypeError, KeyError):
        return False
    return True


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(make_schema())


def test_every_key_is_explained_in_it() -> None:
    tables = make_schema()["properties"]
    for section in SECTIONS:
        table = tables[section.name]["items"] if section.many else tables[section.name]
        assert list(table["properties"]) == [key.name for key in section.keys]
        for key in section.keys:
            told = table["properties"][key.name]
            assert key.about in told["description"]
            assert told.get("default") == key.default
            assert "default" in told or "examples" in told


def test_editors_can_complete_every_table() -> None:
    """Taplo completes nothing where "allOf" and the like stand beside the keys of a table."""
    for table in make_schema()["properties"].values():
        keys = table.get("items", table)
        assert "properties" in keys
        assert not keys.keys() & {"allOf", "anyOf", "oneOf"}


@pytest.mark.parametrize("name", KEYS)
def test_defaults_and_examples_are_good_and_fields_have_the_default_as_a_value(name: str) -> None:
    key = KEYS[name]
    shown = [value for value in (key.default, key.example) if value is not None]
    assert shown, "nothing tells how it is written"
    for value in shown:
        assert reads(key, value)
        ECMA(key.kind.schema).validate(value)


@pytest.mark.parametrize("name", KEYS)
def test_reader_and_schema_are_of_one_mind_about_all_sorts_of_values(name: str) -> None:
    key, judge = KEYS[name], ECMA(KEYS[name].kind.schema)
    wrong = [
        value for value in VALUES if judge.is_valid(value) != reads(key, value) and not is_only_out_of_bounds(value)
    ]
    assert wrong == []


@pytest.mark.parametrize("pattern", TEXTS, ids=[key.field for key in TEXTS.values()])
def test_what_the_schema_takes_as_a_text_the_reader_takes(pattern: str) -> None:
    key = TEXTS[pattern]

    @few
    @given(st.from_regex(re.sub(r"\$$", r"\\Z", pattern)))
    def attempt(text: str) -> None:
        assert matches(pattern, text)
        assert reads(key, text) or is_only_out_of_bounds(text) or not text.isprintable()  # the reader knows all marks

    attempt()


@pytest.mark.parametrize("pattern", TEXTS, ids=[key.field for key in TEXTS.values()])
def test_what_the_reader_takes_as_a_text_the_schema_takes(pattern: str) -> None:
    key = TEXTS[pattern]
    start = str(key.shown)

    @few
    @given(st.integers(0, len(start)), st.text(st.sampled_from("aZ09 .:-_/@{}[]\n\0é٣"), max_size=3), st.integers(0, 3))
    def attempt(at: int, put: str, gone: int) -> None:
        text = start[:at] + put + start[at + gone :]
        assert reads(key, text) <= matches(pattern, text)

    attempt()


@few
@given(st.text(st.sampled_from("0123456789.smhdi KMGTBikb\t\n-"), max_size=12))
def test_durations_and_sizes_are_read_by_the_very_patterns(text: str) -> None:
    for pattern, parse in ((units.DURATION, units.parse_duration), (units.SIZE, units.parse_size)):
        assert reads(Key(KEYS["[daemon] min_free"].kind, ""), text) == bool(re.fullmatch(units.SIZE, text))
        try:
            parse(text)
        except ValueError:
            assert not re.fullmatch(pattern, text)
        else:
            assert re.fullmatch(pattern, text)


MAIL = {"name": "m", "kind": "mail", "smtp": "mail.example.org", "from": "a@example.org", "to": ["b@example.org"]}


@pytest.mark.parametrize(
    ("raw", "good"),
    [
        ({}, False),
        ({"route": []}, False),
        ({"route": [ROUTE]}, True),
        ({"route": [ROUTE], "services": {}}, False),
        ({"route": [{"name": "a", "to": "pdf", "inbox": "/a/i", "outbox": "/a/o", "error": "/a/e"}]}, False),
        ({"route": [{"name": "a", "to": "pdf"} | {name: f"/a/{name}" for name in ("inbox", "outbox", "error", "archive")}]}, True),
        ({"route": [ROUTE], "service": {"mode": "webhook"}}, False),
        ({"route": [ROUTE | {"mode": "webhook"}]}, False),
        ({"route": [ROUTE | {"mode": "webhook"}], "service": {"webhook_url": "https://a.example.org"}}, True),
        ({"route": [ROUTE], "web": {"listen": "0.0.0.0:80"}}, False),
        ({"route": [ROUTE], "web": {"listen": "LocalHost:80"}}, True),
        ({"route": [ROUTE], "web": {"listen": "127.0.0.1.example.org:80"}}, False),
        ({"route": [ROUTE], "web": {"listen": "0.0.0.0:80", "token_file": "t"}}, True),
        ({"route": [ROUTE], "notify": [MAIL | {"tls": "none"}]}, False),
        ({"route": [ROUTE], "notify": [MAIL | {"tls": "none", "smtp": "127.0.0.1:25"}]}, True),
        ({"route": [ROUTE], "notify": [MAIL | {"on": ["released"]}]}, False),
        ({"route": [ROUTE], "notify": [MAIL | {"on": ["released", "held"]}]}, True),
        ({"route": [ROUTE], "notify": [MAIL | {"user": "u"}]}, False),
        ({"route": [ROUTE], "notify": [MAIL | {"command": ["/bin/true"]}]}, False),
        ({"route": [ROUTE], "notify": [{"name": "c", "kind": "command"}]}, False),
        ({"route": [ROUTE], "notify": [{"name": "c", "kind": "command", "command": ["/bin/true"]}]}, True),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused_by_both(raw: dict[str, Any], good: bool) -> None:
    assert validator().is_valid(raw) == good
    if good:
        read_config(raw, Surroundings("/etc"))
    else:
        with pytest.raises(ConfigError):
            read_config(raw, Surroundings("/etc"))


def test_what_only_the_reader_finds_is_known() -> None:
    assert not can_be_said(Problem("[service] hold", "'21m' is not valid", ""))
    assert can_be_said(Problem("[service] hold", "'soon' is not valid", ""))
    assert can_be_said(Problem("[service] hold", "60 is not valid", ""))
    assert not can_be_said(Problem("[[route]] 'a' name", "two routes have this name", ""))
