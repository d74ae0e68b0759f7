"""A new configuration in the running daemon: taken without a pause, or refused whole."""

import os
import subprocess
import sys
from pathlib import Path

from tests.e2e.manager import Manager, managing
from tests.e2e.stage import SECRET, Site, ask_server, local_server, wait_for
from watchconvert.adapters.journal.report import read_status

_ROUTE = '[[route]]\nname = "{name}"\npath = "share/{name}"\nto = "{to}"\nsettle = "300ms"\n'
_QUICK = 'dialect = "old"'
"""Results come with the reply, and not five seconds later."""


def command(site: Site, name: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "watchconvert", name, "--config", str(site.config)]
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)


def reload(site: Site) -> subprocess.CompletedProcess[str]:
    return command(site, "reload")


def edit(site: Site, old: str, new: str) -> None:
    text = site.config.read_text()
    assert old in text
    site.config.write_text(text.replace(old, new))


def drop(site: Site, route: str, name: str) -> None:
    (site.path(route, "inbox") / name).write_text("a,b\n1,2\n")


def is_converted(site: Site, route: str, name: str) -> bool:
    return name in site.seen(route, "outbox")


def test_routes_come_change_and_go_while_files_are_converted(tmp_path: Path) -> None:
    with managing(tmp_path) as manager, local_server(tmp_path) as url:
        site = Site(tmp_path, url, extra=_QUICK, routes=("pdf", "jpg"))
        site.start()
        drop(site, "to-pdf", "before.csv")
        drop(site, "to-jpg", "of-the-removed.csv")
        wait_for(lambda: is_converted(site, "to-jpg", "of-the-removed.jpg"), "the route that is to go")
        edit(site, 'name = "to-jpg"\npath = "share/to-jpg"\nto = "jpg"', 'name = "new"\npath = "share/new"\nto = "pdf"')
        edit(
            site,
            'name = "to-pdf"\npath = "share/to-pdf"\nto = "pdf"',
            'name = "to-pdf"\npath = "share/to-pdf"\nto = "jpg"',
        )
        done = reload(site)
        assert done.returncode == 0, done.stderr
        drop(site, "to-jpg", "nobody-looks.csv")
        drop(site, "new", "first.csv")
        drop(site, "to-pdf", "after.csv")
        wait_for(lambda: is_converted(site, "new", "first.pdf"), "the new route")
        wait_for(lambda: is_converted(site, "to-pdf", "after.jpg"), "the changed route")
        wait_for(lambda: is_converted(site, "to-pdf", "before.pdf"), "what was begun before")
        assert list(site.seen("to-jpg", "inbox")) == ["nobody-looks.csv"]
        bills = ask_server(url, "/local/bills")
        assert len(bills) == 4
        assert site.stop() == 0
    check_notified(manager)
    assert '"added": ["new"], "changed": ["to-pdf"], "removed": ["to-jpg"]' in site.log()


def check_notified(manager: Manager) -> None:
    """See that the service manager was told of the reload as sd_notify(3) wants it."""
    lines = manager.lines()
    began = lines.index("RELOADING=1")
    assert lines[began + 1].startswith("MONOTONIC_USEC=")
    assert "READY=1" in lines[:began]
    again = lines.index("READY=1", began)
    assert lines[again + 1].startswith("STATUS=2 routes")
    assert "STOPPING=1" in lines[began:]


def test_a_reload_in_the_middle_of_it_all_costs_nothing_twice(tmp_path: Path) -> None:
    with local_server(tmp_path) as url:
        site = Site(tmp_path, url, extra=_QUICK, routes=("pdf", "jpg"))
        site.start()
        texts = [site.config.read_text(), site.config.read_text().replace("workers = 4", "workers = 9")]
        texts[1] = texts[1].replace('settle = "300ms"', 'settle = "200ms"')
        for number in range(30):
            drop(site, ("to-pdf", "to-jpg")[number % 2], f"{number}.csv")
            if number % 3 == 0:
                site.config.write_text(texts[number % 2])
                assert reload(site).returncode == 0
        jobs = site.wait_for_rest(30)
        bills = ask_server(url, "/local/bills")
        assert site.stop() == 0
    assert [job.state.value for job in jobs] == ["done"] * 30
    assert len(bills) == len({bill["JobId"] for bill in bills}) == 30
    assert site.staged() == []


