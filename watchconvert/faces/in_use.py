"""The configuration that the running daemon works with, while the file has one that it refused.

The daemon keeps the text that it took last beside its journal, so that the
commands that only look can tell how it is just when something is wrong.
"""

import contextlib
import tomllib
from pathlib import Path
from typing import Any

from watchconvert.adapters.journal.database import is_locked
from watchconvert.core.config import ConfigError, Problem
from watchconvert.core.settings import Config
from watchconvert.faces.load import Resolve, load_config, parse_config, state_folder


def keep_config(journal: str, text: str) -> None:
    """Keep the text of a configuration that was taken; it is for people alone, so a full disk is no reason to end."""
    draft = Path(journal + ".config.new")
    with contextlib.suppress(OSError):
        draft.write_text(text, "utf-8")
        draft.chmod(0o600)
        draft.replace(_kept(journal))


def _kept(journal: str) -> Path:
    return Path(journal + ".config")


def config_in_use(path: Path, resolve: Resolve | None = None) -> tuple[Config, list[Problem]]:
    """Return the configuration; or the one that a running daemon took last, with what is wrong with the file now.

    Raises:
        ConfigError: the file cannot be used, and no daemon runs by an earlier one.

    """
    try:
        return load_config(path, resolve), []
    except ConfigError as fault:
        journal = _guess_journal(path)
        with contextlib.suppress(OSError, ConfigError, UnicodeDecodeError):
            if is_locked(journal):
                return parse_config(_kept(journal).read_text("utf-8"), path.absolute().parent, resolve), fault.problems
        raise


def _guess_journal(path: Path) -> str:
    """Return where the journal lies by as much of the file as can be read."""
    named: Any = ""
    with contextlib.suppress(OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, AttributeError):
        named = tomllib.loads(path.read_text("utf-8")).get("daemon", {}).get("journal", "")
    usual = Path(state_folder()) / "journal.db"
    return str(path.absolute().parent / (named if named and isinstance(named, str) else usual))
