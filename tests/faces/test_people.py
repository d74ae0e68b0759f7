"""Names of people, asked of a system that may know nothing or never answer."""

import os
import pwd
import time
from typing import Any

import pytest

from watchconvert.faces import people
from watchconvert.faces.people import names_of, owner_of

ME = pwd.getpwuid(os.getuid())


def hang(_: Any) -> Any:
    time.sleep(60)  # as a directory service that is away; in the child alone


def test_people_are_told_by_name_and_by_number_where_they_have_none() -> None:
    assert names_of([ME.pw_uid, 4_000_000_123, -1]) == {
        ME.pw_uid: ME.pw_name,
        4_000_000_123: "4000000123",
        -1: "unknown",
    }
    assert names_of([]) == {}


def test_a_name_service_that_hangs_keeps_nobody_from_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "_PATIENCE", 0.3)
    monkeypatch.setattr(pwd, "getpwuid", hang)
    monkeypatch.setattr(pwd, "getpwnam", hang)
    assert names_of([1000]) == {1000: "1000"}
    assert owner_of("1000") == 1000
    with pytest.raises(ValueError, match="give the number"):
        owner_of("anna")


@pytest.mark.parametrize("fault", [OSError(5, "Input/output error"), KeyError("no such"), RuntimeError("odd")])
def test_a_name_service_that_fails_is_answered_by_numbers(monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    def fail(_: Any) -> Any:
        raise fault

    monkeypatch.setattr(pwd, "getpwuid", fail)
    assert names_of([7]) == {7: "7"}


def test_a_person_is_given_by_name_or_number() -> None:
    assert owner_of(ME.pw_name) == ME.pw_uid
    assert owner_of("4000000123") == 4_000_000_123
    assert owner_of("unknown") == -1
    for wrong in ("no-such-person", "", "-5", "a\0b", "²"):
        with pytest.raises(ValueError, match="knows no user"):
            owner_of(wrong)