def test_a_bad_one_is_refused_whole_with_every_problem(tmp_path: Path) -> None:
    with managing(tmp_path) as manager, local_server(tmp_path) as url:
        site = Site(tmp_path, url, extra=_QUICK, routes=("pdf",))
        site.start()
        good = site.config.read_text()
        site.config.write_text(good.replace("workers = 4", "workers = 0") + _ROUTE.format(name="new", to="no format!"))
        refused = reload(site)
        assert refused.returncode == 78
        assert "workers: 0 is not valid" in refused.stderr
        assert "to: 'no format!' is not valid" in refused.stderr
        assert not site.path("new", "inbox").exists()
        looked = command(site, "status")
        assert looked.returncode == 0
        assert "to-pdf" in looked.stdout
        assert "workers: 0 is not valid" in looked.stderr
        assert "goes on with the configuration that it took last" in looked.stderr
        drop(site, "to-pdf", "still.csv")
        wait_for(lambda: is_converted(site, "to-pdf", "still.pdf"), "the former configuration")
        site.config.write_text(good)
        assert reload(site).returncode == 0
        assert site.stop() == 0
        site.config.write_text(good + "[nothing]\n")
        assert command(site, "status").returncode == 78, "no daemon runs by another one"
    assert manager.count("RELOADING=1") == 1, "what cannot even be read needs no signal"


def test_what_only_a_start_can_change_is_refused_with_the_rest(tmp_path: Path) -> None:
    with managing(tmp_path) as manager, local_server(tmp_path) as url:
        site = Site(tmp_path, url, routes=("pdf",))
        site.start()
        good = site.config.read_text()
        edit(site, url, "http://127.0.0.1:1")
        site.config.write_text(site.config.read_text() + _ROUTE.format(name="new", to="pdf"))
        refused = reload(site)
        assert refused.returncode == 78
        assert "[service] url: has changed" in refused.stderr
        assert "Restart the daemon" in refused.stderr
        wait_for(lambda: "the new configuration was refused (1 problem)" in manager.status(), "the status to say so")
        assert not site.path("new", "inbox").exists()
        site.config.write_text(good)
        assert reload(site).returncode == 0
        wait_for(lambda: "refused" not in manager.status(), "the status to be as before")
        assert site.stop() == 0


def test_a_folder_that_another_daemon_serves_is_refused_and_left_to_it(tmp_path: Path) -> None:
    with local_server(tmp_path) as url:
        (tmp_path / "one").mkdir()
        (tmp_path / "two").mkdir()
        one, two = Site(tmp_path / "one", url, routes=("pdf",)), Site(tmp_path / "two", url, routes=("jpg",))
        one.start()
        two.start()
        free = tmp_path / "one/share/free"
        for name in ("inbox", "outbox", "error", "archive"):
            (free / name).mkdir(parents=True)
        text = one.config.read_text() + _ROUTE.format(name="free", to="pdf")
        one.config.write_text(text + f'[[route]]\nname = "theirs"\npath = "{two.path("to-jpg", "")}"\nto = "pdf"\n')
        refused = reload(one)
        assert refused.returncode == 78
        assert "another watchconvert on this machine serves" in refused.stderr
        two.config.write_text(two.config.read_text() + f'[[route]]\nname = "free"\npath = "{free}"\nto = "pdf"\n')
        assert reload(two).returncode == 0, "what was refused is not kept from others"
        assert one.stop() == two.stop() == 0


def test_a_loop_that_stops_ends_the_signs_of_life(tmp_path: Path) -> None:
    stall = tmp_path / "stall"
    with managing(tmp_path, WATCHDOG_USEC="2000000", WATCHCONVERT_DEBUG_STALL=str(stall)) as manager:
        site = Site(tmp_path, "local", routes=("pdf",))
        os.environ.pop("WATCHDOG_PID", None)
        site.start()
        wait_for(lambda: manager.count("WATCHDOG=1") >= 3, "signs of life")
        stall.write_text("dispatcher")
        drop(site, "to-pdf", "a.csv")
        wait_for(lambda: manager.status().startswith("stuck: dispatcher"), "the loop to be missed")
        lived = manager.count("WATCHDOG=1")
        told = len(manager.told)
        wait_for(lambda: len(manager.told) >= told + 3, "the main thread to look again")
        assert manager.count("WATCHDOG=1") == lived
        site.kill()


def test_without_a_daemon_a_reload_says_so(tmp_path: Path) -> None:
    site = Site(tmp_path, "local", routes=("pdf",))
    done = reload(site)
    assert done.returncode == 1
    assert "no daemon runs with the journal" in done.stderr
    assert read_status(site.journal) == {}


def test_a_new_secret_is_used_from_then_on(tmp_path: Path) -> None:
    with local_server(tmp_path) as url:
        site = Site(tmp_path, url, extra=_QUICK, routes=("pdf",))
        secret = tmp_path / "secret"
        secret.write_text("what-it-used-to-be\n")
        site.start()
        drop(site, "to-pdf", "a.csv")
        wait_for(lambda: "held" in command(site, "status").stdout.lower(), "the account to be held")
        secret.write_text(SECRET + "\n")
        assert reload(site).returncode == 0
        wait_for(lambda: is_converted(site, "to-pdf", "a.pdf"), "the file to go on")
        assert len(ask_server(url, "/local/bills")) == 1
        assert site.stop() == 0
