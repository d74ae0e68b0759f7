"""What a person at the share may do at any moment; each act tells whether it has happened, or is to be tried again."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.crash.books import Memory, Results
from tests.engine.world import World
from watchconvert.adapters.wishes import Wish, make_wish

SOURCE = b"the source of the letter"
EDITED = b"the letter, written over by a person"
SECOND = b"another letter of the same name, by somebody else"
FOREIGN = b"somebody else's, and it had the name first"
_PATIENCE = 40
"""Moments for which an editor keeps the file open."""


class Person:
    """Somebody at the share of a world's route, who drops one letter and then does one thing more."""

    def __init__(self, world: World, memory: Memory, results: Results) -> None:
        self.world, self.memory, self._results = world, memory, results
        self._editor, self._moments = -1, 0

    def __getitem__(self, act: str) -> Callable[[], bool]:
        return {
            "deletes": self.delete,
            "writes over": self.write_over,
            "keeps open": self.keep_open,
            "writes into the stage": self.write_staged,
            "renames": self.rename,
            "replaces": self.replace,
            "drops a second": self.drop_second,
            "takes the output": self.take_output,
            "takes the output's name": lambda: self.occupy("outbox", "letter.pdf"),
            "takes the archive's name": lambda: self.occupy("archive", "letter.docx"),
            "takes the error's name": lambda: self.occupy("error", "letter.docx"),
            "tries again": self.try_again,
            "removes the folder": self.remove_folder,
            "renames the folder": self.rename_folder,
            "cancels": self.cancel,
        }[act]

    def go(self) -> None:
        """Let go of what is still open."""
        if self._editor >= 0:
            os.close(self._editor)
            self._editor = -1

    @property
    def letter(self) -> Path:
        return Path(self.world.route.inbox) / "letter.docx"

    def _has_source(self) -> bool:
        return self.letter.exists() and self.letter.read_bytes() == SOURCE

    def _take_source(self) -> None:
        self.memory.taken.add(SOURCE)
        self.memory.unsold.add(SOURCE)

    def delete(self) -> bool:
        if self._has_source():
            self.letter.unlink()
            self._take_source()
        return True

    def write_over(self) -> bool:
        return self._open() and self._write(sold=False)

    def keep_open(self) -> bool:
        """Open the file for writing, and write a good while later, wherever it lies by then."""
        if self._editor < 0:
            return self._open() and self._editor < 0
        self._moments += 1
        return self._moments > _PATIENCE and self._write(sold=True)

    def _open(self) -> bool:
        """Open the letter as an editor does; one that the daemon has a lease on is tried again, as the kernel says."""
        try:
            self._editor = os.open(self.letter, os.O_RDWR | os.O_NONBLOCK)
        except BlockingIOError:
            return False
        except FileNotFoundError:
            self._editor = -1
        return True

    def _write(self, *, sold: bool) -> bool:
        if self._editor >= 0:
            os.ftruncate(self._editor, 0)
            os.pwrite(self._editor, EDITED, 0)
            self.go()
            self.memory.taken.add(SOURCE)
            self.memory.dropped.append(EDITED)
            if not sold:
                self.memory.unsold.add(SOURCE)
        return True

    def write_staged(self) -> bool:
        """Write into the source where it is worked on, as by a handle on another machine that no lease shows.

        Only until the result is there: what is written behind the last look at the source nobody can see.
        """
        if any(Path(self.world.route.outbox).glob("*.pdf")):
            return True
        for path in Path(self.world.route.inbox).glob(".watchconvert/host/*/letter.docx"):
            try:
                self._editor = os.open(path, os.O_RDWR | os.O_NONBLOCK)
            except BlockingIOError:
                return False
            return self._write(sold=True)
        return False

    def rename(self) -> bool:
        if self._has_source():
            self.letter.rename(self.letter.with_name("renamed.docx"))
        return True

    def replace(self) -> bool:
        if self._has_source():
            self._take_source()
        return self._bring()

    def drop_second(self) -> bool:
        return not self.letter.exists() and self._bring()

    def _bring(self) -> bool:
        """Bring a second letter of the same name, whole at once, as most programs save."""
        if self.letter.parent.exists():
            draft = self.letter.with_name(".draft")
            draft.write_bytes(SECOND)
            draft.replace(self.letter)
            self.memory.dropped.append(SECOND)
        return True

    def take_output(self) -> bool:
        for path in Path(self.world.route.outbox).glob("*.pdf"):
            self.memory.taken_outputs.add(path.read_bytes())
            path.unlink()
            return True
        return False

    def occupy(self, folder: str, name: str) -> bool:
        """Take a name that the daemon is about to give."""
        path = Path(getattr(self.world.route, folder)) / name
        if path.parent.exists() and not path.exists():
            path.write_bytes(FOREIGN)
            self.memory.foreign[folder, name] = FOREIGN
        return True

    def try_again(self) -> bool:
        """Move the letter from the error folder back into the inbox, and throw its explanation away."""
        path = Path(self.world.route.error) / "letter.docx"
        if not path.exists():
            return False
        path.rename(self.letter)
        path.with_name("letter.docx.error.txt").unlink(missing_ok=True)
        self.memory.retried[SOURCE] += 1
        return True

    def remove_folder(self) -> bool:
        folder = Path(self.world.route.inbox) / "a"
        if any(path.is_file() for path in folder.rglob("*")):
            self._take_source()
        shutil.rmtree(folder, ignore_errors=True)
        return True

    def rename_folder(self) -> bool:
        folder = Path(self.world.route.inbox) / "a"
        if folder.exists():
            folder.rename(folder.with_name("c"))
        return True

    def cancel(self) -> bool:
        """Have the administrator cancel the job, as soon as there is one."""
        if self.world.journal is None or not (jobs := self.world.jobs()):
            return False
        make_wish(str(self.world.root / "journal.db"), Wish("cancel", (jobs[0].id,)))
        return True
