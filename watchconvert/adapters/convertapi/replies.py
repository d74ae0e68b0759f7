"""From replies of the service to answers: by the shape of the reply, never by what was asked for."""

import json
import uuid
from collections.abc import Iterable
from typing import Any

import requests

from watchconvert.core.answers import Accepted, Answer, Asked, Complaint, Converted, Unavailable, Unclear, judge
from watchconvert.core.job import Part

_MOST_JSON = 32 * 2**20
"""Bytes of a JSON reply that are read at most."""
_MOST_FILES = 10_000


class BadReplyError(Exception):
    """The reply is not what the contract promises."""


def read_json(reply: requests.Response) -> dict[str, Any]:
    """Return the JSON object of a reply.

    Raises:
        BadReplyError: it is too large, no JSON or no object.
        requests.RequestException: the connection broke while it was read.

    """
    body = b""
    for block in reply.iter_content(65536):
        body += block
        if len(body) > _MOST_JSON:
            raise BadReplyError("the service's answer is larger than 32 MiB")
    try:
        value = json.loads(body)
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
    body = read_json(reply)
    if "Files" in body:
        return Converted(tuple(_parts(body["Files"])), _cost(body))
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
    reason = f"the conversion service cannot be reached ({_plain(fault)})"
    never_left = isinstance(fault, requests.ConnectTimeout) or "NewConnectionError" in repr(fault)
    if asked is Asked.SUBMIT and not never_left:
        return Unclear(f"the connection to the conversion service broke ({_plain(fault)})")
    return Unavailable(reason)


def _plain(fault: requests.RequestException) -> str:
    """Say a fault without the address in it, which may hold ids."""
    inner = fault.args[0] if fault.args else fault
    reason = getattr(inner, "reason", inner)
    text = str(getattr(reason, "args", [reason])[-1] if getattr(reason, "args", None) else reason)
    return text.rpartition(">: ")[2].rpartition("object at")[2][-200:] or type(fault).__name__


def _parts(files: Any) -> Iterable[Part]:
    if not isinstance(files, list) or not files or len(files) > _MOST_FILES:
        raise BadReplyError("the service's answer lists no files, or too many")
    for file in files:
        if not isinstance(file, dict):
            raise BadReplyError("the service's list of files is not understood")
        url = file.get("Url") or file.get("FileUrl")
        size = file.get("FileSize")
        if not isinstance(url, str) or not isinstance(size, int) or size < 0:
            raise BadReplyError("the service named a file without its address or size")
        yield Part(url, size, str(file.get("FileName", ""))[:255])


def _cost(body: dict[str, Any]) -> int:
    cost = body.get("ConversionCost", body.get("ConversionTime", 0))
    return int(cost) if isinstance(cost, int | float) else 0


def _plain_id(text: Any) -> str:
    try:
        return uuid.UUID(str(text)).hex
    except ValueError:
        return str(text)[:64]


def _names(invalid: Any) -> tuple[str, ...]:
    return tuple(map(str, invalid)) if isinstance(invalid, dict | list) else ()


def _seconds(text: str) -> float | None:
    return float(text) if text.isdigit() else None
