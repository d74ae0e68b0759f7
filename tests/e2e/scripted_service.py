"""A conversion service in a thread of the test: it answers what the test scripts, and is normal otherwise.

It is the worst service that docs/contract.md allows: it registers a job late, bills every conversion that it accepts,
and never notices that one JobId was posted twice. Its clock is the test's.
"""

import hashlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

MARK = b"marked"
"""A source that begins so is the one that scripted answers are for."""


def converted(data: bytes) -> bytes:
    """Return what the service makes of a source: a function of its content, so that any output can be verified."""
    return b"%PDF-1.7 made of " + hashlib.sha256(data).hexdigest().encode()


@dataclass(frozen=True)
class Saying:
    """One reply; a body that is no bytes goes out as JSON."""

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "application/json"

    def wire(self, *, type_first: bool) -> bytes:
        """Return the reply as it goes over the wire."""
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        both = [("Content-Type", self.kind), ("Content-Length", str(len(body)))]
        lines = [*self.headers.items(), *(both if type_first else reversed(both))]
        head = f"HTTP/1.1 {self.status} Said\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines) + "\r\n"
        return head.encode() + body


def complaint(status: int, code: int | None, message: str = "", **invalid: str) -> Saying:
    """Return an error as the service words it; without a code it is the page of a proxy."""
    if code is None:
        return Saying(status, f"<html>{status}</html>".encode(), kind="text/html")
    body: dict[str, Any] = {"Code": code, "Message": message}
    return Saying(status, body | ({"InvalidParameters": {name: [why] for name, why in invalid.items()}} if invalid else {}))


@dataclass(frozen=True)
class Heard:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    at: float

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

    @property
    def form(self) -> dict[str, str]:
        """The parameters of query and form."""
        return self.query | dict(parse_qsl(self.body.decode("latin-1")))


@dataclass
class Work:
    """One conversion that was accepted."""

    data: bytes
    file_id: str
    at: float
    pending: int
    """How many polls find it still running."""


