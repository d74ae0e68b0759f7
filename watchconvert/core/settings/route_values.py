"""The kinds of values that only routes have."""

from collections.abc import Mapping
from typing import Any

from watchconvert.core.job import Param
from watchconvert.core.keeping import Keep
from watchconvert.core.values import NAME, SIZE, Kind, duration, table_of, text_like

ROUTE_NAME = text_like(
    "a short name of letters, digits, dots, dashes",
    NAME,
    str,
    how="Give it a short name of letters, digits, dots, dashes",
)
FORMAT = text_like(
    "a format", r"\.?[A-Za-z0-9][A-Za-z0-9-]{0,30}", lambda text: text.lower().removeprefix("."), how="Name one format"
)
MARKER = text_like("a name with {name} in it", r"[^/\u0000]+\{name\}[^/\u0000]*|[^/\u0000]*\{name\}[^/\u0000]+", str)
OWNER = text_like(
    '"daemon", "source", "folder" or "user:group"',
    r"daemon|source|folder|[A-Za-z0-9_.\u00aa-\uffff-]+:[A-Za-z0-9_.\u00aa-\uffff-]+",
    str,
)
PERMISSIONS = text_like("permissions in octal as a text", r"0?[0-7]{3}", lambda text: int(text, 8))
_OURS = ("file", "files", "url", "storefile", "jobid", "async", "webhook", "timeout", "secret", "token")
"""Parameters that the daemon sets itself."""
_AGE = duration("1h", "36500d")


_BOTH = table_of("a table of age and size", {"age": _AGE, "size": SIZE}, Keep)


def _read_keep(value: Any) -> Keep:
    return _BOTH.read(value) if isinstance(value, dict) else Keep(age=_AGE.read(value))


KEEP = Kind(
    "a duration from 1h, or a table of `age` and `size`, of one or both",
    _read_keep,
    {"anyOf": [_AGE.schema, _BOTH.schema]},
)
KEEP_HELP = 'Write a duration from 1h, for example "90d", or a table, { age = "90d", size = "10GB" }, of one or both.'


def _read_params(value: Any) -> Mapping[str, Param]:
    if not isinstance(value, dict) or not all(isinstance(item, str | int | float) for item in value.values()):
        raise TypeError(value)
    if any(name.lower() in _OURS for name in value):
        raise ValueError(value)
    return dict(value)


def _any_case(word: str) -> str:
    return "".join(f"[{letter.upper()}{letter}]" for letter in word)


PARAMS = Kind(
    "a table of texts, numbers, true and false",
    _read_params,
    {
        "type": "object",
        "propertyNames": {"not": {"pattern": f"^(?:{'|'.join(map(_any_case, _OURS))})$"}},
        "additionalProperties": {"type": ["string", "number", "boolean"]},
    },
)
