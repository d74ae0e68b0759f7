"""The listing of an inbox."""

import itertools
import os
from pathlib import Path

import pytest

from tests.adapters.rig import Rig
from watchconvert.adapters.files.scans import Entry, list_inbox


def test_a_scan_tells_every_name_but_the_stage(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.claimed()
    rig.drop(b"caf\xe9\n.docx")
    (rig.paths["inbox"] / "folder").mkdir()
    (rig.paths["inbox"] / "link").symlink_to("folder")
    (rig.paths["inbox"] / "folder/inner.docx").write_bytes(b"x")
    assert set(list_inbox(rig.folders, str(rig.paths["inbox"]))) == {
        Entry(b"", b"caf\xe9\n.docx", is_folder=False),
        Entry(b"", b"folder", is_folder=True),
        Entry(b"", b"link", is_folder=False),
    }


def test_a_scan_may_end_early_and_leaves_nothing_open(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    for number in range(5):
        rig.drop(b"%d.docx" % number)
    before = len(os.listdir("/proc/self/fd"))
    entries = list_inbox(rig.folders, str(rig.paths["inbox"]))
    assert len(list(itertools.islice(entries, 2))) == 2
    entries.close()  # type: ignore[attr-defined]
    assert len(os.listdir("/proc/self/fd")) == before


def test_an_inbox_that_is_gone_is_no_empty_one(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.paths["inbox"].rmdir()
    with pytest.raises(FileNotFoundError):
        list(list_inbox(rig.folders, str(rig.paths["inbox"])))
