"""Folders that a sandbox opens one by one: each a mount of its own, of one device, between which no rename goes."""

import os
import shutil
from pathlib import Path

import pytest

from tests.e2e.stage import Site, ask_server, local_server

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="wants root and unshare"),
]
_FOLDERS = ("inbox", "outbox", "error", "archive")


def test_files_find_their_way_from_mount_to_mount(tmp_path: Path) -> None:
    with local_server(tmp_path) as url:
        site = Site(tmp_path, url, extra='dialect = "old"', routes=("pdf",))
        for name in _FOLDERS:
            site.path("to-pdf", name).mkdir(parents=True)
        (site.path("to-pdf", "inbox") / "good.csv").write_text("a,b\n1,2\n")
        (site.path("to-pdf", "inbox") / "bad.docx").write_text("no document at all")
        opened = [site.path("to-pdf", name) for name in _FOLDERS]
        binds = " && ".join(f"mount --bind '{folder}' '{folder}'" for folder in opened)
        site.start("unshare", "--mount", "--propagation", "slave", "sh", "-c", f'{binds} && exec "$@"', "sh")
        site.wait_for_rest(2)
        bills = ask_server(url, "/local/bills")
        assert site.stop() == 0
    assert list(site.seen("to-pdf", "outbox")) == ["good.pdf"]
    assert site.seen("to-pdf", "archive")["good.csv"].read_text() == "a,b\n1,2\n"
    assert site.seen("to-pdf", "error").keys() == {"bad.docx", "bad.docx.error.txt", "bad.docx.error.json"}
    assert site.staged() == []
    assert len({bill["JobId"] for bill in bills}) == len(bills) == 2
