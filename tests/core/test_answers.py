"""Every row of the error table, and the cases that no row tells (docs/contract.md, "Errors")."""

import pytest

from watchconvert.core.answers import (
    RULES,
    Answer,
    Asked,
    Complaint,
    Failed,
    Fate,
    Held,
    Refused,
    Rule,
    Scope,
    Stale,
    Unavailable,
    Unclear,
    Unknown,
    judge,
    rule_for,
)

R, A, F, S, H, W = Refused, "account", Failed, Stale, "route", "wait"

CONTRACT: list[tuple[int, int | None, object, int]] = [
    (400, 4001, S, 1),
    (400, 4002, R, 0),
    (400, 4005, R, 0),
    (400, 4999, R, 0),
    (401, 4010, A, 0),
    (401, 4011, A, 0),
    (401, 4012, A, 0),
    (401, 4013, A, 0),
    (401, 4014, A, 0),
    (401, 4015, A, 0),
    (401, 4017, A, 0),
    (401, 4999, A, 0),
    (401, None, A, 0),
    (402, None, A, 0),
    (403, None, A, 0),
    (404, None, H, 0),
    (404, 4040, H, 0),
    (405, None, H, 0),
    (413, None, R, 0),
    (415, 4150, S, 1),
    (422, 4220, R, 0),
    (500, 5000, F, 1),
    (500, 5001, F, 1),
    (500, 5002, R, 0),
    (500, 5003, R, 0),
    (500, 5004, R, 0),
    (500, 5005, R, 0),
    (500, 5006, R, 0),
    (500, 5007, R, 0),
    (500, 5008, S, 2),
    (500, 5009, S, 2),
    (500, 50010, S, 1),
    (500, 50013, R, 0),
    (500, 50020, R, 0),
    (500, 50050, F, 2),
    (500, 5999, F, 2),
    (421, 1, W, 0),
    (425, 1, W, 0),
    (429, 1, W, 0),
    (501, 1, W, 0),
    (502, 1, W, 0),
    (503, 5030, W, 0),
    (599, 1, W, 0),
]
"""Status, code, what follows, and how often it may: section "Errors" of the contract by hand."""


def kind_of(answer: Answer) -> object:
    if isinstance(answer, Held):
        return answer.scope.value
    return W if isinstance(answer, Unavailable) else type(answer)


@pytest.mark.parametrize(("status", "code", "kind", "bound"), CONTRACT)
def test_the_contract_holds_row_by_row(status: int, code: int | None, kind: object, bound: int) -> None:
    complaint = Complaint(status, code, "its own words")
    answer = judge(complaint, Asked.SUBMIT)
    assert kind_of(answer) == kind
    assert rule_for(complaint).bound == bound
    if isinstance(answer, Failed | Stale):
        assert answer.bound == bound
    if not isinstance(answer, Unavailable):
        assert isinstance(answer, Held | Refused | Stale | Failed)
        assert (answer.verdict.status, answer.verdict.code) == (status, code or 0)
        assert answer.verdict.message == "its own words"


@pytest.mark.parametrize("rule", RULES)
def test_every_row_is_in_the_contract_and_is_found(rule: Rule) -> None:
    assert any(status == rule.status and rule.code in (None, code) for status, code, _, _ in CONTRACT)
    assert rule_for(Complaint(rule.status, rule.code if rule.code is not None else 1)) is rule


@pytest.mark.parametrize("rule", RULES)
def test_every_row_speaks_to_a_person_and_bounds_what_repeats(rule: Rule) -> None:
    assert rule.sentence.endswith((".", "again."))
    assert rule.sentence.isprintable()
    assert (rule.bound > 0) is (rule.fate in (Fate.REPEAT, Fate.REUPLOAD))


def test_an_empty_account_is_told_apart_from_a_wrong_one() -> None:
    empty, wrong = rule_for(Complaint(401, 4014)), rule_for(Complaint(401, 4013))
    assert "no conversions left" in empty.sentence
    assert "credentials" in wrong.sentence
    assert rule_for(Complaint(403)).sentence == empty.sentence


