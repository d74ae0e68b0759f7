"""Who may see and do what, and what every answer says to the browser about its trustworthiness."""

import hmac
import ipaddress
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from flask import Request, abort, session
from werkzeug.wrappers import Response

from watchconvert.core.settings import Web
from watchconvert.core.web import UNIX, is_loopback, split_address

SESSION_LIFE = 12 * 3600
"""Seconds for which a browser that showed the token is believed."""
_ATTEMPTS, _WITHIN = 10, 60.0
"""Wrong tokens that are looked at within so many seconds, from all askers together."""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script';"
        " trusted-types 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


@dataclass(frozen=True)
class Visitor:
    """Who asks."""

    name: str = ""
    may_read: bool = False
    may_act: bool = False
    by_cookie: bool = False
    """Whether the browser sends what proves it by itself, so that another site could have made it ask."""


class Guard:
    """Knows the token, and tells who asks."""

    def __init__(self, web: Web, token: str, now: Callable[[], float]) -> None:
        self._web, self._token, self._now = web, token, now
        self._wrong: deque[float] = deque(maxlen=_ATTEMPTS)

    @property
    def has_token(self) -> bool:
        """Whether anything can be done by the page at all."""
        return bool(self._token)

    def session_key(self) -> bytes:
        """Return what sessions are signed with: another token ends them all, a restart does not."""
        return sha256(b"watchconvert session " + (self._token or secrets.token_hex()).encode()).digest()

    def identify(self, request: Request) -> Visitor:
        """Tell who asks."""
        kind, _, given = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() == "bearer" and self.is_token(given.strip()):
            return Visitor("the token", may_read=True, may_act=True)
        if self._token and session.get("until", 0) > self._now():
            return Visitor("the token", may_read=True, may_act=True, by_cookie=True)
        if self._web.user_header:
            user = request.headers.get(self._web.user_header, "") if _is_local(request) else ""
            return Visitor(user[:100], may_read=bool(user))
        return Visitor(may_read=not self._token)

    def is_token(self, given: str) -> bool:
        """Tell whether that is the token; 429 after too many that were not."""
        now = self._now()
        if len(self._wrong) == _ATTEMPTS and 0 <= now - self._wrong[0] < _WITHIN:
            abort(429)
        right = bool(self._token) and hmac.compare_digest(given.encode(), self._token.encode())
        if not right and self._token:
            self._wrong.append(now)
        return right

    def begin_session(self) -> None:
        """Believe this browser from now on."""
        session.clear()
        session.update(until=self._now() + SESSION_LIFE, csrf=secrets.token_urlsafe(24))
        session.permanent = True

    def end_session(self) -> None:
        """Believe this browser no more."""
        session.clear()

    def check_host(self, request: Request) -> None:
        """Refuse (421) whoever came by a name that is not ours: another page may have had its own name lead here."""
        host = request.headers.get("Host", "").lower()
        name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
        if not (is_loopback(name) or name in self._web.hosts or name == self._own_host()):
            abort(421)

    def _own_host(self) -> str:
        """Return the host that the page listens at; an address that stands for all of them is nobody's name."""
        if self._web.listen.startswith(UNIX):
            return "localhost"
        host = split_address(self._web.listen)[0]
        try:
            return "localhost" if ipaddress.ip_address(host).is_unspecified else host
        except ValueError:
            return host


def csrf_token() -> str:
    """Return what the forms of this session must bring along; empty where there is no session."""
    return str(session.get("csrf", ""))


def check_origin(request: Request, visitor: Visitor) -> None:
    """Refuse what another site may have made a browser ask for (403)."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403)
    if visitor.by_cookie and not hmac.compare_digest(request.form.get("csrf", "").encode(), csrf_token().encode()):
        abort(403)


def is_secure(request: Request) -> bool:
    """Tell whether a browser came by https, as its proxy says: a lie would only harm whoever tells it."""
    return request.is_secure or request.headers.get("X-Forwarded-Proto", "") == "https"


def mark(answer: Response) -> Response:
    """Give an answer the headers that every one has."""
    for name, value in HEADERS.items():
        answer.headers[name] = value
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def _is_local(request: Request) -> bool:
    """Tell whether a request came from this machine; from a unix socket the server tells "localhost"."""
    return is_loopback(request.environ.get("REMOTE_ADDR", ""))