@dataclass
class ScriptedService:
    """The service; `url` is where it listens between `start` and `stop`."""

    clock: Callable[[], float] = time.time
    old: bool = True
    """Whether it speaks the old dialect, and nothing else."""
    reply: str = "result"
    """What an accepted submit is answered with: the "result", the "job", or "nothing" but a closed connection."""
    lag: float = 0.0
    """Seconds until an accepted job can be asked about."""
    pending: int = 1
    type_first: bool = True
    secret: str = ""
    """The one secret it accepts; any when empty."""
    offered: bool = True
    """What it says when it is asked whether it offers a conversion."""
    heard: list[Heard] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    jobs: dict[str, Work] = field(default_factory=dict)
    bills: list[str] = field(default_factory=list)
    _script: dict[str, list[Saying]] = field(default_factory=dict)
    _open: dict[int, socket.socket] = field(default_factory=dict)
    _gone: threading.Condition = field(default_factory=threading.Condition)

    def say(self, kind: str, saying: Saying, times: int = 1) -> None:
        """Answer the next requests of a kind so, as far as they are about a marked file (or about none)."""
        self._script.setdefault(kind, []).extend([saying] * times)

    def hush(self) -> None:
        """Be normal again."""
        self._script.clear()

    def count(self, kind: str) -> int:
        """Return how many requests of a kind came that were about a marked file (or about none)."""
        return sum(heard.kind == kind and self._is_meant(heard) for heard in self.heard)

    # connections ────────────────────────────────────────────────────────────
    def start(self, port: int = 0) -> str:
        """Listen; returns the address."""
        self._listener = socket.create_server(("127.0.0.1", port), backlog=64)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()
        return self.url

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Be gone, with every connection that is open."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._gone:
            for connection in self._open.values():
                connection.shutdown(socket.SHUT_RDWR)
            assert self._gone.wait_for(lambda: not self._open, 10), "a connection does not end"

    def wait_until_gone(self, port: int) -> None:
        """Wait until a connection from that port has ended, with all that it asked for done."""
        with self._gone:
            assert self._gone.wait_for(lambda: port not in self._open, 10), "a connection does not end"

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, (_, port) = listener.accept()
            except OSError:
                return
            with self._gone:
                self._open[port] = connection
            threading.Thread(target=self._serve, args=(connection, port), daemon=True).start()

    def _serve(self, connection: socket.socket, port: int) -> None:
        try:
            with connection, connection.makefile("rb") as stream:
                for heard in iter(lambda: read_request(stream, self.clock()), None):
                    said = self._answer(heard)
                    if said is None:
                        break
                    wire = said.wire(type_first=self.type_first)
                    connection.sendall(wire.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if heard.method == "HEAD" else wire)
        except OSError:
            pass  # the client went away, as it may
        finally:
            with self._gone:
                del self._open[port]
                self._gone.notify_all()

    # answers ────────────────────────────────────────────────────────────────
    def _answer(self, heard: Heard) -> Saying | None:
        self.heard.append(heard)
        script = self._script.get(heard.kind)
        if script and self._is_meant(heard):
            return script.pop(0)
        if heard.kind in ("submit", "probe", "user") and not self._may_enter(heard):
            return complaint(401, 4013, "Unable to authorize.")
        usual: Callable[[Heard], Saying | None] = getattr(self, f"_{heard.kind}", lambda _: complaint(404, 404, "No."))
        return usual(heard)

    def _may_enter(self, heard: Heard) -> bool:
        given = heard.headers.get("authorization", "").removeprefix("Bearer ") or heard.query.get("Secret", "")
        return given == self.secret or (bool(given) and not self.secret)

    def _is_meant(self, heard: Heard) -> bool:
        """Tell whether a request is about a marked file, or about no file at all."""
        if heard.kind == "upload":
            return heard.body.startswith(MARK)
        if heard.kind == "submit":
            return self.files.get(heard.form.get("File", ""), MARK).startswith(MARK)
        name = heard.path.removeprefix("/async").split("/")[2:3]
        if heard.kind == "poll":
            work = self.jobs.get(name[0].replace("-", ""))
            return work is None or work.data.startswith(MARK)
        return heard.kind != "fetch" or self.files.get(name[0]) == converted(MARK)

    def _upload(self, heard: Heard) -> Saying:
        file_id = heard.query.get("fileId") or uuid4().hex
        self.files[file_id] = heard.body
        return Saying(200, {"FileId": file_id, "FileSize": len(heard.body), "Url": self._address(heard, file_id)})

    def _submit(self, heard: Heard) -> Saying | None:
        if heard.path.startswith("/async") and self.old:
            return complaint(404, None)
        data = self.files.get(heard.form.get("File", ""))
        if data is None:
            return complaint(500, 5009, "Unable to access the file.")
        job_id = heard.query["JobId"].replace("-", "")
        self.bills.append(job_id)
        self.jobs.setdefault(job_id, Work(data, uuid4().hex, heard.at, self.pending))
        if self.reply == "result":
            return self._result(heard, self.jobs[job_id])
        return Saying(200, {"JobId": job_id}) if self.reply == "job" else None

    def _result(self, heard: Heard, work: Work) -> Saying:
        body = self.files[work.file_id] = converted(work.data)
        file = {"FileName": "document.pdf", "FileSize": len(body), "Url": self._address(heard, work.file_id)}
        return Saying(200, {"ConversionCost": 1, "Files": [file]})

    def _address(self, heard: Heard, file_id: str) -> str:
        return f"http://{heard.headers['host']}/d/{file_id}/document.pdf"

    def _poll(self, heard: Heard) -> Saying:
        work = self.jobs.get(heard.path.rpartition("/")[2].replace("-", ""))
        if heard.path.startswith("/async") is self.old or work is None or heard.at - work.at < self.lag:
            return complaint(404, 404, "JobId is invalid or the response is expired.")
        work.pending -= 1
        return Saying(202) if work.pending >= 0 else self._result(heard, work)

    def _fetch(self, heard: Heard) -> Saying:
        data = self.files.get(heard.path.split("/")[2])
        if data is None:
            return complaint(404, 404, "File not found.")
        return Saying(200, data, kind="application/octet-stream")

    def _look(self, heard: Heard) -> Saying:
        data = self.files.get(heard.path.split("/")[2])
        return Saying(404) if data is None else Saying(200, headers={"file-size": str(len(data))})

    def _delete(self, heard: Heard) -> Saying:
        name = heard.path.removeprefix("/async").split("/")[2].replace("-", "")
        return Saying(200 if self.files.pop(name, None) or self.jobs.pop(name, None) else 404)

    def _probe(self, _heard: Heard) -> Saying:
        return complaint(400, 4000, "Parameter validation error.")

    def _info(self, _heard: Heard) -> Saying:
        return Saying(200 if self.offered else 404, [])

    def _user(self, _heard: Heard) -> Saying:
        return Saying(200, {"Active": True, "ConversionsTotal": 1000, "ConversionsConsumed": len(self.bills)})


def read_request(stream: BinaryIO, at: float) -> Heard | None:
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
    return Heard(method, url.path, dict(parse_qsl(url.query)), headers, body, at)


@contextmanager
def scripted_service(**manners: Any) -> Iterator[ScriptedService]:
    """Run a service."""
    service = ScriptedService(**manners)
    service.start()
    try:
        yield service
    finally:
        service.stop()