@pytest.mark.parametrize("names", [("File",), ("file",), ("Files[0]", "Files[1]"), ("Url",), ("File", "Files[2]")])
def test_parameters_that_name_the_file_alone_refuse_it(names: tuple[str, ...]) -> None:
    assert isinstance(judge(Complaint(400, 4000, invalid=names), Asked.SUBMIT), Refused)


@pytest.mark.parametrize("names", [(), ("PageRange",), ("File", "PageRange"), ("FileName",), ("StoreFile",)])
def test_any_other_wrong_parameter_holds_the_route_and_empties_no_inbox(names: tuple[str, ...]) -> None:
    answer = judge(Complaint(400, 4000, invalid=names), Asked.SUBMIT)
    assert isinstance(answer, Held)
    assert answer.scope is Scope.ROUTE
    assert "Nothing is wrong with the file" in answer.verdict.sentence


@pytest.mark.parametrize("asked", [Asked.POLL, Asked.FETCH])
@pytest.mark.parametrize("code", [None, 4040])
def test_a_404_means_gone_where_something_was_there(asked: Asked, code: int | None) -> None:
    assert judge(Complaint(404, code), asked) == Unknown()


@pytest.mark.parametrize("asked", [Asked.UPLOAD, Asked.SUBMIT])
def test_a_404_means_no_such_conversion_where_one_is_asked_for(asked: Asked) -> None:
    answer = judge(Complaint(404), asked)
    assert isinstance(answer, Held)
    assert answer.scope is Scope.ROUTE


@pytest.mark.parametrize("asked", list(Asked))
@pytest.mark.parametrize("status", [402, 403, 401])
def test_the_account_is_held_whatever_was_asked(asked: Asked, status: int) -> None:
    answer = judge(Complaint(status), asked)
    assert isinstance(answer, Held)
    assert answer.scope is Scope.ACCOUNT


@pytest.mark.parametrize("status", [400, 408, 415, 421, 422, 425, 500, 502, 503, 504, 520])
def test_a_page_of_a_proxy_is_no_verdict_on_a_file(status: int) -> None:
    reason = f"the service answered {status}"
    assert judge(Complaint(status), Asked.SUBMIT) == Unclear(reason)
    for asked in (Asked.UPLOAD, Asked.POLL, Asked.FETCH):
        assert judge(Complaint(status), asked) == Unavailable(reason, crowded=status == 503)


@pytest.mark.parametrize("asked", list(Asked))
def test_a_busy_service_that_says_so_has_not_taken_the_job(asked: Asked) -> None:
    answer = judge(Complaint(503, 5030, "overloaded", retry_after=7.0), asked)
    assert answer == Unavailable("the service answered 503: overloaded", 7.0, crowded=True)


@pytest.mark.parametrize("code", [None, 4290])
def test_too_many_requests_is_crowded_even_without_a_body(code: int | None) -> None:
    assert judge(Complaint(429, code, retry_after=30.0), Asked.SUBMIT) == Unavailable(
        "the service answered 429", 30.0, crowded=True
    )


def test_a_broken_gateway_is_not_called_crowded() -> None:
    assert judge(Complaint(502, 1), Asked.SUBMIT) == Unavailable("the service answered 502", crowded=False)


@pytest.mark.parametrize("status", [408, 504])
def test_a_time_out_leaves_it_open_whether_a_submit_was_accepted(status: int) -> None:
    assert isinstance(judge(Complaint(status, 1), Asked.SUBMIT), Unclear)
    assert isinstance(judge(Complaint(status, 1), Asked.POLL), Unavailable)


def test_a_jobid_that_the_service_knows_already_is_asked_about() -> None:
    """The conversion may be paid for, so it is no verdict on the file."""
    for code in (None, 4090):
        assert isinstance(judge(Complaint(409, code), Asked.SUBMIT), Unclear)
        assert isinstance(judge(Complaint(409, code), Asked.UPLOAD), Unavailable)


def test_what_is_gone_is_unknown_until_it_has_been_asked_about_again() -> None:
    assert judge(Complaint(410), Asked.FETCH) == judge(Complaint(410, 1), Asked.POLL) == Unknown()
