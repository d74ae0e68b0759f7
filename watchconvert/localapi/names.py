"""File names that clients send and that we send back. A name is never used as a path (docs/contract.md section 3)."""

import re
from email.message import Message
from urllib.parse import quote

MAX_BYTES = 200
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")
_NOT_ASCII = re.compile(r"[^\x20-\x7e]")


def safe_name(text: str) -> str:
    """Return the last part of `text` without control characters, at most 200 bytes; '' when nothing is left."""
    last = re.split(r"[/\\]", text)[-1].encode("utf-8", "replace").decode("utf-8")
    cleaned = _UNPRINTABLE.sub("", last).strip().strip("\ufeff")
    return "" if cleaned in {".", ".."} else shortened_name(cleaned)


def shortened_name(name: str) -> str:
    """Cut the stem, never the extension."""
    excess = len(name.encode()) - MAX_BYTES
    if excess <= 0:
        return name
    stem, ending = split_name(name)
    ending = f".{ending}"[:32] if ending else ""
    room = MAX_BYTES - len(ending.encode())
    return stem.encode()[:room].decode("utf-8", "ignore") + ending


def split_name(name: str) -> tuple[str, str]:
    """Stem and extension without its dot: ('test', 'docx'); a leading dot belongs to the stem."""
    stem, dot, ending = name.rpartition(".")
    return (stem, ending) if dot and stem else (name, "")


def disposition_name(header: str | None) -> str:
    """Return the file name in a Content-Disposition, `filename*` first, as `safe_name`; '' when there is none."""
    if not header:
        return ""
    message = Message()
    message["Content-Disposition"] = _UNPRINTABLE.sub("", header)
    found = [value for key, value in message.get_params([], "Content-Disposition") if key.lower() == "filename"]
    extended = [value for value in found if isinstance(value, tuple)]
    return safe_name(_decoded((extended or found or [""])[0]))


def _decoded(value: str | tuple[str | None, str | None, str]) -> str:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    charset, _language, text = value
    try:
        return text.encode("latin-1").decode(charset or "utf-8", "replace")
    except (LookupError, UnicodeEncodeError):
        return text


def disposition_header(name: str, kind: str = "attachment") -> str:
    """Return a Content-Disposition value with `name`, in RFC 5987 form as well when ASCII does not carry it."""
    plain = _NOT_ASCII.sub("_", name).replace("\\", "_").replace('"', "_")
    if plain == name:
        return f'{kind}; filename="{plain}"'
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
