"""From replies of the service to answers: by the shape of the reply, never by what was asked for."""

import json
import re
import uuid
from collections.abc import Iterable
from typing import Any

import requests

from watchconvert.core.answers import Accepted, Answer, Asked, Complaint, Converted, Unavailable, Unclear, judge
from watchconvert.core.job import Part

RAW = "job:raw"
"""Address of a result that is the whole body of the job's reply."""
INLINE = "job:file/"
"""Address of a result that stands in the job's reply, by its number in the list."""
UNKNOWN_SIZE = -1
_MOST_JSON = 32 * 2**20
"""Bytes of a JSON reply that are read at most."""
_MOST_FILES = 10_000
_FILE_NAME = re.compile(r"filename\*?=(?:UTF-8'')?\"?([^\";]+)", re.IGNORECASE)


class BadReplyError(Exception):
    """The reply is not what the contract promises."""


def read_json(reply: requests.Response) -> dict[str, Any]:
    """Return the JSON object of a reply.

    Raises:
        BadReplyError: it is too large, no JSON or no object.
        requests.RequestException: the connection broke while it was read.

    """
    body = bytearray()
    for block in reply.iter_content(65536):
        body += block
        if len(body) > _MOST_JSON:
            raise BadReplyError("the service's answer is larger than 32 MiB")
    try:
        value = json.loads(bytes(body))
    except (ValueError, RecursionError):
        raise BadReplyError("the service's answer is not JSON") from None
    if not isinstance(value, dict):
        raise BadReplyError("the service's answer is not a JSON object")
    return {str(name): item for name, item in value.items()}


def to_answer(reply: requests.Response, asked: Asked) -> Answer:
    """Return what a reply to a submit or a poll says.

    Raises:
        BadReplyError: it is not what the contract promises.
        requests.RequestException: the connection broke while it was read.

    """
    if reply.status_code == 202:
        return Accepted()
    if reply.status_code != 200:
        return to_complaint(reply, asked)
    if not _is_json(reply):
        return Converted((_raw_part(reply),), _number(reply.headers.get("ConversionCost")))
    body = read_json(reply)
    if "Files" in body:
        return Converted(tuple(_parts(body["Files"])), _number(body.get("ConversionCost", body.get("ConversionTime"))))
    if "JobId" in body:
        return Accepted(_plain_id(body["JobId"]))
    raise BadReplyError("the service's answer names neither files nor a job")


def to_complaint(reply: requests.Response, asked: Asked) -> Answer:
    """Return the consequence of an error reply."""
    try:
        body = read_json(reply)
    except (BadReplyError, requests.RequestException):
        body = {}
    code = body.get("Code")
    complaint = Complaint(
        status=reply.status_code,
        code=code if isinstance(code, int) else None,
        message=str(body.get("Message", ""))[:500],
        invalid=_names(body.get("InvalidParameters")),
        retry_after=_seconds(reply.headers.get("Retry-After", "")),
    )
    return judge(complaint, asked)


def without_reply(fault: requests.RequestException, asked: Asked) -> Answer:
    """Return what it means that no reply came: a request that never left is not a doubt."""
    never_left = isinstance(fault, requests.ConnectTimeout) or "NewConnectionError" in repr(fault)
    if asked is Asked.SUBMIT and not never_left:
        return Unclear(f"the connection to the conversion service broke ({_plain(fault)})")
    return Unavailable(f"the conversion service cannot be reached ({_plain(fault)})")


def _plain(fault: BaseException) -> str:
    """Say what went wrong in the system's words; the library's own texts hold addresses, and those hold ids."""
    inner = getattr(fault, "reason", None) or next(
        (each for each in fault.args if isinstance(each, BaseException)), None
    )
    inner = inner if isinstance(inner, BaseException) else fault.__cause__
    if isinstance(inner, BaseException):
        return _plain(inner)
    return (fault.strerror if isinstance(fault, OSError) else None) or type(fault).__name__


def _is_json(reply: requests.Response) -> bool:
    kind = reply.headers.get("Content-Type", "application/json").partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")


def _raw_part(reply: requests.Response) -> Part:
    told = _FILE_NAME.search(reply.headers.get("Content-Disposition", ""))
    return Part(RAW, body_size(reply), told[1] if told else "")


def body_size(reply: requests.Response) -> int:
    """Return the length of a reply's body in bytes, or `UNKNOWN_SIZE`."""
    told = reply.headers.get("Content-Length", "")
    return int(told) if told.isdigit() else UNKNOWN_SIZE


def _parts(files: Any) -> Iterable[Part]:
    if not isinstance(files, list) or not files or len(files) > _MOST_FILES:
        raise BadReplyError("the service's answer lists no files, or too many")
    for number, file in enumerate(files):
        if not isinstance(file, dict):
            raise BadReplyError("the service's list of files is not understood")
        yield _part(number, file)


def _part(number: int, file: dict[str, Any]) -> Part:
    url = file.get("Url") or file.get("FileUrl")
    size = file.get("FileSize", UNKNOWN_SIZE)
    if not isinstance(url, str) and isinstance(file.get("FileData"), str):
        url = f"{INLINE}{number}"
    if not isinstance(url, str) or not isinstance(size, int) or size < UNKNOWN_SIZE:
        raise BadReplyError("the service named a file without its address or size")
    return Part(url, size, str(file.get("FileName", ""))[:255])


def _number(value: Any) -> int:
    try:
        return max(0, int(value))
    except (TypeError, ValueError):
        return 0


def _plain_id(text: Any) -> str:
    try:
        return uuid.UUID(str(text)).hex
    except ValueError:
        return str(text)[:64]


def _names(invalid: Any) -> tuple[str, ...]:
    return tuple(map(str, invalid)) if isinstance(invalid, dict | list) else ()


def _seconds(text: str) -> float | None:
    return float(text) if text.isdigit() else None
