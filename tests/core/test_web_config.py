"""The [web] table: where the page may be shown, and what is refused because it would not be safe."""

from typing import Any

import pytest

from tests.core.test_config import read
from watchconvert.core.config import ConfigError
from watchconvert.core.settings import Web
from watchconvert.core.web import is_loopback, split_address


def wrong(**web: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(web=web)
    return [problem.key for problem in caught.value.problems]


def test_there_is_no_page_unless_one_is_asked_for() -> None:
    assert read().web == Web() == Web(listen="", token_file=None, hosts=(), user_header="")


def test_everything_may_be_said() -> None:
    web = {"listen": "0.0.0.0:80", "token_file": "token", "hosts": ["Files.Example.org", "[fe80::1]"]}
    told = read(web=web | {"user_header": "X-Remote-User"}).web
    assert told == Web("0.0.0.0:80", "/etc/watchconvert/token", ("files.example.org", "fe80::1"), "X-Remote-User")


@pytest.mark.parametrize(
    ("listen", "kept"),
    [
        ("127.0.0.1:8410", "127.0.0.1:8410"),
        ("127.1.2.3:1", "127.1.2.3:1"),
        ("localhost:8410", "localhost:8410"),
        ("[::1]:8410", "[::1]:8410"),
        ("unix:/run/watchconvert/web.sock", "unix:/run/watchconvert/web.sock"),
        ("unix:web.sock", "unix:/etc/watchconvert/web.sock"),
    ],
)
def test_on_this_machine_alone_no_token_is_needed(listen: str, kept: str) -> None:
    assert read(web={"listen": listen}).web.listen == kept


@pytest.mark.parametrize(
    "listen", ["0.0.0.0:8410", "[::]:8410", "192.168.1.2:8410", "files.example.org:80", "127.0.0.1.example.org:80"]
)
def test_where_others_reach_it_a_token_is_needed(listen: str) -> None:
    assert wrong(listen=listen) == ["[web] token_file"]
    assert wrong(listen=listen, user_header="X-Remote-User") == ["[web] token_file"], "a header is no proof from there"
    assert read(web={"listen": listen, "token_file": "/t"}).web.listen == listen


@pytest.mark.parametrize("listen", ["8410", ":8410", "127.0.0.1", "127.0.0.1:99999", "", 8410, "unix:"])
def test_an_address_that_is_none_is_refused(listen: Any) -> None:
    assert wrong(listen=listen) == ["[web] listen"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("hosts", "files.example.org"),
        ("hosts", ["files.example.org:80"]),
        ("hosts", ["*"]),
        ("hosts", [""]),
        ("user_header", "X Remote"),
        ("user_header", "X-Remote:"),
        ("token", "it must not stand here"),
    ],
)
def test_what_cannot_be_is_told(key: str, value: Any) -> None:
    assert wrong(**{key: value}) == [f"[web] {key}"]


def test_only_this_machine_is_this_machine() -> None:
    assert [host for host in ("localhost", "127.0.0.1", "127.255.0.9", "::1") if not is_loopback(host)] == []
    others = ("localhost.evil.example", "127.0.0.1.evil.example", "128.0.0.1", "::2", "", "evil.example", "1127.0.0.1")
    assert [host for host in others if is_loopback(host)] == []


def test_an_address_is_split_before_its_port() -> None:
    assert split_address("[::1]:8410") == ("::1", 8410)
    assert split_address("LocalHost:1") == ("localhost", 1)
