"""The page tells how it is, and every name on it is only a name."""

import json
import re
import time

import pytest

from tests.faces.web.office import BEARER, HOSTILE, TOKEN, Office, text_of
from watchconvert.adapters.journal.store import Hold
from watchconvert.core.answers import Scope, Unclear
from watchconvert.core.budget import Budget
from watchconvert.faces.web import collect
from watchconvert.faces.web.collect import midnight


def test_without_a_journal_and_a_daemon_it_says_so(office: Office) -> None:
    answer = office.client().get("/")
    assert answer.status_code == 200
    assert "The journal cannot be read" in text_of(answer)
    assert "is not there yet: the daemon makes it when it first runs" in text_of(answer)


def test_all_is_well_and_the_last_files_are_told_with_their_way(office: Office) -> None:
    office.begin()
    office.convert("letter.docx", "offer.odt")
    told = text_of(office.client().get("/"))
    assert "All is well 1 route, 0 waiting, 0 in work" in told
    assert re.search(r"done letter\.docx → letter\.pdf to-pdf · [\d.]+ s · \d\d:\d\d:\d\d", told)
    assert re.search(r"noticed 0\.0 s .*claimed [\d.]+ s.*published [\d.]+ s retired", told)
    assert "2 cost: 2 converted today" in swapped(told)
    assert "Not converted" not in told


def swapped(told: str) -> str:
    """Return the cards with their figures before their names, as they are seen."""
    return re.sub(r"(converted today|failed today) (\d+(?: cost: \d+)?)", r"\2 \1", told)


def test_a_daemon_that_is_down_is_told_above_all(office: Office) -> None:
    office.begin()
    office.convert("letter.docx")
    office.world.stop()
    told = text_of(office.client().get("/"))
    assert "The daemon is not running Files stay where they are until it runs again" in told
    assert "letter.pdf" in told, "what is known is told all the same"
    assert "not served" in told


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("where", ["recent", "failed", "open", "waiting", "left"])
def test_a_name_is_never_more_than_a_name(office: Office, name: str, where: str) -> None:
    office.begin()
    lane = office.lane(waiting=1, files=[[name, "open", 0]]) if where == "waiting" else office.lane(left=[[name, "x"]])
    match where:
        case "recent":
            office.convert(name)
        case "failed":
            office.fail(name, why=f"{name} is bad")
        case "open":
            office.begin_converting(name)
        case _:
            office.tell(lanes=[lane])
    page = office.client(TOKEN).get("/", headers=BEARER).get_data(as_text=True)
    assert re.findall(r"<(?:script|img|b)\b[^>]*", page) == [
        f'<script src="static/page.js?v={page.partition("page.js?v=")[2].partition(chr(34))[0]}" defer',
        '<img src="static/icon.svg" alt="" width="28" height="28"',
    ]
    assert "\u202e" not in page
    assert "\x1b" not in page
    assert " onerror" not in re.sub(r">[^<]*<|\"[^\"]*\"", "", page)
    assert "{{ 7*7 }}" in page or "{{" not in name


def test_what_is_held_offline_refused_or_doubtful_is_told(office: Office) -> None:
    office.begin()
    journal = office.world.journal
    assert journal is not None
    hold(office, Scope.ACCOUNT, "", "The account is empty.")
    lane = office.lane(offline="No such device", offline_at=office.world.clock.now() - 90)
    office.tell(lanes=[lane], refused=["[daemon] workers: 0 is not valid."])
    told = text_of(office.client().get("/"))
    assert "Work is held; no file fails by it The account is empty." in told
    assert "Held: account The account is empty. Since 2 min; looked at again in 30 s." in told
    assert "Offline: to-pdf No such device, for 1 min 30 s. It comes back by itself with its folder." in told
    assert "Configuration refused [daemon] workers: 0 is not valid. The former configuration goes on." in told


def test_budgets_are_shown_where_money_is(office: Office) -> None:
    office.begin()
    office.world.change_route(budget=Budget(day=10))
    office.budget = Budget(month=500)
    office.convert("one.docx", "two.docx")
    told = text_of(office.client().get("/"))
    assert "cost: 2; used 2 of 500 this month" in told
    assert "used 2 of 10 today" in told


def hold(office: Office, scope: Scope, name: str, reason: str) -> None:
    now = office.world.clock.now()
    assert office.world.journal is not None
    office.world.journal.begin_hold(Hold(scope, name, reason, now - 120, now + 30))


def test_a_part_that_hangs_is_told(office: Office) -> None:
    office.begin()
    office.tell(stuck=["dispatcher"])
    told = text_of(office.client().get("/"))
    assert "The daemon is not well the loop 'dispatcher' does not come round" in told


def test_a_file_in_work_shows_how_far_it_is(office: Office) -> None:
    office.begin()
    office.begin_converting("long.docx")
    page = office.client().get("/").get_data(as_text=True)
    stations = re.findall(r'<li class="(past|now|ahead)"[^>]*>(\w+)<', page)
    assert stations == [
        ("past", "taken"), ("past", "uploaded"), ("now", "converted"), ("ahead", "fetched"), ("ahead", "delivered"),
    ]  # fmt: skip
    assert 'class="now" aria-current="step"' in page
    assert "0 waiting, 1 in work" in text_of(page)


def test_a_failed_file_is_told_until_it_is_tried_again(office: Office) -> None:
    office.begin()
    job = office.fail("bad.docx", "It is protected.")
    client = office.client()
    told = text_of(client.get("/"))
    assert "Not converted They lie in the error folder" in told
    assert "bad.docx It is protected. Sent for conversion once; cost: 0." in told
    assert "move it from the error folder back into the inbox" in told
    assert job.id not in client.get("/").get_data(as_text=True)
    office.world.clock.pass_by(5)
    office.convert("bad.docx")
    told = text_of(client.get("/"))
    assert "Not converted" not in told
    assert "failed bad.docx It is protected." in told, "it stays among the last files"


