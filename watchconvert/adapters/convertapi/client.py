"""What the daemon asks of the service, each as one call that returns an answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests

from watchconvert.adapters.convertapi.dialects import CURRENT, OLD, Dialects, Speech
from watchconvert.adapters.convertapi.http import STALL, Http
from watchconvert.adapters.convertapi.replies import (
    BadReplyError,
    as_count,
    plain_id,
    read_json,
    to_answer,
    to_complaint,
    without_reply,
)
from watchconvert.adapters.convertapi.results import Body, stream
from watchconvert.core.account import Account
from watchconvert.core.answers import (
    Accepted,
    Answer,
    Asked,
    Converted,
    Held,
    Scope,
    Unavailable,
    Unclear,
    Unknown,
    Uploaded,
)
from watchconvert.core.job import Job, Part, Step
from watchconvert.core.naming import neutral_name

_NOTHING_TO_MERGE: dict[str, Any] = {
    "data": b'{"Parameters": []}',
    "headers": {"Content-Type": "application/json"},
}
_ASK = 30.0
"""Seconds that an ask may stay without an answer; the old dialect holds one for 5 s."""
_BRIEF = 2.0
"""Seconds that an asynchronous request is held where the dialect has only the held form."""
_MOST_TIMEOUT = 1200.0
"""Seconds that the service allows a conversion at most."""


@dataclass(frozen=True)
class Manners:
    """How the service is to be spoken to; times are seconds."""

    dialect: str = "auto"
    timeout: float = 900.0
    hold: float = 60.0
    webhook: str = ""
    """The address that the service calls when a job of mode "webhook" is over."""


class ConvertApi:
    """The conversion service; every method may be called from any thread."""

    def __init__(self, http: Http, manners: Manners | None = None) -> None:
        self._http = http
        self._manners = manners or Manners()
        self._dialects = Dialects(self._manners.dialect)

    def change(self, manners: Manners, http: Http | None = None) -> None:
        """Speak to the same service with other manners, and perhaps by another secret, from the next request on."""
        self._manners = manners
        if http is not None:
            self._http = http

    def has_secret(self, secret: str) -> bool:
        """Tell whether this is the secret that is used."""
        return self._http.has_secret(secret)

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
            OSError: the file cannot be read.

        """
        body = Body(file, size)
        name = neutral_name(job.conversion.source)
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        }
        query = {"fileId": job.file_id, "filename": name}
        try:
            with self._http.send(
                "POST", "/upload", read=STALL, params=query, data=body if size else b"", headers=headers
            ) as reply:
                if reply.status_code != 200:
                    return to_complaint(reply, Asked.UPLOAD), ""
                named = read_json(reply).get("FileId") or job.file_id
                return Uploaded(plain_id(named)), body.sha256
        except requests.RequestException as fault:
            if body.fault is not None:
                # The library takes it for a broken connection, and the service would be held for a fault of our disk.
                raise body.fault from fault
            return without_reply(fault, Asked.UPLOAD), ""
        except BadReplyError as fault:
            return Unavailable(str(fault)), ""

    def submit(self, job: Job) -> Answer:
        """Ask for the conversion under the job's JobId: the one request that is billed.

        May be called again with the same JobId only after `ask` said that it is
        unknown (docs/design.md, "Never pay twice").
        """
        first, *others = self._dialects.likely()
        answer = self._submit(job, first)
        if not _is_absent(answer):
            if not isinstance(answer, Unclear | Unavailable):
                self._dialects.learn(first)
            return answer
        # That route does not exist there, so nothing was accepted: the service may speak the other dialect.
        for speech in others:
            other = self._submit(job, speech)
            if not _is_absent(other):
                self._dialects.learn(speech)
                return other
        return answer

    def _submit(self, job: Job, speech: Speech) -> Answer:
        path = speech.submit_path(job.conversion.source, job.conversion.target)
        query, form = {"JobId": speech.job_id(job.remote_id)}, self._form(job)
        if job.order.mode == "webhook" and self._manners.webhook:
            (query if speech.name == CURRENT else form)["WebHook"] = self._manners.webhook
        held = speech.name == OLD and job.order.mode == "semi-async"
        read = self._manners.hold if held else _BRIEF if speech.name == OLD else _ASK
        try:
            with self._http.send("POST", path, read=read, params=query, data=form) as reply:
                return to_answer(reply, Asked.SUBMIT)
        except requests.RequestException as fault:
            return without_reply(fault, Asked.SUBMIT)
        except BadReplyError as fault:
            return Unclear(str(fault))

    def _form(self, job: Job) -> dict[str, str]:
        # A conversion that took too long once gets all the time that the service has to give.
        timeout = _MOST_TIMEOUT if job.repeats else self._manners.timeout
        fixed = {"File": job.file_id, "StoreFile": "true", "Timeout": f"{timeout:.0f}"}
        return {name: _word(value) for name, value in job.conversion.params.items()} | fixed

    def ask(self, job: Job) -> Answer:
        """Ask what became of a JobId; costs nothing.

        Unless the configuration names the dialect, only a "no" in both counts as unknown.
        """
        only_pages = True
        for speech in self._dialects.likely():
            answer = self._ask(job, speech)
            if isinstance(answer, Accepted | Converted):
                self._dialects.learn(speech)
            if not isinstance(answer, Unknown):
                return answer
            only_pages &= answer.by_page
        self._dialects.doubt()
        return Unknown(by_page=only_pages)

    def _ask(self, job: Job, speech: Speech) -> Answer:
        try:
            with self._http.send("GET", speech.job_path(job.remote_id), read=_ASK) as reply:
                return to_answer(reply, Asked.POLL)
        except requests.RequestException as fault:
            return without_reply(fault, Asked.POLL)
        except BadReplyError as fault:
            return Unavailable(str(fault))

    def fetch(self, job: Job, part: Part) -> Iterator[bytes]:
        """Stream one result.

        Raises:
            FetchError: it cannot be had, now or at all; its answer says which.

        """
        return stream(self._http, part, [speech.job_path(job.remote_id) for speech in self._dialects.likely()])

    def forget(self, job: Job) -> None:
        """Delete the job, its results and its upload at the service, as far as that can be done; never raises."""
        known = self._dialects.known()
        speeches = [known] if known else self._dialects.likely()
        jobs = [speech.job_path(job.remote_id) for speech in speeches] if job.remote_id else []
        files = [part.url for part in job.parts if self._http.is_trusted(part.url)]
        for url in [*jobs, *files, f"/d/{job.file_id}"]:
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
            with self._http.send("POST", "/convert/pdf/to/merge", read=_ASK, **_NOTHING_TO_MERGE) as reply:
                answer = to_complaint(reply, Asked.SUBMIT)
                if reply.status_code == 400 and not isinstance(answer, Unclear):
                    return Accepted()
                if isinstance(answer, Held) and answer.scope is Scope.ACCOUNT:
                    return answer
                return Unavailable(f"at the service's address something else answers, with {reply.status_code}")
        except requests.RequestException as fault:
            return without_reply(fault, Asked.UPLOAD)

    def supports(self, step: Step) -> bool | None:
        """Tell whether the service offers a conversion; None when it does not say.  Costs nothing."""
        try:
            with self._http.send("GET", f"/info/canconvert/{step.source}/to/{step.target}", read=_ASK) as reply:
                return {200: True, 404: False}.get(reply.status_code)
        except requests.RequestException:
            return None

    def account(self) -> Account | None:
        """Return what the service tells of the account; None when it does not tell these credentials."""
        try:
            with self._http.send("GET", "/user", read=_ASK) as reply:
                if reply.status_code != 200:
                    return None
                body = read_json(reply)
        except (requests.RequestException, BadReplyError):
            return None
        return Account(
            _count(body, "ConversionsTotal"), _count(body, "ConversionsConsumed"), _count(body, "SecondsLeft")
        )


def _is_absent(answer: Answer) -> bool:
    return isinstance(answer, Held) and answer.verdict.status in (404, 405)


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _count(body: dict[str, Any], name: str) -> int | None:
    return as_count(body[name]) if isinstance(body.get(name), int | float) else None
