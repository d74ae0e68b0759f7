"""The log in each of its forms: which one is chosen, and that nothing harmful goes out in any."""

import io
import json
import logging
import os
import re
import socket
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tests.core.test_safe import ID, UUID, anything, hexes, longest_id, secrets
from tests.core.test_shown_names import is_harmless
from watchconvert.adapters import journald
from watchconvert.core.safe import spellings
from watchconvert.faces import log as log_face
from watchconvert.faces.log import hide, make_log

SECRET = "canary+Secret/of=the~account"
FIELD = re.compile(r"[A-Z][A-Z0-9_]{0,63}")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_face, "_HIDDEN", [])


@contextmanager
def journal_stream(*, library: Callable[..., None] | None = None) -> Iterator[tuple[Any, socket.socket]]:
    """Yield a log whose stream is named by $JOURNAL_STREAM, and the other end of that stream."""
    package = types.ModuleType("systemd")
    if library:
        package.journal = types.SimpleNamespace(sendv=library)  # type: ignore[attr-defined]
    ours, theirs = socket.socketpair()
    with pytest.MonkeyPatch.context() as patch, ours, theirs, ours.makefile("w") as stream:
        found = os.fstat(ours.fileno())
        patch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino}")
        patch.setitem(sys.modules, "systemd", package if library else None)
        patch.setattr(journald.Journald, "_has_room", lambda _self: True)
        patch.setattr(journald, "_make_impatient", lambda: None)
        theirs.settimeout(10)
        yield make_log(stream), theirs


def as_people(word: str, fields: dict[str, Any]) -> str:
    stream = Terminal()
    make_log(stream).info(word, **fields)
    return stream.getvalue()


def as_json(word: str, fields: dict[str, Any]) -> str:
    stream = io.StringIO()
    make_log(stream).info(word, **fields)
    return stream.getvalue()


def as_line(word: str, fields: dict[str, Any]) -> str:
    with journal_stream() as (log, other):
        log.info(word, **fields)
        return other.recv(200_000).decode()


def as_fields(word: str, fields: dict[str, Any]) -> dict[str, str]:
    sent: list[tuple[str, ...]] = []
    with journal_stream(library=lambda *lines: sent.append(lines)) as (log, _):
        log.info(word, **fields)
    (entry,) = sent
    return dict(line.split("=", 1) for line in entry)


VALUES = st.one_of(
    anything,
    st.builds("{}{}{}".format, anything, hexes, anything),
    st.binary(max_size=60),
    st.integers(),
    st.floats(),
    st.lists(anything, max_size=3),
    st.sampled_from([ID, UUID, None, True, "\n<0>forged", "\x1b[2J", "a\u2028b\u202ec"]),
)
KEYS = st.sampled_from(["file", "route", "why", "job", "folder", "problems", "outputs", "n", "message", "priority"])


@settings(max_examples=120, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=6), secrets, anything)
@example({"file": "\n" + "f" * 30, "why": SECRET, "job": ID}, SECRET, "\x1b]0;x\x07")
def test_whatever_is_told_no_form_lets_it_out_raw(fields: dict[str, Any], secret: str, text: str) -> None:
    calm = dict.fromkeys(fields, "x") | {"quoted": "[secret]", "exc_info": ValueError("x")}
    ours = as_people("bug", calm) + as_json("bug", calm) + as_line("bug", calm)
    assume(not any(each in ours for each in spellings(secret)))  # a secret that is a word of our own
    hide(secret)
    fields = {**fields, "quoted": f"{text}{secret}{text}", "exc_info": ValueError(f"{text}{secret}{ID}{text}")}
    people, plain = as_people("bug", fields), as_people("bug", calm)
    assert people.count("\x1b") == plain.count("\x1b")
    as_object = as_json("bug", fields)
    assert as_object.isascii()
    assert is_harmless(as_object.removesuffix("\n"))
    inside = json.loads(as_object)
    lines = [re.sub(r"\x1b\[\d+m", "", people), *map(log_face._flat, inside.values()), as_line("bug", fields)]
    entry = as_fields("bug", fields)
    assert entry.pop("MESSAGE_ID") == "d66de0cc32f6cb47a677f79cb81f9b92"
    for told in [*(line.removesuffix("\n") for line in lines), *entry.values()]:
        assert is_harmless(told)
        assert longest_id(told) < 32
        assert not [each for each in spellings(secret) if each in told]
    assert [name for name in entry if not FIELD.fullmatch(name)] == []
    assert entry["EVENT"] == inside["event"] == "bug"


def test_an_entry_of_the_journal_has_what_administrators_ask_for() -> None:
    hide(SECRET)
    why = f"It is protected. {SECRET} {UUID}"
    entry = as_fields(
        "set_aside", {"job": ID, "route": "to-pdf", "file": "a\n.docx", "why": why, "tries": 3, "gone": None}
    )
    assert entry == {
        "MESSAGE": "The file lies in the error folder with its explanation: a\\x0a.docx (route to-pdf): "
        "It is protected. [secret] 01234567…",
        "MESSAGE_ID": "0901ea1cce5c6dcb7891a5b1264fcf81",
        "PRIORITY": "6",
        "EVENT": "set_aside",
        "JOB": "01234567",
        "ROUTE": "to-pdf",
        "FILE": "a\\x0a.docx",
        "WHY": "It is protected. [secret] 01234567…",
        "TRIES": "3",
        "SYSLOG_IDENTIFIER": "watchconvert",
    }


