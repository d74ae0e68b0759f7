"""Processor time of one request of each kind, by the ways that there are in Python, over a kept connection.

What the daemon uses ("the daemon's way") beside `requests` tuned as the daemon does it by way of a proxy, urllib3's
pool, and the standard library's client without what the daemon guards its connections by.  One thread each; the
contenders take turns, and medians are told.
"""

import http.client
import json
import ssl
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3
from rig import make_body, standin
from tables import Table, show

from watchconvert.adapters.convertapi.connections import BLOCK, Session
from watchconvert.adapters.convertapi.http import Http

SIZE = 50_000
HEADING = ("way", "upload 50 KB", "convert", "download 50 KB", "delete", "first three", "ratio")
_HEADERS = {"Authorization": "Bearer any", "Accept": "application/json", "Accept-Encoding": "identity"}

Call = Callable[[str, str, Any], bytes]
"""Sends a method, a target and a body (bytes or a form), and returns the body of the reply."""


def by_daemon(url: str) -> Call:
    """Return the way of `adapters.convertapi`."""
    spoken = Http(url, "any")

    def call(method: str, target: str, body: Any) -> bytes:
        with spoken.send(method, target, read=60.0, data=body) as reply:
            return b"".join(reply.iter_content(BLOCK))

    return call


def by_requests(url: str) -> Call:
    """Return the way that the daemon takes where there is a proxy, without the proxy."""
    session = Session(ssl.create_default_context(), {})

    def call(method: str, target: str, body: Any) -> bytes:
        with session.request(method, url + target, data=body, headers=_HEADERS, stream=True, timeout=60.0) as reply:
            return b"".join(reply.iter_content(BLOCK))

    return call


def _encoded(body: Any) -> tuple[Mapping[str, str], Any]:
    if isinstance(body, dict):
        return _HEADERS | {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(body)
    return _HEADERS, body


def by_urllib3(url: str) -> Call:
    """Return the way of urllib3's pool of connections."""
    pool = urllib3.connection_from_url(url)

    def call(method: str, target: str, body: Any) -> bytes:
        headers, data = _encoded(body)
        return pool.urlopen(method, target, body=data, headers=headers, retries=False, redirect=False).data

    return call


def by_standard_library(url: str) -> Call:
    """Return the way of http.client."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc)

    def call(method: str, target: str, body: Any) -> bytes:
        headers, data = _encoded(body)
        connection.request(method, target, data, headers)
        return connection.getresponse().read()

    return call


WAYS: dict[str, Callable[[str], Call]] = {
    "the daemon's way": by_daemon,
    "requests": by_requests,
    "urllib3": by_urllib3,
    "http.client, unguarded": by_standard_library,
}


def _run(call: Call, count: int) -> list[float]:
    """Return the microseconds of processor time of each kind of request."""
    body, ids = make_body(SIZE), [uuid.uuid4().hex for _ in range(count)]
    told: list[bytes] = []
    kinds: list[Callable[[str], Any]] = [
        lambda each: call("POST", f"/upload?fileId={each}&filename=document.txt", body),
        lambda each: told.append(
            call("POST", f"/convert/txt/to/pdf?JobId={each}", {"File": each, "StoreFile": "true"})
        ),
        lambda _each: call("GET", urlsplit(json.loads(told.pop())["Files"][0]["Url"]).path, None),
        lambda each: call("DELETE", f"/d/{each}", None),
    ]
    found = []
    for kind in kinds:
        before = time.thread_time()
        for each in ids:
            kind(each)
        found.append((time.thread_time() - before) / count * 1e6)
    return found


def measure(*, quick: bool = False) -> Table:
    """Return the table; about 20 seconds, or 4."""
    rounds, count = (1, 200) if quick else (5, 400)
    found: dict[str, list[list[float]]] = {name: [] for name in WAYS}
    with standin() as service:
        for _ in range(rounds):
            for name, way in WAYS.items():
                found[name].append(_run(way(service.url), count))
    middles = {name: [median(kind) for kind in zip(*runs, strict=True)] for name, runs in found.items()}
    least = sum(middles["http.client, unguarded"][:3])
    rows = [
        [name, *(show(value) for value in (*each, sum(each[:3]), sum(each[:3]) / least))]
        for name, each in middles.items()
    ]
    return Table(HEADING, rows)


if __name__ == "__main__":
    print(measure(quick="--quick" in sys.argv).as_markdown())
