"""A conversion service in a thread of the test: it answers what the test scripts, and is normal otherwise.

It is the worst service that docs/contract.md allows: it registers a job late, bills every conversion that it accepts,
and never notices that one JobId was posted twice. Its clock is the test's.
"""

import hashlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from tests.e2e.wire import Heard, Saying, complaint, read_request

MARK = b"marked"
"""A source that begins so is the one that scripted answers are for."""


def converted(data: bytes) -> bytes:
    """Return what the service makes of a source: a function of its content, so that any output can be verified."""
    return b"%PDF-1.7 made of " + hashlib.sha256(data).hexdigest().encode()


@dataclass
class Work:
    """One conversion that was accepted."""

    data: bytes
    name: str
    at: float
    pending: int
    """How many polls find it still running."""
    file_id: str = field(default_factory=lambda: uuid4().hex)


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
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _gone: threading.Condition = field(default_factory=threading.Condition)

    def say(self, kind: str, saying: Saying, times: int = 1) -> None:
        """Answer the next requests of a kind so, as far as they are about a marked file (or about none)."""
        self._script.setdefault(kind, []).extend([saying] * times)

    def hush(self) -> None:
        """Be normal again."""
        self._script.clear()

    def count(self, kind: str) -> int:
        """Return how many requests of a kind came that were about a marked file (or about none)."""
        return sum(heard.kind == kind and heard.meant for heard in self.heard)

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
                with suppress(OSError):  # it may have ended by itself
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
                for heard in iter(lambda: read_request(stream, self.clock), None):
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
        with self._lock:
            heard = replace(heard, meant=self._is_meant(heard))
            self.heard.append(heard)
            script = self._script.get(heard.kind)
            said = script.pop(0) if script and heard.meant else None
            if said is None or said.in_vain:
                usual = self._answer_as_usual(heard)
            return usual if said is None else heard.quoted_in(said)

    def _answer_as_usual(self, heard: Heard) -> Saying | None:
        if heard.kind in ("submit", "probe", "user") and not self._may_enter(heard):
            return complaint(401, 4013, "Unable to authorize.")
        usual: Callable[[Heard], Saying | None] = getattr(self, f"_{heard.kind}", lambda _: complaint(404, 404, "No."))
        return usual(heard)

    def _may_enter(self, heard: Heard) -> bool:
        given = heard.headers.get("authorization", "").removeprefix("Bearer ") or heard.query.get("Secret", "")
        return given == self.secret or (bool(given) and not self.secret)

    def _is_meant(self, heard: Heard) -> bool:
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
        self.jobs.setdefault(job_id, Work(data, f"document.{heard.path.rpartition('/')[2]}", heard.at, self.pending))
        if self.reply == "result":
            return self._result(heard, self.jobs[job_id])
        return Saying(200, {"JobId": job_id}) if self.reply == "job" else None

    def _result(self, heard: Heard, work: Work) -> Saying:
        body = self.files[work.file_id] = converted(work.data)
        file = {"FileName": work.name, "FileSize": len(body), "Url": self._address(heard, work.file_id)}
        return Saying(200, {"ConversionCost": 1, "Files": [file]})

    def _address(self, heard: Heard, file_id: str) -> str:
        return f"http://{heard.headers['host']}/d/{file_id}/document"

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


@contextmanager
def scripted_service(**manners: Any) -> Iterator[ScriptedService]:
    """Run a service."""
    service = ScriptedService(**manners)
    service.start()
    try:
        yield service
    finally:
        service.stop()
