"""Which service a `convert` asks, and with whose secret: the configuration's, the environment's, or none at all."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from watchconvert.core.budget import NO_LIMIT
from watchconvert.core.config import ConfigError, Problem, read_config
from watchconvert.core.requests import Conversion, daemon_for, route_for
from watchconvert.core.settings import LOCAL, Config, Daemon, Service, Surroundings
from watchconvert.faces.load import DEFAULT, SECRET_VARIABLE, find_config, find_secret, read_text

_NO_ACCOUNT = "Or convert with --local, which needs no account."


def find_service(given: str | None, *, local: bool) -> tuple[Service, int]:
    """Return the service to ask, and the bytes that must stay free where results are stored.

    Of a configuration that nobody named, what cannot be read is left out.

    Raises:
        ConfigError: it has a problem in [service] or [daemon], or there is no secret.

    """
    usual = Daemon("")
    if local:
        return Service(url=LOCAL), usual.min_free
    path = find_config(given)
    try:
        service, daemon = _read(path)
    except ConfigError:
        if path != Path(DEFAULT) or os.access(path, os.R_OK):
            raise
        service, daemon = Service(), usual
    # Nobody could call us back: what is called is the daemon.
    service = replace(service, webhook_url="", low_balance=0, budget=NO_LIMIT)
    return _with_secret(service, given), daemon.min_free


def _read(path: Path) -> tuple[Service, Daemon]:
    """Return two tables of a configuration; what is wrong with its routes is none of our business."""
    try:
        raw: Mapping[str, Any] = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as fault:
        raise ConfigError([Problem("file", f"is not valid TOML: {fault}", "Mend the place it names.")]) from fault
    tables = {name: raw[name] for name in ("service", "daemon") if name in raw}
    route = {"name": "convert", "path": "/", "to": "pdf"}
    config = read_config(tables | {"route": [route]}, Surroundings(str(path.absolute().parent)))
    return config.service, config.daemon


def _with_secret(service: Service, given: str | None) -> Service:
    """Return a service whose secret can be had."""
    if service.is_local:
        return service
    try:
        find_secret(make_config(service, Conversion(service.url, "pdf"), "/", 0))
    except ConfigError as fault:
        if given is None and os.environ.get(SECRET_VARIABLE):
            return replace(service, secret_file=None)  # that of the daemon is not ours to read
        problems = [Problem(each.key, each.wrong, f"{each.remedy} {_NO_ACCOUNT}") for each in fault.problems]
        raise ConfigError(problems) from fault
    return service


def make_config(service: Service, conversion: Conversion, work: str, min_free: int) -> Config:
    """Return the configuration of the engine in a working folder."""
    return Config(service, daemon_for(work, min_free), (route_for(conversion, work, service.mode),))
