"""The real daemon removes what a route need not keep, at once after a start, and leaves everything else."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.e2e.stage import Site, local_server, wait_for

KEPT = 'archive_keep = "1h"\noutbox_keep = { size = "1GB", age = "1h" }\n'


def age(site: Site, name: str) -> None:
    """Let a file have been placed two hours ago, as far as the journal knows."""
    with closing(sqlite3.connect(site.journal)) as connection:
        query = "UPDATE placed SET at = at - 7200 WHERE job = (SELECT id FROM job WHERE name = ?)"
        assert connection.execute(query, (name.encode(),)).rowcount == 2
        connection.commit()


def test_what_is_past_its_age_goes_after_the_next_start(tmp_path: Path) -> None:
    with local_server(tmp_path) as url:
        site = Site(tmp_path, url, routes=("pdf",))
        site.config.write_text(site.config.read_text() + KEPT)
        site.start()
        for name in ("old.txt", "edited.txt", "new.txt"):
            (site.path("to-pdf", "inbox") / name).write_text(f"content of {name}")
        site.wait_for_rest(3)
        assert site.stop() == 0
        for name in ("old.txt", "edited.txt"):
            age(site, name)
        (site.path("to-pdf", "archive") / "edited.txt").write_text("edited by a person")
        site.start()
        wait_for(lambda: "old.pdf" not in site.seen("to-pdf", "outbox"), "the outbox to be tidied")
        wait_for(lambda: "old.txt" not in site.seen("to-pdf", "archive"), "the archive to be tidied")
        assert set(site.seen("to-pdf", "outbox")) == {"new.pdf"}
        wait_for(lambda: '"spared"' in site.log(), "the edited file to be told")
        assert set(site.seen("to-pdf", "archive")) == {"edited.txt", "new.txt"}
        assert site.stop() == 0
        assert site.log().count('"tidied"') == 2
        assert site.staged() == []
