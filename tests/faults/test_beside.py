"""What stands beside the journal for people is left out, or left for later, when the disk fails: work does not depend on it."""

import errno
import io
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from watchconvert.adapters.hand import Hand
from watchconvert.adapters.wishes import Wish, make_wish, read_wishes
from watchconvert.faces.live import LiveStatus
from watchconvert.faces.log import make_log

FULL_DISK = OSError(errno.ENOSPC, "No space left on device")


def _daemon(config: SimpleNamespace) -> SimpleNamespace:
    """Return as much of a daemon as the note tells of beside its lanes."""
    supervisor = SimpleNamespace(late=list)
    more = {"reloads": 0, "refused": [], "web_told": "", "granter": SimpleNamespace(refused={}, told={})}
    return SimpleNamespace(config=config, supervisor=supervisor, **more)


def test_a_status_note_that_cannot_be_written_is_written_later(tmp_path: Path) -> None:
    daemon, web = SimpleNamespace(journal=str(tmp_path / "journal.db")), SimpleNamespace(listen="")
    config = SimpleNamespace(daemon=daemon, web=web)
    live = LiveStatus(_daemon(config))  # type: ignore[arg-type]
    note = tmp_path / "journal.db.status"
    with mock.patch.object(LiveStatus, "_lanes", return_value=[]):
        with mock.patch.object(Path, "write_text", side_effect=FULL_DISK):
            live.write()
        assert not note.exists()
        live.write()
    assert note.exists()
    with mock.patch.object(Path, "unlink", side_effect=FULL_DISK):
        live.remove()
    live.remove()
    assert not note.exists()


def test_a_wish_that_cannot_be_read_is_granted_later(tmp_path: Path) -> None:
    journal = str(tmp_path / "journal.db")
    make_wish(journal, Wish("cancel", ("0" * 32,)))
    with mock.patch.object(Path, "read_text", side_effect=FULL_DISK):
        assert read_wishes(journal) == []
    with mock.patch.object(Path, "iterdir", side_effect=FULL_DISK):
        assert read_wishes(journal) == []
    assert [wish.jobs for _, wish in read_wishes(journal)] == [("0" * 32,)]


def test_a_log_that_cannot_be_written_stops_nobody() -> None:
    class FullDisk(io.StringIO):
        def write(self, text: str) -> int:
            raise FULL_DISK

    log = make_log(FullDisk())
    log.info("started")
    log.warning("delayed", why="so")
    log.error("failed")
    log.error("bug", exc_info=ValueError("a bug"))


def test_a_mark_that_cannot_be_written_keeps_no_work_from_being_done(tmp_path: Path) -> None:
    hand = Hand(str(tmp_path / "hand"))
    with mock.patch("os.pwrite", side_effect=FULL_DISK):
        hand.take("1" * 32, "claimed")
        hand.lay_down("1" * 32)
    hand.take("2" * 32, "claimed")
    hand.close()
    hand = Hand(str(tmp_path / "hand"))
    assert hand.left_over() == [("2" * 32, "claimed")]
    hand.close()
