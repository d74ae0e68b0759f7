"""The real daemon on a machine that fails: its journal's disk full, its journal damaged while it runs, its clock set."""

import contextlib
import sqlite3
import subprocess
import time
from pathlib import Path
from random import Random

import pytest

from tests.e2e.arriving import need
from tests.e2e.stage import wait_for
from tests.faults.acts import FULL
from tests.faults.damages import DAMAGES
from tests.faults.hogs import Hog
from tests.faults.mounts import loop_disk, need_mounts
from tests.faults.sites import FaultySite, faulty_site
from tests.proof.invariants import broken
from watchconvert.core.job import Job

LEAVES_EVIDENCE = ("noise_in_pages",)
WALLSHIFT = Path(__file__).with_name("wallshift.c")


def drop_some(site: FaultySite, said: str, count: int = 4) -> None:
    for number in range(count):
        site.drop(f"{said}-{number}.txt", f"{said} {number}".encode())


@pytest.mark.root
def test_the_disk_of_the_journal_is_full_and_freed(tmp_path: Path) -> None:
    need_mounts()
    with loop_disk(tmp_path / "image", tmp_path / "state", "48M") as disk, faulty_site(tmp_path) as site:
        site.start()
        drop_some(site, "before", 2)
        site.wait_for_all()
        hog = Hog(disk, "bytes")
        hog.fill()
        wait_for(lambda: is_told(site), "the daemon to tell of the full disk", 20)
        bought = len(site.service.billed)
        drop_some(site, "full")
        wait_for(lambda: stands_still(site), "the daemon to look twice and take nothing")
        assert len(site.service.billed) == bought, "it was bought what could not be remembered"
        assert not broken(site.facts(), at_rest=False)
        hog.free()
        site.wait_for_all()
        site.wait_for_empty_stages()
        site.check()
        assert site.stop() == 0


def is_told(site: FaultySite) -> bool:
    """Tell whether the daemon says that its journal has no room, by a hold or by its end."""
    if "full" in site.log():
        return True
    with site.report() as report:
        return any("nearly full" in hold.reason for hold in report.holds())


def stands_still(site: FaultySite, looks: int = 2) -> bool:
    """Look after the daemon for some rounds of its main loop."""
    for _ in range(20 * looks):
        time.sleep(0.1)
        site.keep_up()
    return True


@pytest.mark.parametrize("damage", ["all_gone", "noise_in_pages", *(["cut_to_half", "log_gone"] if FULL else [])])
def test_the_journal_is_damaged_while_it_runs(tmp_path: Path, damage: str) -> None:
    with faulty_site(tmp_path) as site:
        site.service.reply, site.service.pending = "job", 2
        site.start()
        drop_some(site, "first")
        site.wait_for_all()
        assert site.stop() == 0
        with contextlib.closing(sqlite3.connect(site.journal)) as journal:
            journal.execute("PRAGMA wal_checkpoint(truncate)")  # a stop need not do so; now it has pages to damage
        site.start()
        drop_some(site, "early")
        wait_for(lambda: len(site.service.billed) >= 6, "jobs under way")
        DAMAGES[damage](Path(site.journal), Random(1))
        drop_some(site, "late")
        wait_for(lambda: has_bought_more(site, 10), "more jobs under way")
        site.kill()
        site.start()
        site.wait_for_all()
        site.wait_for_empty_stages()
        if damage in LEAVES_EVIDENCE:
            assert list((tmp_path / "state").glob("journal.db.damaged-*")), "the damaged journal was thrown away"
        wrong = [each for each in broken(site.facts()) if "stands 2 times" not in each]
        assert not wrong, f"{wrong}; the log: {site.log()[-3000:]}"
        assert site.stop() == 0


def has_bought_more(site: FaultySite, count: int) -> bool:
    site.keep_up()
    return len(site.service.billed) >= count


def test_the_wall_clock_is_set_while_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("gcc")
    library, shift = tmp_path / "wallshift.so", tmp_path / "shift"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-o", library, WALLSHIFT, "-ldl"], check=True)
    shift.write_text("0")
    with faulty_site(tmp_path) as site, monkeypatch.context() as patch:
        patch.setenv("LD_PRELOAD", str(library))
        patch.setenv("WALLSHIFT_FILE", str(shift))
        site.service.reply, site.service.pending = "job", 1
        site.start()
        for jump in ("31557600", "-31557600", "-315576000", "0"):
            drop_some(site, f"before {jump}", 2)
            wait_for(lambda: len(site.service.billed) >= len(site.dropped), "all to be bought", 30)
            set_clock(shift, jump)
            drop_some(site, f"after {jump}", 1)
            site.wait_for_all()
        site.wait_for_empty_stages()
        site.check()
        assert spread_of(site.jobs()) > 9 * 365 * 86400, "the daemon did not see the clock change"
        assert site.restarts == 0
        assert site.stop() == 0


def set_clock(shift: Path, seconds: str) -> None:
    draft = shift.with_name("draft")
    draft.write_text(seconds)
    draft.rename(shift)


def spread_of(jobs: list[Job]) -> float:
    times = [job.noticed_at for job in jobs]
    return max(times) - min(times)