def test_what_failed_a_week_ago_is_not_told_any_more(office: Office) -> None:
    office.begin()
    office.fail()
    client = office.client()
    assert "Not converted" in text_of(client.get("/"))
    office.world.clock.pass_by(8 * 86400)
    office.tell()
    assert "Not converted" not in text_of(client.get("/"))


def test_a_file_that_fails_while_the_page_is_open_is_told(office: Office) -> None:
    office.begin()
    client = office.client()
    assert "Not converted" not in text_of(client.get("/"))
    for number in range(3):
        office.fail(f"bad {number}.docx")
    office.world.clock.pass_by(2)
    told = text_of(client.get("/"))
    assert told.index("bad 2.docx") < told.index("bad 1.docx") < told.index("bad 0.docx")


def test_many_look_and_the_journal_is_asked_once_a_second(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    looks, open_glance = [], collect.open_glance
    monkeypatch.setattr(collect, "open_glance", lambda *given: (looks.append(1), open_glance(*given))[1])
    office.begin()
    client = office.client()
    for _ in range(20):
        assert client.get("/").status_code == 200
    assert len(looks) == 1
    office.world.clock.pass_by(1.0)
    client.get("/")
    assert len(looks) == 2


def test_another_journal_in_its_place_is_counted_from_its_beginning(office: Office) -> None:
    office.begin()
    office.convert("one.docx", "two.docx", "three.docx")
    client = office.client()
    assert "3 cost: 3 converted today" in swapped(text_of(client.get("/")))
    office.world.stop()
    for path in office.world.root.glob("journal.db*"):
        path.unlink()
    office.begin()
    office.convert("four.docx")
    office.world.clock.pass_by(2)
    told = swapped(text_of(client.get("/")))
    assert "1 cost: 1 converted today" in told
    assert "four.docx" in told


def test_the_status_for_programs_has_no_whole_id(office: Office) -> None:
    office.begin()
    (done,) = office.convert("letter.docx")
    office.fail()
    answer = office.client().get("/status.json")
    assert answer.content_type == "application/json"
    told = json.loads(answer.get_data())
    assert {"running", "routes", "holds", "troubled", "last", "money", "double_charges", "account"} <= told.keys()
    assert [job["job"] for job in told["last"] if job["file"] == "letter.docx"] == [done.id[:12]]
    assert not re.search(r"[0-9a-f]{32}", answer.get_data(as_text=True))


def test_no_page_holds_a_secret_or_a_number_of_the_service(office: Office) -> None:
    office.begin()
    office.begin_converting()
    office.fail()
    office.world.service.held, office.world.service.lag = True, 0.0
    client = office.client(TOKEN)
    for address in ("/", "/status.json", "/metrics", "/healthz"):
        answer = client.get(address, headers=BEARER)
        assert answer.status_code == 200
        text = answer.get_data(as_text=True)
        assert not re.search(r"[0-9a-f]{32}", text), address
        assert TOKEN not in text
        assert [job.remote_id for job in office.world.jobs() if job.remote_id[:13] in text] == []


@pytest.mark.parametrize(
    ("note", "status", "said"),
    [
        ({}, 200, "ok\n"),
        ({"stuck": ["poller"]}, 503, "the loop 'poller' does not come round\n"),
        ({"at": 0.0}, 503, "the main thread has not come round for"),
    ],
)
def test_healthz_tells_a_machine(office: Office, note: dict[str, object], status: int, said: str) -> None:
    office.begin()
    office.tell(**note)
    answer = office.client(TOKEN).get("/healthz")
    assert answer.status_code == status
    assert answer.get_data(as_text=True).startswith(said)


def test_healthz_is_ill_without_a_daemon(office: Office) -> None:
    answer = office.client().get("/healthz")
    assert (answer.status_code, answer.get_data(as_text=True)) == (503, "the daemon is not running\n")


def test_a_day_begins_at_midnight_here() -> None:
    now = time.time()
    began = time.localtime(midnight(now))
    assert (began.tm_hour, began.tm_min, began.tm_sec) == (0, 0, 0)
    assert 0 <= now - midnight(now) < 90001


def test_open_jobs_are_told_oldest_first_and_the_rest_counted(office: Office) -> None:
    office.begin()
    office.world.service.held, office.world.service.lag = False, 1e9
    for number in range(25):
        office.world.drop(f"file {number:02}.docx")
    for _ in range(3):
        office.world.round()
        office.world.clock.pass_by(1.0)
    office.tell()
    told = text_of(office.client().get("/"))
    assert "0 waiting, 25 in work" in told
    assert "and 5 more" in told


def test_a_conversion_that_may_have_been_billed_twice_is_told(office: Office) -> None:
    office.begin()
    office.world.service.answers["submit"] = [Unclear("the connection broke")]
    office.convert("letter.docx")
    told = text_of(office.client().get("/"))
    assert (
        "Possible double charges 1 conversion may have been billed for nothing. The last: letter.docx (to-pdf): no reply"
        in told
    )


def test_the_whole_status_of_a_large_journal_is_made_seldom(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    made, clock = [], office.world.clock

    def gather(_config: object, _now: float) -> dict[str, object]:
        made.append(clock.steady())
        clock.pass_by(3.0)
        return {"last": [{"job": "f" * 32}]}

    monkeypatch.setattr(collect, "gather", gather)
    office.begin()
    client = office.client()
    for _ in range(100):
        assert json.loads(client.get("/status.json").get_data()) == {"last": [{"job": "f" * 12}]}
        clock.pass_by(1.0)
    assert len(made) == 2
    assert made[1] - made[0] >= 60
