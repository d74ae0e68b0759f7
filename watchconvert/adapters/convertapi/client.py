"""What the daemon asks of the service, each as one call that returns an answer."""

import hashlib
import os
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import requests

from watchconvert.adapters.convertapi.http import BLOCK, STALL, Http
from watchconvert.adapters.convertapi.replies import BadReplyError, read_json, to_answer, to_complaint, without_reply
from watchconvert.core.answers import Accepted, Answer, Asked, Held, Unavailable, Unclear, Unknown, Uploaded
from watchconvert.core.job import Job, Part, Step
from watchconvert.core.naming import neutral_name

_ASK = 30.0
"""Seconds that an ask may stay without an answer; the old dialect holds one for 5 s."""
_BRIEF = 2.0
"""Seconds that an asynchronous request is held where the dialect has only the held form."""


class SourceChangedError(Exception):
    """The source became shorter while it was read."""


class FetchError(Exception):
    """A result could not be fetched; `answer` says what follows."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(str(answer))
        self.answer = answer


class _Body:
    """A file on its way out: tells its length, streams, and takes its SHA-256 on the way."""

    def __init__(self, file: int, size: int) -> None:
        self._file, self._left = file, size
        self._hash = hashlib.sha256()

    def __len__(self) -> int:
        return self._left

    def read(self, size: int = BLOCK) -> bytes:
        block = os.read(self._file, min(size if size > 0 else BLOCK, self._left))
        if self._left and not block:
            raise SourceChangedError
        self._left -= len(block)
        self._hash.update(block)
        return block

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


class ConvertApi:
    """The conversion service; every method may be called from any thread."""

    def __init__(self, http: Http, *, dialect: str = "auto", timeout: float = 900.0, hold: float = 60.0) -> None:
        self._http = http
        self._timeout, self._hold = timeout, hold
        self._wanted = dialect
        self._spoken = dialect if dialect != "auto" else ""

    def has_file(self, file_id: str, size: int) -> bool:
        """Tell whether the service has a file of that size under that id; costs nothing."""
        try:
            with self._http.send("HEAD", f"/d/{file_id}", read=_ASK) as reply:
                told = reply.headers.get("file-size") or reply.headers.get("Content-Length", "")
                return reply.status_code == 200 and told == str(size)
        except requests.RequestException:
            return False

    def upload(self, job: Job, file: int, size: int) -> tuple[Answer, str]:
        """Send the source under the job's own file id; returns the answer and the SHA-256 of what was sent.

        It costs nothing and may be repeated.

        Raises:
            SourceChangedError: the file became shorter while it was read.

        """
        body = _Body(file, size)
        name = neutral_name(job.conversion.source)
        try:
            with self._http.send(
                "POST",
                "/upload",
                read=STALL,
                params={"fileId": job.file_id, "filename": name},
                data=body if size else b"",
                headers={
                    "Content-Type": "application/octet-stream",
                    "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
                },
            ) as reply:
                if reply.status_code != 200:
                    return to_complaint(reply, Asked.UPLOAD), ""
                return Uploaded(str(read_json(reply).get("FileId", job.file_id))), body.sha256
        except requests.RequestException as fault:
            return without_reply(fault, Asked.UPLOAD), ""
        except BadReplyError as fault:
            return Unavailable(str(fault)), ""

    def submit(self, job: Job) -> Answer:
        """Ask for the conversion under the job's JobId: the one request that is billed.

        May be called again with the same JobId only after `ask` said that it is
        unknown (docs/design.md, "Never pay twice").
        """
        if self._spoken:
            return self._submit(job, self._spoken)
        answer = self._submit(job, "current")
        if isinstance(answer, Held) and answer.verdict.status in (404, 405):
            # That route does not exist there, so nothing was accepted: the service may speak the old dialect.
            older = self._submit(job, "old")
            if not isinstance(older, Held):
                self._spoken = "old"
            return older
        if not isinstance(answer, Unclear | Unavailable):
            self._spoken = "current"
        return answer

    def _submit(self, job: Job, dialect: str) -> Answer:
        step = job.conversion
        path = f"/convert/{step.source}/to/{step.target}"
        if dialect == "current":
            return self._post("/async" + path, {"JobId": job.remote_id}, job, _ASK)
        hold = self._hold if job.order.mode == "semi-async" else _BRIEF
        return self._post(path, {"JobId": str(uuid.UUID(job.remote_id))}, job, hold)

    def _post(self, path: str, query: dict[str, str], job: Job, read: float) -> Answer:
        try:
            with self._http.send("POST", path, read=read, params=query, data=self._form(job)) as reply:
                return to_answer(reply, Asked.SUBMIT)
        except requests.RequestException as fault:
            return without_reply(fault, Asked.SUBMIT)
        except BadReplyError as fault:
            return Unclear(str(fault))

    def _form(self, job: Job) -> dict[str, str]:
        fixed = {"File": job.file_id, "StoreFile": "true", "Timeout": f"{self._timeout:.0f}"}
        return {name: _word(value) for name, value in job.conversion.params.items()} | fixed

    def ask(self, job: Job) -> Answer:
        """Ask what became of a JobId; costs nothing.

        Where the dialect is not known yet, only a "no" in both counts as unknown.
        """
        dialects = [self._spoken] if self._spoken else ["current", "old"]
        answer: Answer = Unknown()
        for dialect in dialects:
            answer = self._ask(job, dialect)
            if not isinstance(answer, Unknown):
                return answer
        return answer

    def _ask(self, job: Job, dialect: str) -> Answer:
        path = f"/async/job/{job.remote_id}" if dialect == "current" else f"/job/{uuid.UUID(job.remote_id)}"
        try:
            with self._http.send("GET", path, read=_ASK) as reply:
                return to_answer(reply, Asked.POLL)
        except requests.RequestException as fault:
            return without_reply(fault, Asked.POLL)
        except BadReplyError as fault:
            return Unavailable(str(fault))

    def fetch(self, part: Part) -> Iterator[bytes]:
        """Stream one result.

        Raises:
            FetchError: it cannot be had, now or at all; its answer says which.

        """
        if not self._http.is_trusted(part.url):
            raise FetchError(Unavailable("the service named a result on a host that is not its own"))
        try:
            with self._http.send("GET", part.url, read=STALL) as reply:
                if reply.status_code != 200:
                    raise FetchError(to_complaint(reply, Asked.FETCH))
                if reply.headers.get("Content-Encoding", "identity") != "identity":
                    raise FetchError(Unavailable("the result came compressed, which was not asked for"))
                yield from reply.iter_content(BLOCK)
        except requests.RequestException as fault:
            raise FetchError(without_reply(fault, Asked.FETCH)) from fault

    def forget(self, job: Job) -> None:
        """Delete the job, its results and its upload at the service, as far as that can be done; never raises."""
        jobs = [f"/async/job/{job.remote_id}"] if self._spoken != "old" else []
        jobs += [f"/job/{uuid.UUID(job.remote_id)}"] if job.remote_id and self._spoken != "current" else []
        files = [part.url for part in job.parts if self._http.is_trusted(part.url)]
        for url in [*(jobs if job.remote_id else []), *files, f"/d/{job.file_id}"]:
            try:
                self._http.send("DELETE", url, read=_ASK).close()
            except requests.RequestException:
                return

    def probe(self) -> Answer:
        """Find out by a request that costs nothing whether the service and the account are in order.

        A merge of nothing is refused before it costs: 400 with code 4000 when the
        credentials are good, 401 when they are not.
        """
        try:
            with self._http.send("POST", "/convert/pdf/to/merge", read=_ASK, json={"Parameters": []}) as reply:
                if reply.status_code == 400:
                    return Accepted()
                return to_complaint(reply, Asked.SUBMIT)
        except requests.RequestException as fault:
            return without_reply(fault, Asked.UPLOAD)

    def supports(self, step: Step) -> bool | None:
        """Tell whether the service offers a conversion; None when it does not say.  Costs nothing."""
        try:
            with self._http.send("GET", f"/info/canconvert/{step.source}/to/{step.target}", read=_ASK) as reply:
                return {200: True, 404: False}.get(reply.status_code)
        except requests.RequestException:
            return None


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
