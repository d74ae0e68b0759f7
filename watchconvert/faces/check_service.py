"""What `check` finds out about the service: the secret, and whether it is accepted, by requests that cost nothing."""

import importlib.util
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from watchconvert.core.answers import Accepted, Held, Unavailable
from watchconvert.core.config import ConfigError, Problem
from watchconvert.core.findings import Cause, Finding, problem, warning
from watchconvert.core.job import Step
from watchconvert.core.settings import Config
from watchconvert.core.whys import plain

if TYPE_CHECKING:
    from watchconvert.adapters.convertapi.client import ConvertApi

_ABOUT = "service"


def look_at_service(
    config: Config, told: Callable[[Iterable[Problem]], list[Finding]], *, offline: bool
) -> Iterator[Finding]:
    """Yield what is found; `told` turns problems of the configuration into findings."""
    if config.service.is_local:
        yield _look_at_extra()
        return
    from watchconvert.faces.link import Link

    link = Link(config.service.url)
    try:
        secret = link.find_secret(config)
    except ConfigError as fault:
        yield from told(fault.problems)
        return
    yield Finding(_ABOUT, "there is a secret, and only those may read it who should")
    if offline:
        yield Finding(_ABOUT, "the service was not asked (--offline)")
        return
    from watchconvert.adapters.convertapi.client import ConvertApi
    from watchconvert.faces.build import make_manners

    service = ConvertApi(link.open(config, secret), make_manners(config))
    answer = service.probe()
    yield _judge(config, answer)
    if isinstance(answer, Accepted):
        yield from _look_at_account(service)
        yield from _look_at_conversions(config, service)


def _look_at_extra() -> Finding:
    if importlib.util.find_spec("aiohttp") is None:
        remedy = "pip install 'watchconvert[local]', or name a service as url."
        return problem(_ABOUT, 'url = "local", and the built-in server is not installed', remedy)
    return Finding(_ABOUT, "the built-in server is installed; it needs no account")


def _judge(config: Config, answer: object) -> Finding:
    url = config.service.url
    match answer:
        case Accepted():
            return Finding(_ABOUT, f"{url} accepts the credentials")
        case Held(_, verdict):
            said = f" (it said: {plain(verdict.message)})" if verdict.message else ""
            remedy = "Look at the account, or put the right secret into its place; a restart or a reload takes it."
            return problem(_ABOUT, verdict.sentence + said, remedy, Cause.CREDENTIALS)
        case Unavailable(reason):
            why = plain(reason)
        case _:
            why = "its answer was not understood"
    remedy = "Look after the network, a proxy ($HTTPS_PROXY) or `url`; files wait meanwhile, and go on by themselves."
    return problem(_ABOUT, f"{url} cannot be reached: {why}", remedy, Cause.SERVICE)


def _look_at_account(service: "ConvertApi") -> Iterator[Finding]:
    account = service.account()
    if account is None or account.total is None or account.consumed is None:
        return
    left = account.total - account.consumed
    said = f"{account.consumed} of {account.total} conversions are used"
    if left > 0:
        yield Finding(_ABOUT, said)
    else:
        yield warning(_ABOUT, f"{said}: none is left", "Buy more; until then files wait.")


def _look_at_conversions(config: Config, service: "ConvertApi") -> Iterator[Finding]:
    for route in config.routes:
        if route.source_format and service.supports(Step(route.source_format, route.to)) is False:
            said = f"the service does not convert {route.source_format} to {route.to}"
            yield problem(f"route {route.name}", said, "Change `from` or `to` of the route.")
