"""A budget in the real daemon: what it does not cover stays in the inbox, and everybody can see why."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.e2e.stage import Site, ask_server, local_server, wait_for

_QUICK = 'dialect = "old"'


def command(site: Site, *words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "watchconvert", words[0], "--config", str(site.config), *words[1:]]
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)


def told(site: Site, *words: str) -> Any:
    return json.loads(command(site, *words, "--json").stdout)


def allow(site: Site, before: str, after: str) -> None:
    text = site.config.read_text()
    assert before in text
    site.config.write_text(text.replace(before, after))


def test_a_budget_holds_its_route_until_more_may_be_spent(tmp_path: Path) -> None:
    with local_server(tmp_path) as url:
        site = Site(tmp_path, url, extra=_QUICK, routes=("pdf",))
        allow(site, 'to = "pdf"\n', 'to = "pdf"\nbudget = { day = 2 }\n')
        site.start()
        try:
            inbox = site.path("to-pdf", "inbox")
            for number in range(5):
                (inbox / f"{number}.csv").write_text("a,b\n1,2\n")
            wait_for(lambda: len(site.seen("to-pdf", "outbox")) == 2, "two files to be converted")
            wait_for(lambda: "(2 charged)" in command(site, "status").stdout, "the hold to be told")
            assert_held(site, url)
            site.stop()
            site.start()
            wait_for(
                lambda: told(site, "status")["routes"][0]["waiting"] + len(open_jobs(site)) >= 3, "three to be seen"
            )
            assert_held(site, url)
            allow(site, "day = 2", "day = 4")
            assert command(site, "reload").returncode == 0
            wait_for(lambda: len(site.seen("to-pdf", "outbox")) == 4, "two more after the reload", patience=20)
            wait_for(lambda: "(4 charged)" in command(site, "status").stdout, "the next hold to be told")
            assert len(ask_server(url, "/local/bills")) == 4
            assert len(site.seen("to-pdf", "inbox")) == 1
            allow(site, "budget = { day = 4 }", "")
            assert command(site, "reload").returncode == 0
            wait_for(lambda: len(site.seen("to-pdf", "outbox")) == 5, "the last one without a budget", patience=20)
        finally:
            site.stop()
    log = site.log()
    assert log.count('"event": "held"') == log.count('"event": "released"') + log.count('"event": "started"') - 2


def open_jobs(site: Site) -> list[str]:
    return [job.state.value for job in site.jobs() if job.state.value == "noticed"]


def assert_held(site: Site, url: str) -> None:
    """See that two are paid for, three lie in the inbox, and that everybody can see why."""
    assert len(ask_server(url, "/local/bills")) == 2
    left = list(site.seen("to-pdf", "inbox").values())
    assert len(left) == 3
    status = told(site, "status")
    (hold,) = status["holds"]
    (budget,) = status["budgets"]
    reason = "the budget of 2 for today is used up (2 charged); it goes on by itself at midnight."
    assert (hold["scope"], hold["name"], hold["reason"]) == ("budget", "to-pdf", reason)
    assert (budget["route"], budget["period"], budget["limit"], budget["used"]) == ("to-pdf", "day", 2, 2)
    assert hold["probe_at"] == budget["until"] > status["at"]
    assert status["health"]["problems"] == [f"Route to-pdf is held: {reason}"]
    assert "Budget of route to-pdf: used 2 of 2 today" in command(site, "status").stdout
    assert "Budget of route to-pdf: used 2 of 2 today" in command(site, "cost").stdout
    why = command(site, "why", str(left[0])).stdout
    assert f"Route to-pdf is held: {reason} New files stay in the inbox" in why
    assert "Budget of route to-pdf: used 2 of 2 today." in why


def test_a_run_that_ends_leaves_what_a_budget_does_not_cover(tmp_path: Path) -> None:
    with local_server(tmp_path) as url:
        site = Site(tmp_path, url, extra=_QUICK + "\nbudget = { day = 1 }", routes=("pdf",))
        inbox = site.path("to-pdf", "inbox")
        inbox.mkdir(parents=True)
        for number in range(2):
            (inbox / f"{number}.csv").write_text("a,b\n1,2\n")
        ended = command(site, "once", "--json")
        assert ended.returncode == 75, ended.stderr
        outcome = json.loads(ended.stdout)
        assert (len(outcome["done"]), len(ask_server(url, "/local/bills"))) == (1, 1)
        assert "the budget of 1 for today is used up (1 charged)" in ended.stdout
        assert len(site.seen("to-pdf", "inbox")) == 1