@pytest.mark.parametrize(("method", "priority"), [("info", 6), ("warning", 4), ("error", 3)])
def test_levels_become_priorities(method: str, priority: int) -> None:
    sent: list[tuple[str, ...]] = []
    with journal_stream(library=lambda *lines: sent.append(lines)) as (log, _):
        getattr(log, method)("started")
        log.debug("minted")
    assert [[line for line in each if line.startswith("PRIORITY")] for each in sent] == [[f"PRIORITY={priority}"]]
    with journal_stream() as (log, other):
        getattr(log, method)("offline", route="to-pdf", inbox="/srv/in", why="gone")
        assert other.recv(1000).decode() == (
            f"<{priority}>offline: The inbox cannot be read: /srv/in (route to-pdf): gone inbox=/srv/in\n"
        )


def test_fields_of_the_journals_own_cannot_be_forged() -> None:
    entry = as_fields("started", {"message_id": "x", "_pid": "1", "9": "y", "ä-b": "z", "syslog_identifier": "sshd"})
    assert (entry["MESSAGE_ID"], entry["SYSLOG_IDENTIFIER"]) == ("0542337ff001bec539635a00bdfe60e7", "watchconvert")
    assert entry["OTHER_MESSAGE_ID"], entry["OTHER_SYSLOG_IDENTIFIER"] == ("x", "sshd")
    assert (entry["PID"], entry["FIELD"], entry["B"]) == ("1", "y", "z")


def test_a_stream_that_the_variable_does_not_name_gets_json(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = socket.socketpair()
    monkeypatch.setenv("JOURNAL_STREAM", "8:1")
    with ours, theirs, ours.makefile("w") as stream:
        make_log(stream).warning("delayed", why="so")
        assert json.loads(theirs.recv(1000)) | {"timestamp": ""} == {
            "event": "delayed", "why": "so", "level": "warning", "timestamp": "",
        }  # fmt: skip


def test_a_journal_that_is_gone_gets_lines() -> None:
    def refuse(*_lines: str) -> None:
        raise ConnectionRefusedError

    with journal_stream(library=refuse) as (log, other):
        log.info("started")
        assert other.recv(1000) == b"<6>started: watchconvert runs\n"


def test_a_traceback_is_one_line_that_ends_with_the_fault() -> None:
    def fail() -> None:
        raise ValueError("bad\nnews")

    try:
        fail()
    except ValueError as fault:
        told = json.loads(as_json("bug", {"exc_info": fault}))["traceback"]
        assert told == json.loads(as_json("bug", {"exc_info": True}))["traceback"]
    assert told.startswith("Traceback (most recent call last): | File ")
    assert told.endswith('raise ValueError("bad\\nnews") | ValueError: bad | news')


RUN = """
import gc, logging, sys, threading, warnings
from watchconvert.faces.log import daemon_log, hide
log = daemon_log()
hide("canary-secret")
log.info("started")
logging.getLogger("urllib3").warning("no\\n%s", "canary-secret")
logging.getLogger("urllib3").info("nothing")
warnings.warn("old canary-secret")
class Bad:
    def __del__(self): raise ValueError("canary-secret")
Bad(); gc.collect()
thread = threading.Thread(target=lambda: 1 / 0, name="loop canary-secret"); thread.start(); thread.join()
raise KeyError("canary-secret")
"""


def test_what_libraries_and_dying_threads_say_goes_the_same_way() -> None:
    done = subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    events = [json.loads(line) for line in done.stderr.splitlines()]
    assert [event["event"] for event in events] == ["started", "library", "library", "bug", "bug", "broken"]
    assert events[1]["why"] == "no\\x0a[secret]"
    assert "[secret]" in events[2]["why"]
    assert events[4]["loop"] == "loop [secret]"
    assert "ZeroDivisionError" in events[4]["traceback"]
    assert "canary" not in done.stderr


def test_the_logging_of_the_test_itself_is_left_alone() -> None:
    assert not [each for each in logging.getLogger().handlers if isinstance(each, log_face._Library)]


@pytest.mark.parametrize(
    ("fault", "told"), [(OSError(5, "Input/output error"), ("warning", "library")), (ValueError("x"), ("error", "bug"))]
)
def test_a_thread_of_a_library_that_dies_of_the_machine_is_no_bug(fault: Exception, told: tuple[str, str]) -> None:
    calls = []
    log = types.SimpleNamespace(**{
        level: lambda word, level=level, **_: calls.append((level, word)) for level in ("warning", "error")
    })  # fmt: skip
    log_face._tell_death(log, "Thread-5", fault)
    assert calls == [told]
