"""Connections that cannot be kept waiting for ever: sends in time, and replies that must go on coming.

The library's own time-out begins anew with each byte, reads on through any number of interim answers, and takes an
interim answer that it does not know for the reply; the real reply would then be that of the next request.
"""

import io
import math
import ssl
import time
from http.client import HTTPResponse, LineTooLong
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

SEND = 60.0
"""Seconds in which each block of a request must have gone out."""
BLOCK = 256 * 1024
"""Bytes moved at once: sixteen times the library's own block costs a third of its processor time."""
LEAST = 64 * 1024
"""Bytes of a body that must come in each stretch of time."""
_LONGEST_LINE, _MOST_LINES = 256, 100


class _Paced(io.RawIOBase):
    """The bytes of one reply: of its head all, and of its body `LEAST` at least, in each stretch of time."""

    def __init__(self, raw: io.RawIOBase, stretch: float) -> None:
        self._raw, self._stretch = raw, stretch
        self._in_body, self._end, self._got = False, math.inf, 0

    def begin_body(self) -> None:
        """Note that the head is whole."""
        self._in_body = True
        self._renew()

    def _renew(self) -> None:
        self._end, self._got = time.monotonic() + self._stretch, 0

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what there is; TimeoutError when the reply comes too slowly."""
        if time.monotonic() >= self._end:
            if not self._in_body or self._got < LEAST:
                raise TimeoutError("the answer comes too slowly")
            self._renew()
        got: int = self._raw.readinto(buffer)
        if self._end == math.inf:
            self._renew()  # the service may take all its time until the first byte
        self._got += got
        return got

    def close(self) -> None:
        """Let go of the connection."""
        self._raw.close()
        super().close()


class _Lines(io.BufferedReader):
    """Bounds the lines between and after the chunks of a body; the library would read them without end."""

    in_body, _in_a_row = False, 0

    def readline(self, size: int | None = -1, /) -> bytes:
        """Read a line; those of the head are bounded by the library."""
        line = super().readline(size)
        self._in_a_row += self.in_body
        if self.in_body and (len(line) > _LONGEST_LINE or self._in_a_row > _MOST_LINES):
            raise LineTooLong("chunk")
        return line

    def read(self, size: int | None = -1, /) -> bytes:
        """Read bytes of the body; as many as a chunk tells, which may be nonsense."""
        if size is not None and size < 0 and self.in_body:
            raise LineTooLong("chunk of a negative size")
        self._in_a_row = 0
        return super().read(size)


class _Reply(HTTPResponse):
    """A reply at its pace, without the interim answers before it."""

    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._paced = _Paced(self.fp.detach(), sock.gettimeout())
        self.fp = self._lines = _Lines(self._paced)

    def begin(self) -> None:
        """Read the head."""
        super().begin()
        self._paced.begin_body()
        self._lines.in_body = True

    def _read_status(self) -> tuple[str, int, str]:
        version, status, reason = super()._read_status()  # type: ignore[misc]
        # Of the interim answers the library skips this one alone.
        return version, 100 if 100 <= status < 200 else status, reason


class Plain(HTTPConnection):
    """Gives each block its time to go out; the library gives it the time to connect, or that of the reply before."""

    response_class = _Reply

    def send(self, data: Any) -> None:
        """Send a block."""
        if self.sock is None:
            self.connect()
        self.sock.settimeout(SEND)
        super().send(data)


class Secure(HTTPSConnection, Plain):
    """The same over TLS."""


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = Secure


_POOLS = {"http": _PlainPool, "https": _SecurePool}


class Adapter(HTTPAdapter):
    """Shares one TLS context: the library would parse the bundle of authorities for each connection."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(pool_connections=4, pool_maxsize=4, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of connections."""
        super().init_poolmanager(*args, **kwargs | {"ssl_context": self._context, "blocksize": BLOCK})
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Make those that go through a proxy."""
        manager = super().proxy_manager_for(proxy, **kwargs | {"ssl_context": self._context, "blocksize": BLOCK})
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:  # noqa: ARG002 - the library's signature
        """Leave it to the context."""
        if url.lower().startswith("https"):
            conn.cert_reqs = "CERT_REQUIRED"


class Session(requests.Session):
    """Takes a reply as it is: a redirect is not looked into, and nothing is remembered of it."""

    def __init__(self, context: ssl.SSLContext, proxies: dict[str, str]) -> None:
        super().__init__()
        self.trust_env = False
        self.proxies = dict(proxies)
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        for scheme in ("https://", "http://"):
            self.mount(scheme, Adapter(context))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Find none: to prepare the next request, the library would read the whole body and trip over odd addresses."""
