"""From replies of the service to answers: by the shape of the reply, never by what was asked for."""

import json
import re
import time
import uuid
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from urllib3.exceptions import HTTPError, NewConnectionError

from watchconvert.adapters.convertapi.lane import AnyReply
from watchconvert.core.answers import Accepted, Answer, Asked, Complaint, Converted, Unavailable, Unclear, judge
from watchconvert.core.job import Part
from watchconvert.core.naming import shown

RAW = "job:raw"
"""Address of a result that is the whole body of the job's reply."""
INLINE = "job:file/"
"""Address of a result that stands in the job's reply, by its number in the list."""
UNKNOWN_SIZE = -1
_MOST_JSON = 32 * 2**20
"""Bytes of a JSON reply that are read at most."""
_MOST_SECONDS = 600.0
_MOST_FILES = 10_000
_MOST_COST = 2**31
_MOST_NUMBER = 2**53
"""Larger numbers are no sizes and no costs; the journal could not keep them."""
_ID = re.compile(r"(?=[A-Za-z_-]*\d)[\w-]{32,}", re.ASCII)
"""What may be a JobId or a FileId: whoever has one has the file."""
_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FILE_NAME = re.compile(r"filename\*?=(?:UTF-8'')?\"?([^\";]+)", re.IGNORECASE)


class BadReplyError(Exception):
    """The reply is not what the contract promises."""


class PageError(BadReplyError):
    """The reply is a web page: somebody between speaks in the service's place."""


def read_json(reply: AnyReply) -> dict[str, Any]:
    """Return the JSON object of a reply.

    Raises:
        BadReplyError: it is too large, no JSON or no object.
        requests.RequestException: the connection broke while it was read.

    """
    body, end = bytearray(), time.monotonic() + _MOST_SECONDS
    for block in blocks_of(reply, 65536):
        body += block
        if len(body) > _MOST_JSON:
            raise BadReplyError("the service's answer is larger than 32 MiB")
        if time.monotonic() > end:
            raise BadReplyError("the service's answer takes longer than 10 minutes")
    try:
        value = json.loads(bytes(body))
    except (ValueError, RecursionError):
        raise BadReplyError("the service's answer is not JSON") from None
    if not isinstance(value, dict):
        raise BadReplyError("the service's answer is not a JSON object")
    return {str(name): item for name, item in value.items()}


def blocks_of(reply: AnyReply, size: int) -> Iterator[bytes]:
    """Yield the body of a reply in blocks.

    Raises:
        requests.RequestException: the connection broke, or what it carries cannot be read.

    """
    try:
        yield from reply.iter_content(size)
    except (ValueError, OverflowError, HTTPError) as fault:  # the library lets some through: a chunk of a negative size
        raise requests.ConnectionError(fault) from fault


def to_answer(reply: AnyReply, asked: Asked) -> Answer:
    """Return what a reply to a submit or a poll says.

    Raises:
        BadReplyError: it is not what the contract promises.
        requests.RequestException: the connection broke while it was read.

    """
    if reply.status_code == 202:
        return Accepted()
    if reply.status_code != 200:
        return to_complaint(reply, asked)
    if is_raw(reply):
        return Converted((_raw_part(reply),), as_count(reply.headers.get("ConversionCost")))
    body = read_json(reply)
    if "Files" in body:
        return Converted(tuple(_parts(body["Files"])), as_count(body.get("ConversionCost", body.get("ConversionTime"))))
    if "JobId" in body:
        return Accepted(plain_id(body["JobId"]))
    raise BadReplyError("the service's answer names neither files nor a job")


def to_complaint(reply: AnyReply, asked: Asked) -> Answer:
    """Return the consequence of an error reply."""
    try:
        body = read_json(reply)
    except (BadReplyError, requests.RequestException):
        body = {}
    code = body.get("Code")
    complaint = Complaint(
        status=reply.status_code,
        code=code if isinstance(code, int) else None,
        message=shown(_masked(str(body.get("Message", "")), reply).encode("utf-8", "replace"), 500),
        invalid=_names(body.get("InvalidParameters")),
        retry_after=_seconds(reply.headers.get("Retry-After", "")),
        is_page=is_page(reply),
    )
    return judge(complaint, asked)


def without_reply(fault: requests.RequestException, asked: Asked) -> Answer:
    """Return what it means that no reply came: a request that never left is not a doubt."""
    if asked is Asked.SUBMIT and not _never_left(fault):
        return Unclear(f"the connection to the conversion service broke ({_plain(fault)})")
    return Unavailable(f"the conversion service cannot be reached ({_plain(fault)})")


