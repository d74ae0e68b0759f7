"""The listing of an inbox."""

import itertools
import os
import shutil
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
        Entry(b"", b"caf\xe9\n.docx"),
        Entry(b"", b"link"),
    }


def test_a_deep_scan_tells_what_lies_below_and_follows_no_link_and_no_junk(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.claimed()
    for folder in (b"", b"a", b"a/b", b"a/\xff", b".hidden", b"a/@eaDir"):
        rig.drop(b"x.docx", folder=folder)
    (rig.paths["inbox"] / "link").symlink_to(tmp_path)
    assert sorted(
        (entry.folder, entry.name) for entry in list_inbox(rig.folders, str(rig.paths["inbox"]), deep=True)
    ) == [
        (b"", b"link"),
        (b"", b"x.docx"),
        (b"a", b"x.docx"),
        (b"a/b", b"x.docx"),
        (b"a/\xff", b"x.docx"),
    ]


def test_a_scan_goes_no_deeper_than_it_must(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    for levels in (64, 66):
        rig.drop(b"%d.docx" % levels, folder=b"/".join([b"d"] * levels))
    found = {entry.name for entry in list_inbox(rig.folders, str(rig.paths["inbox"]), deep=True)}
    assert found == {b"64.docx"}


def test_a_sub_folder_that_vanishes_while_it_is_scanned_is_passed_over(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.drop(b"top.docx")
    rig.drop(b"x.docx", folder=b"sub")
    scan = list_inbox(rig.folders, str(rig.paths["inbox"]), deep=True)
    first = next(scan)
    shutil.rmtree(rig.paths["inbox"] / "sub")
    assert [first, *scan] == [Entry(b"", b"top.docx")]


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
