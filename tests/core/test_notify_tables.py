"""[[notify]]: good tables become values, and all that is wrong is told at once, without what may be secret."""

from typing import Any

import pytest

from tests.core.agreeing import read_config
from watchconvert.core.config import ConfigError, Problem
from watchconvert.core.settings import Notify, Surroundings

ROUTE = {"name": "office", "path": "/srv/office", "to": "pdf"}
MAIL = {"name": "m", "kind": "mail", "smtp": "mail.example.org", "from": "a@example.org", "to": ["b@example.org"]}
HOOK = {"name": "h", "kind": "webhook", "url": "https://example.org/x", "secret_file": "hook"}
COMMAND = {"name": "c", "kind": "command", "command": ["/bin/true"]}
KINDS = {"mail": MAIL, "webhook": HOOK, "command": COMMAND}


def read(*notify: dict[str, Any]) -> tuple[Notify, ...]:
    return read_config({"route": [ROUTE], "notify": list(notify)}, Surroundings("/etc/watchconvert")).notify


def problems_of(*notify: dict[str, Any]) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        read(*notify)
    return caught.value.problems


def test_none_is_needed() -> None:
    assert read_config({"route": [ROUTE]}, Surroundings("/etc")).notify == ()


def test_little_is_enough() -> None:
    usual = ("failed", "held", "released", "low_balance", "budget")
    assert read(MAIL, HOOK, COMMAND) == (
        Notify("m", "mail", usual, (), 900.0, "mail.example.org", 587, "starttls", sender="a@example.org", to=("b@example.org",)),
        Notify("h", "webhook", usual, url="https://example.org/x", secret_file="/etc/watchconvert/hook"),
        Notify("c", "command", usual, command=("/bin/true",)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("smtp", "tls", "host", "port"),
    [
        ("mail.example.org", "starttls", "mail.example.org", 587),
        ("mail.example.org", "tls", "mail.example.org", 465),
        ("localhost", "none", "localhost", 25),
        ("127.0.0.1:2525", "none", "127.0.0.1", 2525),
        ("[::1]:2525", "none", "[::1]", 2525),
        ("[::1]", "none", "[::1]", 25),
        ("10.0.0.1:26", "tls", "10.0.0.1", 26),
    ],
)
def test_a_mail_server_has_the_usual_port_of_its_way(smtp: str, tls: str, host: str, port: int) -> None:
    (notify,) = read(MAIL | {"smtp": smtp, "tls": tls})
    assert (notify.host, notify.port) == (host, port)


BAD: list[tuple[str, str, Any]] = [
    *(("mail", "name", value) for value in ("", "-x", "a/b", "a\nb", 7)),
    *(("mail", "on", value) for value in ([], ["failure"], "failed", [7])),
    *(("mail", "interval", value) for value in ("0s", "8d", 60)),
    *(("mail", "routes", value) for value in ("office", [7])),
    *(("mail", "smtp", value) for value in ("", "a b", "a:99999", "a:0", "user@a", "a\r\nb", "https://a", 7)),
    *(("mail", "tls", value) for value in ("ssl", True)),
    *(("mail", "from", value) for value in ("a", "a@b\r\nBcc: c@d", "A <a@b>", "a@b,c@d", "a@@b", "", 7)),
    *(("mail", "to", value) for value in ("a@b", [], ["a@b", "c"], ["a@b\nBcc: c@d"], [7])),
    *(("webhook", "secret_file", value) for value in ("", 7)),
    *(("command", "command", value) for value in ("/bin/true", [], ["true"], ["/bin/true", 7], ["/bin/t\0"])),
    *(("command", "time_limit", value) for value in ("500ms", "11m", 5)),
]


@pytest.mark.parametrize(("kind", "key", "value"), BAD)
def test_a_wrong_value_is_told_with_its_key_and_a_remedy(kind: str, key: str, value: Any) -> None:
    (problem,) = problems_of(KINDS[kind] | {key: value})
    assert problem.key.endswith(f" {key}")
    assert problem.wrong == f"{value!r} is not valid"
    assert problem.remedy.endswith(".")


@pytest.mark.parametrize(
    "url",
    ["http://example.org/token", "ftp://a/token", "https://", "https://user:token@a/", "https://a/ token", "token", "", 7,
     "https://a/x#token", "https://a\\@b/token", "http://127.0.0.1.example.org/token"],
)  # fmt: skip
def test_a_wrong_address_is_told_without_itself_for_it_may_hold_a_token(url: Any) -> None:
    (problem,) = problems_of(HOOK | {"url": url})
    assert problem.key == "[[notify]] 'h' url"
    assert "token" not in str(problem)


@pytest.mark.parametrize(
    "url", ["https://a.b/x?y=z&w=%20", "http://127.0.0.1:80/", "http://localhost/x", "https://[::1]:8/"]
)
def test_good_addresses(url: str) -> None:
    assert read(HOOK | {"url": url})[0].url == url


@pytest.mark.parametrize(
    ("table", "key", "wrong"),
    [
        (MAIL | {"routes": ["ofice"]}, "[[notify]] 'm' routes", "there is no route 'ofice'"),
        (MAIL | {"on": ["released"]}, "[[notify]] 'm' on", '"released" alone tells nothing'),
        (MAIL | {"tls": "none"}, "[[notify]] 'm' tls", '"none" would send it for everybody to read'),
        (MAIL | {"user": "u"}, "[[notify]] 'm' password_file", "is missing"),
        (MAIL | {"password_file": "p"}, "[[notify]] 'm' user", "is missing"),
        (MAIL | {"url": "https://a"}, "[[notify]] 'm' url", "is not a known key"),
        (MAIL | {"user": "u\r\nx", "password_file": "p"}, "[[notify]] 'm' user", "'u\\r\\nx' is not valid"),
    ],
)
def test_what_does_not_go_together_is_told(table: dict[str, Any], key: str, wrong: str) -> None:
    problem = problems_of(table)[0]
    assert (problem.key, problem.wrong) == (key, wrong)


def test_two_of_one_name_are_told() -> None:
    (problem,) = problems_of(MAIL, HOOK | {"name": "m"})
    assert problem == Problem("[[notify]] 'm' name", "two notifiers have this name", "Give each a name of its own.")


def test_what_must_be_there_is_missed() -> None:
    keys = {
        (problem.key, problem.wrong) for problem in problems_of({}, *({"kind": kind, "name": kind} for kind in KINDS))
    }
    assert keys == {
        *((f"[[notify]] {key}", "is missing") for key in ("1 name", "1 kind")),
        *((f"[[notify]] 'mail' {key}", "is missing") for key in ("smtp", "from", "to")),
        *((f"[[notify]] 'webhook' {key}", "is missing") for key in ("url", "secret_file")),
        ("[[notify]] 'command' command", "is missing"),
    }


@pytest.mark.parametrize("value", [{"name": "x"}, 7, ["m"]])
def test_it_must_be_tables(value: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        read_config({"route": [ROUTE], "notify": value}, Surroundings("/etc"))
    assert caught.value.problems[0].key == "top level: notify"


@pytest.mark.parametrize("value", [-1, True, "200", 1.5])
def test_a_low_balance_is_a_number(value: Any) -> None:
    with pytest.raises(ConfigError, match="low_balance"):
        read_config({"route": [ROUTE], "service": {"low_balance": value}}, Surroundings("/etc"))
