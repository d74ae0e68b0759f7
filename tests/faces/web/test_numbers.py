"""The figures are valid, say what is so, and are the ones that are documented."""

import math
import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.faces.web.office import Office
from tests.faces.web.test_page import hold
from watchconvert.core.account import Account
from watchconvert.core.answers import Scope, Unclear
from watchconvert.core.budget import Budget

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs/operating.md").read_text("utf-8").partition("### The figures")[2].partition("\n## ")[0]
RULES = (ROOT / "contrib/prometheus/watchconvert.rules.yml").read_text("utf-8")


def figures(office: Office, client: object = None) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answer = (client or office.client()).get("/metrics")  # type: ignore[attr-defined]
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=")
    text = answer.get_data(as_text=True)
    return {
        (sample.name.removeprefix("watchconvert_"), tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(name: str, /, **labels: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    return name, tuple(sorted(labels.items()))


def test_a_daemon_that_is_down_is_a_figure_and_no_error(office: Office) -> None:
    told = figures(office)
    assert (told[of("up")], told[of("healthy")], told[of("journal_readable")]) == (0, 0, 0)
    office.begin()
    office.world.stop()
    office.world.clock.pass_by(2)
    told = figures(office)
    assert (told[of("up")], told[of("healthy")], told[of("journal_readable")]) == (0, 0, 1)


def test_the_daemon_is_told_with_its_loops(office: Office) -> None:
    office.begin()
    office.tell(beats={"poller": 123.5, "dispatcher": 99.0}, stuck=["dispatcher"], refused=["one", "two"])
    told = figures(office)
    assert (told[of("up")], told[of("healthy")], told[of("config_refused")]) == (1, 0, 2)
    assert told[of("loop_beat_timestamp_seconds", loop="poller")] == 123.5
    assert (told[of("loop_stuck", loop="poller")], told[of("loop_stuck", loop="dispatcher")]) == (0, 1)


def test_files_are_told_by_route_and_state(office: Office) -> None:
    office.begin()
    office.begin_converting()
    office.world.clock.pass_by(50)
    now = office.world.clock.now()
    office.tell(
        lanes=[office.lane(waiting=2, files=[["a", "open", now - 9], ["b", "empty", now - 70]], offline="gone")]
    )
    told, route = figures(office), {"route": "to-pdf"}
    assert told[of("jobs", state="converting", **route)] == 1
    assert sum(value for (name, _), value in told.items() if name == "jobs") == 1
    assert told[of("oldest_job_seconds", **route)] == pytest.approx(53, abs=2)
    assert told[of("inbox_files", **route)] == 2
    assert told[of("inbox_oldest_seconds", **route)] == pytest.approx(70)
    assert told[of("route_offline", **route)] == 1


def test_what_comes_to_rest_is_counted_from_the_first_look_on(office: Office) -> None:
    office.begin()
    office.convert("before.docx")
    client = office.client()
    route = {"route": "to-pdf"}
    assert figures(office, client)[of("files_ended_total", end="done", **route)] == 0
    office.convert("one.docx", "two.docx")
    office.fail()
    office.world.clock.pass_by(2)
    told = figures(office, client)
    assert told[of("files_noticed_total", **route)] == 3
    assert told[of("files_ended_total", end="done", **route)] == 2
    assert told[of("files_ended_total", end="failed", **route)] == 1
    assert told[of("cost_total", **route)] == 2
    assert told[of("file_duration_seconds_count", **route)] == 2
    assert told[of("file_duration_seconds_bucket", le="+Inf", **route)] == 2
    assert 0 <= told[of("file_duration_seconds_sum", **route)] < 60
    classes = [(float(dict(labels)["le"]), value) for (name, labels), value in told.items() if name.endswith("_bucket")]
    assert [value for _, value in sorted(classes)] == sorted(value for _, value in classes), (
        "each holds the shorter ones"
    )
    office.world.clock.pass_by(2)
    again = figures(office, client)
    assert {key for key in told if told[key] != again[key]} == set(), "nothing is counted twice"


def test_holds_are_told_with_their_age(office: Office) -> None:
    office.begin()
    assert figures(office)[of("holds")] == 0
    hold(office, Scope.ROUTE, "to-pdf", "Bad settings.")
    told = figures(office)
    assert told[of("holds")] == 1
    assert told[of("hold_seconds", scope="route", name="to-pdf")] == 120


def test_troubled_files_and_doubtful_bills_are_told(office: Office) -> None:
    office.begin()
    office.world.service.answers["submit"] = [Unclear("the connection broke")]
    office.convert("letter.docx")
    told = figures(office)
    assert told[of("possible_double_charges")] == 1
    assert told[of("troubled_jobs", route="to-pdf")] == 0


def test_budgets_are_told_with_what_is_used_of_them(office: Office) -> None:
    office.begin()
    assert not [name for name, _ in figures(office) if name.startswith("budget")]
    office.world.change_route(budget=Budget(month=7))
    office.budget = Budget(day=5, month=9)
    office.convert("one.docx", "two.docx")
    told = {key: value for key, value in figures(office).items() if key[0].startswith("budget")}
    assert told == {
        of("budget_limit", route="", period="day"): 5,
        of("budget_used", route="", period="day"): 2,
        of("budget_limit", route="", period="month"): 9,
        of("budget_used", route="", period="month"): 2,
        of("budget_limit", route="to-pdf", period="month"): 7,
        of("budget_used", route="to-pdf", period="month"): 2,
    }


def test_a_route_name_cannot_break_the_format(office: Office) -> None:
    name = 'a "b" \\ c\nd'
    office.begin()
    office.tell(lanes=[office.lane(route=name, waiting=1)])
    assert figures(office)[of("inbox_files", route=name)] == 1


def test_two_pages_in_one_process_do_not_meet(office: Office) -> None:
    office.begin()
    first, second = office.client(), office.client()
    assert figures(office, first).keys() == figures(office, second).keys()


def families(office: Office) -> set[str]:
    office.begin()
    office.tell(lanes=[office.lane()], beats={"poller": 1.0})
    hold(office, Scope.ACCOUNT, "", "Empty.")
    account(office)
    text = office.client().get("/metrics").get_data(as_text=True)
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)", text, re.MULTILINE))
    assert all(re.search(rf"^# HELP {name} \S", text, re.MULTILINE) for name in types)
    return set(types)


def account(office: Office) -> None:
    assert office.world.journal is not None
    office.world.journal.note_account(Account(total=100, consumed=7, seconds_left=9), office.world.clock.now())


def test_every_figure_is_documented_and_no_other(office: Office) -> None:
    documented = set(re.findall(r"`(watchconvert_\w+)`", GUIDE))
    assert documented == families(office)


def test_the_sample_of_alerts_asks_for_figures_that_there_are(office: Office) -> None:
    asked = set(re.findall(r"\bwatchconvert_\w+", RULES))
    assert len(asked) >= 7
    assert asked <= families(office)


def test_the_account_is_told_where_the_service_tells_it(office: Office) -> None:
    office.begin()
    assert of("account_conversions_bought") not in figures(office)
    account(office)
    office.world.clock.pass_by(2)
    told = figures(office)
    assert [told[of(f"account_{what}")] for what in ("conversions_bought", "conversions_used", "seconds_left")] == [
        100,
        7,
        9,
    ]
    assert not any(math.isnan(value) for value in told.values())
