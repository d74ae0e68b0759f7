"""From the [[notify]] tables to what sends messages: with the secrets that the configuration only names."""

import socket
from pathlib import Path
from urllib.parse import urlsplit

from watchconvert.adapters.clock import Clock
from watchconvert.adapters.notify.command import Command
from watchconvert.adapters.notify.mail import Mail
from watchconvert.adapters.notify.sender import NotSentError, Sender
from watchconvert.adapters.notify.webhook import Webhook
from watchconvert.core.config import ConfigError, Problem
from watchconvert.core.messages import Pen
from watchconvert.core.naming import shown
from watchconvert.core.settings import Config, Notify
from watchconvert.core.units import say_duration
from watchconvert.core.wording import Wording
from watchconvert.engine.notifier import Wanted
from watchconvert.faces.load import read_secret
from watchconvert.faces.log import hide

_HELP = "Put it into a file of one line (mode 0600, or 0640 with the daemon's group)."


def make_wording() -> Wording:
    """Return what speaks in the name of this machine."""
    return Wording(shown(socket.gethostname().encode("utf-8", "surrogateescape"), 64))


def make_wanted(config: Config, clock: Clock) -> Wanted:
    """Return what the configuration says of messages, with what sends them.

    Raises:
        ConfigError: a secret is missing, or others may read it; every problem is in it.

    """
    targets, problems = [], []
    for notify in config.notify:
        try:
            targets.append((notify, make_sender(notify, clock)))
        except ConfigError as fault:
            problems += fault.problems
    if problems:
        raise ConfigError(problems)
    outboxes: dict[str, tuple[str, ...]] = {}
    for route in config.routes:
        outboxes[route.outbox] = (*outboxes.get(route.outbox, ()), route.name)
    return Wanted(tuple(targets), outboxes, config.service.low_balance)


def make_sender(notify: Notify, clock: Clock) -> Sender:
    """Return what sends messages to one notifier.

    Raises:
        ConfigError: its secret is missing, or others may read it.

    """
    if notify.kind == "command":
        return Command(notify)
    if notify.kind == "webhook":
        hide(notify.url)
        return Webhook(notify, _secret(notify, "secret_file", notify.secret_file), clock.now)
    password = _secret(notify, "password_file", notify.password_file) if notify.password_file else ""
    return Mail(notify, password, socket.gethostname())


def _secret(notify: Notify, key: str, path: str) -> str:
    secret = read_secret(Path(path), f"[[notify]] {notify.name!r} {key}", _HELP, spaces=True)
    hide(secret)
    return secret


def notify_problems(config: Config) -> list[Problem]:
    """Return what keeps messages from being sent, as far as this machine can tell."""
    try:
        make_wanted(config, Clock())
    except ConfigError as fault:
        return fault.problems
    return []


def describe(notify: Notify) -> str:
    """Return one line about a notifier, without its address: that may hold a token."""
    where = {
        "mail": f"{', '.join(notify.to)} by {notify.host}:{notify.port}",
        "webhook": urlsplit(notify.url).netloc,
        "command": "".join(notify.command[:1]),
    }[notify.kind]
    routes = ", ".join(notify.routes) or "all routes"
    every = say_duration(notify.interval)
    return f"{notify.name}: {notify.kind} to {where}; {', '.join(notify.on)}; {routes}; every {every} at most"


def send_test(notify: Notify, clock: Clock, message_id: str) -> tuple[bool, str]:
    """Send a test message by one notifier; returns whether it was sent, and what came of it.

    Raises:
        ConfigError: its secret is missing, or others may read it.

    """
    pen = Pen(make_wording(), lambda: message_id, clock.now())
    message = pen.write("test", "test", "test", make_wording().test(notify.name))
    try:
        remark = make_sender(notify, clock).send(message)
    except NotSentError as fault:
        return False, f"NOT SENT: {fault}"
    return True, f"sent, but {remark}" if remark else "sent"