def _never_left(fault: requests.RequestException) -> bool:
    """Tell whether there was no connection to send the request over: not to the service, or not to the proxy."""
    inner = fault.args[0] if fault.args else None
    reason = getattr(inner, "reason", None)
    reasons = (inner, reason, getattr(reason, "original_error", None))
    return isinstance(fault, requests.ConnectTimeout) or any(isinstance(each, NewConnectionError) for each in reasons)


def _masked(text: str, reply: AnyReply) -> str:
    """Return the service's own words without what opens the account or a file, for they are logged and shown."""
    query = parse_qs(urlsplit(str(reply.request.url)).query)
    keys = [reply.request.headers.get("Authorization", "").partition(" ")[2], *query.get("Secret", [])]
    for key in filter(None, keys):
        text = text.replace(key, "…")
    return _ID.sub("…", text)


def _plain(fault: BaseException) -> str:
    """Say what went wrong in the system's words; the library's own texts hold addresses, and those hold ids."""
    inner = getattr(fault, "reason", None) or next(
        (each for each in fault.args if isinstance(each, BaseException)), None
    )
    inner = inner if isinstance(inner, BaseException) else fault.__cause__
    if isinstance(inner, BaseException):
        return _plain(inner)
    return (fault.strerror if isinstance(fault, OSError) else None) or type(fault).__name__


def is_raw(reply: AnyReply) -> bool:
    """Tell whether a reply's body is the result itself.

    Raises:
        BadReplyError: it is several results in one.
        PageError: it is a page that no conversion made.

    """
    kind = _kind(reply)
    if kind.startswith("multipart/"):
        raise BadReplyError("the service's answer is in parts, which was not asked for")
    if is_page(reply):
        raise PageError("the service's answer is a web page")
    return kind != "application/json" and not kind.endswith("+json")


def is_page(reply: AnyReply) -> bool:
    """Tell whether a reply is a web page that is not told to be a file."""
    return _kind(reply) == "text/html" and "Content-Disposition" not in reply.headers


def _kind(reply: AnyReply) -> str:
    return reply.headers.get("Content-Type", "application/json").partition(";")[0].strip().lower()


def _raw_part(reply: AnyReply) -> Part:
    # A connection that breaks within the head looks like a head without a body, and perhaps of another kind.
    if not next(blocks_of(reply, 1), b""):
        raise BadReplyError("the service's answer is empty")
    told = _FILE_NAME.search(reply.headers.get("Content-Disposition", ""))
    return Part(RAW, body_size(reply), told[1][:255] if told else "")


def body_size(reply: AnyReply) -> int:
    """Return the length of a reply's body in bytes, or `UNKNOWN_SIZE`."""
    told = reply.headers.get("Content-Length", "")
    return int(told) if _is_number(told) else UNKNOWN_SIZE


def _parts(files: Any) -> Iterable[Part]:
    if not isinstance(files, list) or not files or len(files) > _MOST_FILES:
        raise BadReplyError("the service's answer lists no files, or too many")
    for number, file in enumerate(files):
        if not isinstance(file, dict):
            raise BadReplyError("the service's list of files is not understood")
        yield _part(number, file)


def _part(number: int, file: dict[str, Any]) -> Part:
    url = file.get("Url") or file.get("FileUrl")
    size = UNKNOWN_SIZE if file.get("FileSize") is None else file["FileSize"]
    if not isinstance(url, str) and isinstance(file.get("FileData"), str):
        url = f"{INLINE}{number}"
    if not isinstance(url, str) or not isinstance(size, int) or not UNKNOWN_SIZE <= size < _MOST_NUMBER:
        raise BadReplyError("the service named a file without its address or size")
    return Part(url, size, str(file.get("FileName", ""))[:255])


def as_count(value: Any) -> int:
    """Return a number of the service's as the journal can keep it; 0 for what is none."""
    try:
        return min(max(0, int(value)), _MOST_NUMBER)
    except (TypeError, ValueError, OverflowError):
        return 0


def plain_id(text: Any) -> str:
    """Return an id that the service chose; it becomes a piece of an address.

    Raises:
        BadReplyError: it cannot be one.

    """
    if not isinstance(text, str) or not _PLAIN.fullmatch(text):
        raise BadReplyError("the service named something by what can be no id")
    try:
        return uuid.UUID(text).hex
    except ValueError:
        return text


def _names(invalid: Any) -> tuple[str, ...]:
    return tuple(map(str, invalid)) if isinstance(invalid, dict | list) else ()


def _seconds(text: str) -> float | None:
    return float(text) if _is_number(text) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16
