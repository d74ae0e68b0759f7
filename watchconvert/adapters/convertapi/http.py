"""Requests to the service: no retries, no redirects, the secret only to the service itself."""

import hmac
import re
import ssl
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.utils import get_environ_proxies

from watchconvert import __version__
from watchconvert.adapters.convertapi.connections import Session
from watchconvert.adapters.convertapi.lane import AnyReply, Kept, Request, ask

CONNECT = 10.0
"""Seconds to reach the service."""
STALL = 60.0
"""Seconds without a byte after which a transfer counts as broken."""
_OURSELVES = f"watchconvert/{__version__}"
_SOUND = re.compile(r"https?://[\w.\[\]:-]+(?:/[^\\\x00-\x1f\x7f]*)?", re.ASCII | re.IGNORECASE)
"""Addresses that every reader takes apart alike: no user, no backslash, no control character."""


class Http:
    """Sends requests to one service."""

    def __init__(self, base: str, secret: str, *, auth: str = "header") -> None:
        self.base = base
        self._auth = auth
        self._host = _origin(base)
        self._secret = secret
        self._context = ssl.create_default_context()
        self._proxies = get_environ_proxies(base)
        self._local = threading.local()

    def has_secret(self, secret: str) -> bool:
        """Tell whether this is the secret that is sent."""
        return hmac.compare_digest(self._secret.encode(), secret.encode())

    def send(self, method: str, url: str, *, read: float, **more: Any) -> AnyReply:
        """Send one request and return its reply, whose body is not read yet.

        `url` is a path of the service or a whole address; the secret goes along
        only to the service's own host.  `read` is the longest silence in seconds.
        Further: `params` of the query, `data` (bytes, a form, or a body that is
        read as it is sent), `headers`.

        Raises:
            requests.RequestException: no reply came.

        """
        whole = self.base + url if url.startswith("/") else url
        headers: Mapping[str, str] = more.pop("headers", {})
        params: dict[str, str] = dict(more.pop("params", {}))
        ours = _origin(whole) == self._host
        if ours and self._auth == "query":
            params["Secret"] = self._secret
        request = Request(method, whole, self._headers(ours=ours) | dict(headers))
        if self._proxies:
            return self._send_by_proxy(request, read=read, params=params, **more)
        return ask(self._kept(), request, connect=CONNECT, read=read, params=params, **more)

    def _send_by_proxy(self, request: Request, *, read: float, **more: Any) -> requests.Response:
        return self._session().request(
            request.method,
            request.url,
            headers=dict(request.headers),
            timeout=(CONNECT, read),
            allow_redirects=False,
            stream=True,
            **more,
        )

    def _kept(self) -> Kept:
        kept: Kept | None = getattr(self._local, "kept", None)
        if kept is None:
            kept = self._local.kept = Kept(self._context)
        return kept

    def _headers(self, *, ours: bool) -> dict[str, str]:
        usual = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": _OURSELVES}
        with_secret = ours and self._auth == "header"
        return usual | {"Authorization": f"Bearer {self._secret}"} if with_secret else usual

    def is_trusted(self, url: str) -> bool:
        """Tell whether a result may be fetched there: by https from the service's hosts, or from its own origin."""
        if not _SOUND.fullmatch(url):
            return False
        try:
            origin = _origin(url)
        except ValueError:
            return False
        scheme, host, port = origin
        return origin == self._host or (scheme == "https" and port == 443 and self._is_sibling(host))

    def _is_sibling(self, host: str) -> bool:
        """Tell whether a host lies in the domain of the service's own; an address in digits lies in none."""
        labels = self._host[1].split(".")
        domain = ".".join(labels[1:] if len(labels) > 2 else labels)
        return "." in domain and not labels[-1].isdigit() and host.endswith("." + domain)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = Session(self._context, self._proxies)
        return session


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme)
