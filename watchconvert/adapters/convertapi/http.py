"""One tuned session a thread: no library retries, no redirects, the secret only to the service itself."""

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

CONNECT = 10.0
"""Seconds to reach the service."""
STALL = 60.0
"""Seconds without a byte after which a transfer counts as broken."""
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

    def send(self, method: str, url: str, *, read: float, **more: Any) -> requests.Response:
        """Send one request and return its reply, whose body is not read yet.

        `url` is a path of the service or a whole address; the secret goes along
        only to the service's own host.  `read` is the longest silence in seconds.

        Raises:
            requests.RequestException: no reply came.

        """
        whole = self.base + url if url.startswith("/") else url
        headers: Mapping[str, str] = more.pop("headers", {})
        ours = _origin(whole) == self._host
        if ours and self._auth == "query":
            more["params"] = dict(more.get("params", {})) | {"Secret": self._secret}
        return self._session().request(
            method,
            whole,
            headers=self._headers(ours=ours) | dict(headers),
            timeout=(CONNECT, read),
            allow_redirects=False,
            stream=True,
            **more,
        )

    def _headers(self, *, ours: bool) -> dict[str, str]:
        usual = {"Accept": "application/json", "Accept-Encoding": "identity"}
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
            session.headers["User-Agent"] = f"watchconvert/{__version__}"
        return session


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme)
