"""Thirty real files of many kinds into three routes, the daemon killed in the middle, everything right afterwards."""

import subprocess
import sys
from pathlib import Path

from tests.e2e.loads import make_files
from tests.e2e.opening import check_output
from tests.e2e.stage import Site, ask_server, local_server, wait_for

TO_PDF = ("docx", "xlsx", "csv", "md", "txt", "html", "svg", "png")
"""Eight kinds, three files each."""


def drop_all(site: Site) -> dict[tuple[str, str], tuple[bytes, tuple[str, ...]]]:
    """Drop thirty files; returns content and marks by route and name."""
    dropped = {}
    load = [("to-pdf", kind, 3) for kind in TO_PDF] + [("to-jpg", "png", 3), ("to-csv", "xlsx", 3)]
    for seed, (route, kind, count) in enumerate(load):
        for file in make_files(kind, count, seed):
            (site.path(route, "inbox") / file.name).write_bytes(file.data)
            dropped[route, file.name] = (file.data, tuple(file.marks))
    return dropped


def test_killed_in_the_middle_everything_comes_out_once(tmp_path: Path) -> None:
    with local_server(tmp_path) as url:
        consumed = ask_server(url, "/user")["ConversionsConsumed"]
        site = Site(tmp_path, url)
        site.start()
        dropped = drop_all(site)
        assert len(dropped) == 30
        wait_for(
            lambda: sum(len(site.seen(route, "outbox")) for route in ("to-pdf", "to-jpg", "to-csv")) >= 5, "results"
        )
        site.kill()
        assert any(True for job in site.jobs() if job.state.value not in ("done", "failed")), "killed too late"
        site.start()
        jobs = site.wait_for_rest(30)
        bills = ask_server(url, "/local/bills")
        user = ask_server(url, "/user")
        assert site.stop() == 0
    assert [job.state.value for job in jobs] == ["done"] * 30, [(job.name, job.verdict) for job in jobs]
    assert len(bills) == len({bill["JobId"] for bill in bills}) == 30, "each file was billed once"
    assert user["ConversionsConsumed"] - consumed == 30
    for job in jobs:
        data, marks = dropped[job.route, job.name.decode()]
        assert site.seen(job.route, "archive")[job.name.decode()].read_bytes() == data
        assert job.parts
        for part in job.parts:
            check_output(
                site.seen(job.route, "outbox")[part.name.decode()], marks=marks if job.route == "to-pdf" else ()
            )
    for route in ("to-pdf", "to-jpg", "to-csv"):
        outputs = sum(len(job.parts) for job in jobs if job.route == route)
        assert len(site.seen(route, "outbox")) == outputs, "no output twice"
        assert site.seen(route, "inbox") == site.seen(route, "error") == {}
    assert site.staged() == []


def test_a_second_daemon_of_the_same_journal_refuses(tmp_path: Path) -> None:
    with local_server(tmp_path) as url:
        site = Site(tmp_path, url)
        site.start()
        other = Site(tmp_path, url)
        second = subprocess.run(
            [sys.executable, "-m", "watchconvert", "run", "--config", str(other.config)],
            capture_output=True,
            timeout=30,
            check=False,
        )
        assert second.returncode == 75
        assert b"in use by another watchconvert" in second.stderr
        assert site.stop() == 0
