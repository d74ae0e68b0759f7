"""Streaming results: from their own address, from the body of the job's reply, or out of its JSON."""

import base64
import binascii
import hashlib
import os
from collections.abc import Iterator, Sequence

import requests

from watchconvert.adapters.convertapi.connections import BLOCK
from watchconvert.adapters.convertapi.http import STALL, Http
from watchconvert.adapters.convertapi.lane import AnyReply
from watchconvert.adapters.convertapi.replies import (
    INLINE,
    RAW,
    UNKNOWN_SIZE,
    BadReplyError,
    PageError,
    blocks_of,
    body_size,
    is_page,
    is_raw,
    read_json,
    to_complaint,
    without_reply,
)
from watchconvert.core.answers import Answer, Asked, Refused, Unavailable
from watchconvert.core.job import Part
from watchconvert.core.naming import format_of
from watchconvert.core.verdicts import because

_PAGES = ("html", "htm")
"""Endings of results that are web pages themselves."""


class SourceChangedError(Exception):
    """The source became shorter while it was read."""


class FetchError(Exception):
    """A result could not be fetched; `answer` says what follows."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(str(answer))
        self.answer = answer


class Body:
    """A file on its way out: tells its length, streams, and takes its SHA-256 on the way."""

    def __init__(self, file: int, size: int) -> None:
        self._file, self._left = file, size
        self.fault: OSError | None = None
        """Why the file could not be read, if it could not."""
        self._hash = hashlib.sha256()

    def __len__(self) -> int:
        return self._left

    def read(self, size: int = BLOCK) -> bytes:
        """Return the next bytes; SourceChangedError when the file has become shorter than it was."""
        try:
            block = os.read(self._file, min(size if size > 0 else BLOCK, self._left))
        except OSError as fault:
            self.fault = fault
            raise
        if self._left and not block:
            raise SourceChangedError
        self._left -= len(block)
        self._hash.update(block)
        return block

    @property
    def sha256(self) -> str:
        """The digest of what has been read, in hexadecimal."""
        return self._hash.hexdigest()


def stream(http: Http, part: Part, job_paths: Sequence[str]) -> Iterator[bytes]:
    """Stream one result; one of `job_paths` is asked again where the result stands in the job's own reply.

    Raises:
        FetchError: it cannot be had, now or at all; its answer says which.

    """
    try:
        if part.url.startswith(INLINE):
            yield from _stream_inline(http, part, job_paths)
        elif part.url == RAW:
            with _ask_again(http, job_paths, "application/octet-stream") as reply:
                yield from _whole_body(reply, part)
        else:
            yield from _stream_file(http, part)
    except requests.RequestException as fault:
        raise FetchError(without_reply(fault, Asked.FETCH)) from fault
    except PageError as fault:
        raise FetchError(Unavailable(str(fault))) from fault
    except BadReplyError as fault:
        raise FetchError(Refused(because("unusable", message=str(fault)))) from fault


def _stream_file(http: Http, part: Part) -> Iterator[bytes]:
    if not http.is_trusted(part.url):
        raise BadReplyError("the service named a result on a host that is not its own")
    with http.send("GET", part.url, read=STALL, headers={"Accept": "*/*"}) as reply:
        yield from _whole_body(reply, part)


def _ask_again(http: Http, job_paths: Sequence[str], accept: str) -> AnyReply:
    """Return the job's reply, in whichever dialect the job is known; the last word is the last one's."""
    for path in job_paths[:-1]:
        reply = http.send("GET", path, read=STALL, headers={"Accept": accept})
        if reply.status_code != 404:
            return reply
        reply.close()
    return http.send("GET", job_paths[-1], read=STALL, headers={"Accept": accept})


def _whole_body(reply: AnyReply, part: Part) -> Iterator[bytes]:
    if reply.status_code != 200:
        raise FetchError(to_complaint(reply, Asked.FETCH))
    if is_page(reply) and (part.url == RAW or format_of(part.name) not in _PAGES):
        raise PageError("a web page came where the result should be")
    if reply.headers.get("Content-Encoding", "identity") != "identity":
        raise BadReplyError("the result came compressed, which was not asked for")
    if part.url == RAW and not is_raw(reply):
        raise BadReplyError("the result came in another form than before")
    chunked = reply.headers.get("Transfer-Encoding", "").lower() == "chunked"
    if part.size == UNKNOWN_SIZE and body_size(reply) == UNKNOWN_SIZE and not chunked:
        raise BadReplyError("the result came without its length, so nobody could tell whether it is whole")
    yield from blocks_of(reply, BLOCK)


def _stream_inline(http: Http, part: Part, job_paths: Sequence[str]) -> Iterator[bytes]:
    with _ask_again(http, job_paths, "application/json") as reply:
        if reply.status_code != 200:
            raise FetchError(to_complaint(reply, Asked.FETCH))
        files = read_json(reply).get("Files")
    try:
        data: str = files[int(part.url.removeprefix(INLINE))]["FileData"]  # type: ignore[index]
        for at in range(0, len(data), BLOCK):
            yield base64.b64decode(data[at : at + BLOCK], validate=True)
    except (TypeError, KeyError, IndexError, ValueError, binascii.Error):
        raise BadReplyError("the result in the service's answer cannot be read") from None
