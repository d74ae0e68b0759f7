"""What is remembered of messages over a restart: a small file beside the journal, written whole or not at all."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from watchconvert.adapters.journal.news import Mark
from watchconvert.core.messages import Desk, Group, Heap, Message, Standing

_VERSION = 1


@dataclass(frozen=True)
class Remembered:
    """How far the journal was read, and the desk of each notifier by its name."""

    mark: Mark
    desks: dict[str, Desk] = field(default_factory=dict)


class Memory:
    """The file."""

    def __init__(self, path: str) -> None:
        self._path = path

    def load(self) -> Remembered | None:
        """Return what is remembered; None when there is nothing.

        Raises:
            OSError: it cannot be read.
            ValueError: it is not what was written.

        """
        try:
            return _from_plain(json.loads(Path(self._path).read_bytes()))
        except FileNotFoundError:
            return None
        except (TypeError, KeyError, AttributeError) as fault:
            raise ValueError(str(fault)) from fault

    def save(self, remembered: Remembered) -> None:
        """Remember it from now on, even after a power cut.

        Raises:
            OSError: it cannot be written, and what was remembered before still is.

        """
        text = json.dumps({"version": _VERSION, **asdict(remembered)}).encode("ascii")
        draft = self._path + ".new"
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            while text:
                text = text[os.write(file, text) :]
            os.fsync(file)
        finally:
            os.close(file)
        Path(draft).replace(self._path)


def _from_plain(plain: dict[str, Any]) -> Remembered:
    if plain["version"] != _VERSION:
        raise ValueError(f"version {plain['version']}")
    return Remembered(Mark(**plain["mark"]), {name: _desk(desk) for name, desk in plain["desks"].items()})


def _desk(plain: dict[str, Any]) -> Desk:
    return Desk(
        heaps={route: _heap(heap) for route, heap in plain["heaps"].items()},
        seen=plain["seen"],
        told={cause: _standing(standing) for cause, standing in plain["told"].items()},
        last=plain["last"],
        waiting=tuple(Message(**message) for message in plain["waiting"]),
    )


def _heap(plain: dict[str, Any]) -> Heap:
    groups = tuple(Group(**group | {"names": tuple(group["names"])}) for group in plain["groups"])
    return Heap(**plain | {"groups": groups})


def _standing(plain: dict[str, Any]) -> Standing:
    return Standing(**plain | {"routes": tuple(plain["routes"])})
