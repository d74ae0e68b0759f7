"""What goes over the wire between the daemon and the scripted service: requests that it heard, replies that it says."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Saying:
    """One reply; a body that is no bytes goes out as JSON."""

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "application/json"
    in_vain: bool = False
    """The service does what was asked all the same, and only says that it did not."""

    def wire(self, *, type_first: bool) -> bytes:
        """Return the reply as it goes over the wire."""
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        both = [("Content-Type", self.kind), ("Content-Length", str(len(body)))]
        lines = [*self.headers.items(), *(both if type_first else reversed(both))]
        head = f"HTTP/1.1 {self.status} Said\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines) + "\r\n"
        return head.encode() + body


REQUEST = "{request}"
"""Stands in a message for the request that is complained about: some services quote what they were asked."""


def complaint(status: int, code: int | None, message: str = "", **invalid: str) -> Saying:
    """Return an error as the service words it; without a code it is the page of a proxy."""
    if code is None:
        return Saying(status, f"<html>{status}</html>".encode(), kind="text/html")
    body: dict[str, Any] = {"Code": code, "Message": message}
    return Saying(
        status, body | ({"InvalidParameters": {name: [why] for name, why in invalid.items()}} if invalid else {})
    )


@dataclass(frozen=True)
class Heard:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    at: float
    meant: bool = False
    """Whether it is about a marked file, or about no file at all."""

    @property
    def kind(self) -> str:
        """What is asked: upload, submit, poll, fetch, look, delete, probe, info or user."""
        if self.method in ("HEAD", "DELETE"):
            return {"HEAD": "look", "DELETE": "delete"}[self.method]
        if self.path.endswith("/pdf/to/merge"):
            return "probe"
        words = {"upload": "upload", "convert": "submit", "job": "poll", "d": "fetch"}
        first = self.path.removeprefix("/async").split("/")[1]
        return words.get(first, first)

    def quoted_in(self, said: Saying) -> Saying:
        """Return a reply with this request in the place of `REQUEST`."""
        if not isinstance(said.body, dict) or REQUEST not in str(said.body.get("Message")):
            return said
        whole = f"{self.method} {self.path} {self.form if self.kind == 'submit' else self.query} {self.headers}"
        return replace(said, body=said.body | {"Message": said.body["Message"].replace(REQUEST, whole)})

    @property
    def form(self) -> dict[str, str]:
        """The parameters of query and form."""
        return self.query | dict(parse_qsl(self.body.decode("latin-1")))


def read_request(stream: BinaryIO, clock: Callable[[], float]) -> Heard | None:
    """Return the next request of a connection; None when it ended before the request was whole."""
    lines = []
    while (line := stream.readline()) != b"\r\n":
        if not line.endswith(b"\r\n"):
            return None
        lines.append(line.decode("latin-1").strip())
    method, target, _ = lines[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    size = int(headers.get("content-length", "0"))
    body = stream.read(size)
    if len(body) < size:
        return None
    url = urlsplit(target)
    return Heard(method, url.path, dict(parse_qsl(url.query)), headers, body, clock())
