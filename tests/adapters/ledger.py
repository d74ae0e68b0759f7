"""Journals in temporary folders."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.core.making import make_job
from watchconvert.adapters.journal.database import Database
from watchconvert.adapters.journal.store import Journal
from watchconvert.core.job import Job


@contextmanager
def open_journal(folder: Path) -> Iterator[Journal]:
    """Open the journal of a folder and close it afterwards."""
    journal = Journal(Database(journal_path(folder)))
    try:
        yield journal
    finally:
        journal.close()


def journal_path(folder: Path) -> str:
    """Return where the journal of a folder lies."""
    return str(folder / "journal.db")


def numbered_job(number: int, **changes: Any) -> Job:
    """Return a job with an id and a name of its own."""
    return make_job(b"%d.docx" % number, id=f"{number:032x}", **changes)
