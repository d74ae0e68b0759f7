"""Finds and reads the configuration and the secret."""

import os
import stat
import threading
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from watchconvert.adapters.files.folders import real_path
from watchconvert.core.config import ConfigError, Problem, read_config
from watchconvert.core.settings import Config, Surroundings
from watchconvert.faces.timely import HangingError, within
from watchconvert.faces.unit import ask_for_unit

T = TypeVar("T")
Resolve = Callable[[str], str]
"""Replaces the links in a path."""

DEFAULT = "/etc/watchconvert/watchconvert.toml"
VARIABLE = "WATCHCONVERT_CONFIG"
CREDENTIAL = "convertapi-secret"
SECRET_VARIABLE = "CONVERTAPI_SECRET"  # noqa: S105 - the name of a variable
_TOKEN_PLACE = "[web] token_file"  # noqa: S105 - the name of a key
_HOW_TO_MAKE_ONE = (
    "Make one: (umask 077 && head -c 24 /dev/urandom | base64 > FILE), "
    "and give it to the user that watchconvert runs as."
)
_LEAST_TOKEN = 16
"""Characters of a token that cannot be guessed."""
_PATIENCE = 2.0
"""Seconds that the file system of a folder may take to answer when the configuration is read."""
_BRIEF = 0.2
"""The same once one has hung: several folders of a configuration mostly lie on one file system."""
_SECRET_KEY = "[service] secret_file"  # noqa: S105 - the name of a key
_SECRET_HELP = (
    "Put it into a file (mode 0600) and name that as secret_file in [service], "
    f'or hand it over as the systemd credential "{CREDENTIAL}", or set ${SECRET_VARIABLE}.'
)


def find_config(given: str | None) -> Path:
    """Return the path of the configuration file: the one given, $WATCHCONVERT_CONFIG, or the default."""
    return Path(given or os.environ.get(VARIABLE) or DEFAULT)


def load_config(path: Path, resolve: Resolve | None = None) -> Config:
    """Read the configuration file; `resolve` replaces the links in its paths.

    Raises:
        ConfigError: it cannot be read or something in it is wrong; every problem is in it.

    """
    return parse_config(read_text(path), path.absolute().parent, resolve)


def read_text(path: Path) -> str:
    """Return the text of the configuration file.

    Raises:
        ConfigError: it cannot be read.

    """
    try:
        return path.read_text("utf-8")
    except OSError as fault:
        missing = isinstance(fault, FileNotFoundError)
        first = "`watchconvert init` writes one" if missing else "Make it readable"
        remedy = f"{first}; or name another by --config or ${VARIABLE}."
        raise ConfigError([Problem("file", f"cannot be read: {fault.strerror}", remedy)]) from fault
    except UnicodeDecodeError as fault:
        raise ConfigError([Problem("file", f"is not valid TOML: {fault}", "Mend the place it names.")]) from fault


def parse_config(text: str, folder: Path, resolve: Resolve | None = None) -> Config:
    """Return the configuration that a text describes; relative paths start at the folder.

    Raises:
        ConfigError: something in it is wrong; every problem is in it.

    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise ConfigError([Problem("file", f"is not valid TOML: {fault}", "Mend the place it names.")]) from fault
    return read_config(raw, Surroundings(str(folder), state_folder(), resolve or _Resolver().resolve))


def state_folder() -> str:
    """Return where the daemon keeps what is its own, unless the configuration says otherwise."""
    return os.environ.get("STATE_DIRECTORY", "").partition(":")[0] or "/var/lib/watchconvert"


class _Resolver:
    """Resolves the symbolic links in paths, unless their file system hangs: then they are taken as they are written."""

    def __init__(self) -> None:
        self._patience = _PATIENCE

    def resolve(self, path: str) -> str:
        """Return the path without links; the second that hangs is not waited for as long as the first."""
        found: list[str] = []
        thread = threading.Thread(target=lambda: found.append(real_path(path)), daemon=True)
        thread.start()
        thread.join(self._patience)
        if not found:
            self._patience = _BRIEF
        return found[0] if found else path


def aside(read: Callable[[Resolve], T]) -> T:
    """Return what `read` makes of the configuration in a child: a command must come to its end whatever hangs.

    Raises:
        ConfigError: the configuration cannot be read or something in it is wrong; every problem is in it.

    """

    def attempt() -> tuple[T | None, list[Problem]]:
        try:
            return read(real_path), []
        except ConfigError as fault:
            return None, fault.problems

    try:
        found, problems = within(_PATIENCE, attempt)
    except HangingError:
        # One path by one, then: only what hangs is taken as it is written.
        return read(_resolve_aside)
    if found is None:
        raise ConfigError(problems)
    return found


def _resolve_aside(path: str) -> str:
    try:
        return within(_BRIEF, lambda: real_path(path))
    except OSError:
        return path


def find_secret(config: Config) -> str:
    """Return the secret of the account.

    Raises:
        ConfigError: there is none, or others may read it.

    """
    if config.service.secret_file:
        return read_secret(Path(config.service.secret_file), _SECRET_KEY, _SECRET_HELP)
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    if credentials and _is_given(Path(credentials) / CREDENTIAL):
        return read_secret(Path(credentials) / CREDENTIAL, _SECRET_KEY, _SECRET_HELP, private=False)
    if secret := os.environ.get(SECRET_VARIABLE, "").strip():
        return secret
    # At a terminal nobody hands the credential over: it is read where the service manager reads it.
    unit = None if credentials else ask_for_unit()
    if unit and CREDENTIAL in unit.credentials:
        return read_secret(unit.credentials[CREDENTIAL], _SECRET_KEY, _SECRET_HELP)
    raise ConfigError([Problem(_SECRET_KEY, "there is no secret for the service", _SECRET_HELP)])


def _is_given(credential: Path) -> bool:
    """Tell whether a credential is there; the unit lets "-" stand in for a file that is missing."""
    try:
        return credential.read_bytes().strip() != b"-"
    except FileNotFoundError:
        return False


def find_token(config: Config) -> str:
    """Return the token with which something may be done by the page; empty when there is none.

    Raises:
        ConfigError: it cannot be read, others may read it, or it could be guessed.

    """
    if not config.web.token_file:
        return ""
    path = Path(config.web.token_file)
    token = read_secret(path, _TOKEN_PLACE, _HOW_TO_MAKE_ONE)
    if len(token) < _LEAST_TOKEN:
        raise ConfigError(
            [Problem(_TOKEN_PLACE, f"{path} holds less than {_LEAST_TOKEN} characters", _HOW_TO_MAKE_ONE)]
        )
    return token


def read_secret(path: Path, key: str, remedy: str, *, private: bool = True, spaces: bool = False) -> str:
    """Return the secret that a file holds, which a key of the configuration names; passwords may have spaces.

    Raises:
        ConfigError: it cannot be read, everybody may read it, or it holds no secret; the remedy is told with it.

    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        secret = path.read_text("ascii").strip()
    except OSError as fault:
        raise ConfigError([Problem(key, f"{path} cannot be read: {fault.strerror}", remedy)]) from fault
    except UnicodeDecodeError as fault:
        raise ConfigError([Problem(key, f"{path} holds no secret: it is no plain text", remedy)]) from fault
    if private and mode & 0o007:
        closing = f"chmod 0600 {path}, and give it to the user that watchconvert runs as."
        raise ConfigError([Problem(key, f"{path} may be read by everybody (mode {mode:04o})", closing)])
    if not secret or not secret.isprintable() or (" " in secret and not spaces):
        raise ConfigError([Problem(key, f"{path} holds no secret on its only line", remedy)])
    return secret
