"""What may be told: text from anywhere, without secrets, capability ids, or anything that could forge a line."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus

from watchconvert.core.naming import shown

HIDDEN = "[secret]"
MOST = 1000
"""Characters of one value."""
MOST_ITEMS = 50
_SHORTEST = 32
"""Digits of an id."""
_ENDLESS = 2**62
_NO_NUMBERS = frozenset({"nan", "inf", "-inf"})
"""JSON has none of these."""
_ID = re.compile(r"[0-9a-fA-F](?:-*[0-9a-fA-F]){31,}")
"""32 hexadecimal digits or more, with or without dashes: whoever has a JobId or a FileId can fetch the document."""


def spellings(secret: str) -> tuple[str, ...]:
    """Return how a secret may be written: as it is, and as addresses, JSON and Python write it; the longest first."""
    forms = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), repr(secret)[1:-1]}
    return tuple(sorted(filter(None, forms), key=len, reverse=True))


def safe_text(text: str, hidden: Iterable[str] = (), limit: int = MOST, *, keep_end: bool = False) -> str:
    """Return a text as it may be told, in one line of at most `limit` characters.

    `hidden` are the spellings of secrets, which come out as "[secret]". Of an id the first eight digits are left.
    A text that is too long loses its end, or its beginning with `keep_end`.
    """
    hidden = tuple(hidden)
    if _is_plain(text) and len(text) <= limit and not any(each in text for each in hidden):
        return text
    told = shown(_bytes_of(_without(text, hidden)), _ENDLESS)
    # An escape may complete what was none before, so both are looked for in what comes out.
    told = _ID.sub(lambda found: found.group().replace("-", "")[:8] + "…", _without(told, hidden))
    if len(told) <= limit:
        return told
    return "…" + told[1 - limit :] if keep_end else told[: limit - 1] + "…"


def safe_value(value: Any, hidden: Iterable[str] = (), limit: int = MOST) -> Any:
    """Return a value as it may be told: numbers as they are, lists with safe items, everything else as safe text."""
    match value:
        case None | bool():
            return value
        case int() | float():
            told = safe_text(_said(value), hidden, limit)
            return value if told == _said(value) and told not in _NO_NUMBERS else told
        case list() | tuple() | set() | frozenset():
            return [safe_text(_said(item), hidden, limit) for item, _ in zip(value, range(MOST_ITEMS), strict=False)]
        case _:
            return safe_text(_said(value), hidden, limit)


def _is_plain(text: str) -> bool:
    """Tell, quickly, whether nothing in a text can be an id or act, as in most."""
    return len(text) < _SHORTEST and text.isascii() and text.isprintable()


def _said(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    try:
        return str(value)
    except Exception as fault:  # noqa: BLE001 - a value that cannot be told must not stop what tells it
        return f"{type(value).__name__} that cannot be told ({type(fault).__name__})"


def _without(text: str, hidden: tuple[str, ...]) -> str:
    for each in hidden:
        text = text.replace(each, HIDDEN)
    return text


def _bytes_of(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
