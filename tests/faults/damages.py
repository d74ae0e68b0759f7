"""What may happen to the files of a journal: each takes the path of the journal and a source of chance."""

import os
from collections.abc import Callable
from pathlib import Path
from random import Random

Damage = Callable[[Path, Random], None]
_PAGE = 4096
FILES = ("", "-wal", "-shm")


def file_of(journal: Path, ending: str) -> Path:
    """Return one of the files of a journal."""
    return journal.with_name(journal.name + ending)


def _cut(path: Path, size: int) -> None:
    if path.exists():
        os.truncate(path, min(size, path.stat().st_size))


def cut_to_nothing(journal: Path, _: Random) -> None:
    """The file has no byte left; its log stays."""
    _cut(journal, 0)


def cut_to_half(journal: Path, _: Random) -> None:
    _cut(journal, journal.stat().st_size // 2)


def cut_to_one_page(journal: Path, _: Random) -> None:
    _cut(journal, _PAGE)


def cut_in_the_log(journal: Path, chance: Random) -> None:
    log = file_of(journal, "-wal")
    _cut(log, chance.randrange(log.stat().st_size) if log.exists() and log.stat().st_size else 0)


def _scribble(path: Path, chance: Random, size: int) -> None:
    if path.exists() and path.stat().st_size:
        with path.open("r+b") as file:
            file.seek(chance.randrange(path.stat().st_size))
            file.write(chance.randbytes(size))


def noise_in_pages(journal: Path, chance: Random) -> None:
    """Half of the pages are something else, the first one excepted: of a few the daemon may write each anew in time."""
    pages = journal.stat().st_size // _PAGE
    with journal.open("r+b") as file:
        for page in chance.sample(range(1, pages), max(0, pages // 2)):
            file.seek(page * _PAGE)
            file.write(chance.randbytes(_PAGE))


def noise_in_the_log(journal: Path, chance: Random) -> None:
    _scribble(file_of(journal, "-wal"), chance, 100)


def noise_in_the_head(journal: Path, chance: Random) -> None:
    with journal.open("r+b") as file:
        file.write(chance.randbytes(100))


def log_gone(journal: Path, _: Random) -> None:
    file_of(journal, "-wal").unlink(missing_ok=True)


def all_gone(journal: Path, _: Random) -> None:
    for ending in FILES:
        file_of(journal, ending).unlink(missing_ok=True)


def only_the_log_left(journal: Path, _: Random) -> None:
    journal.unlink(missing_ok=True)


DAMAGES: dict[str, Damage] = {
    each.__name__: each
    for each in (
        cut_to_nothing, cut_to_half, cut_to_one_page, cut_in_the_log, noise_in_pages, noise_in_the_log,
        noise_in_the_head, log_gone, all_gone, only_the_log_left,
    )
}  # fmt: skip
