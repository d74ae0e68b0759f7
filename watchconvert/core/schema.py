"""The JSON Schema (draft 2020-12) of the configuration file, for editors: what the reader takes, as far as can be said.

It cannot say that a duration is within bounds, that routes have names of their own, and that their folders do not
overlap; that is left to `watchconvert check`.
"""

import json
from typing import Any

from watchconvert.core.keys import Key, Section
from watchconvert.core.sections import NOTIFY, SECTIONS
from watchconvert.core.settings.route import FOLDERS
from watchconvert.core.values import LOOPBACK, Schema, written
from watchconvert.core.web import UNIX

_SERVER_OF_THIS_MACHINE = f"^(?:{LOOPBACK})$"
_PAGE_OF_THIS_MACHINE = (
    rf"^(?:{UNIX}|\[?(?:127(?:\.[0-9]{{1,3}}){{3}}|[Ll][Oo][Cc][Aa][Ll][Hh][Oo][Ss][Tt]|::1)\]?:[0-9]+$)"
)


def schema_text() -> str:
    """Return the schema as it is printed and installed."""
    return json.dumps(make_schema(), indent=2, ensure_ascii=False) + "\n"


def make_schema() -> Schema:
    """Return the schema of the whole file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "watchconvert.toml",
        "description": "The configuration of watchconvert, as `watchconvert schema` prints it.",
        "type": "object",
        "properties": {section.name: _of_section(section) for section in SECTIONS},
        "required": ["route"],
        "additionalProperties": False,
        **_WEBHOOK_NEEDS_ITS_ADDRESS,
    }


def explain(key: Key[Any]) -> str:
    """Return what there is to know of a key, in Markdown: what it does, how it is written, what holds without it."""
    said = [key.about]
    if any(key.kind.meanings.values()):
        said += [f'- `"{word}"`{meaning and f": {meaning}"}' for word, meaning in key.kind.meanings.items()]
    return "\n".join([*said, "", facts(key)])


def facts(key: Key[Any]) -> str:
    """Return how a key is written, what holds without it, and what it is for alone, as sentences in Markdown."""
    of = [f'For `kind = "{key.of}"` alone.'] if key.of else []
    kind = f"{key.kind.called[0].upper()}{key.kind.called[1:]}."
    return " ".join([*of, kind, say_default(key), *(["A change wants a restart."] if key.lasting else [])])


def say_default(key: Key[Any]) -> str:
    """Return a sentence about what holds where the key is left out."""
    if key.needed:
        return "It must be given."
    return f"Default: {key.usual or f'`{written(key.default)}`'}."


def _of_key(section: Section, key: Key[Any]) -> Schema:
    name = f"{section.header} {key.name}"
    told: Schema = {"title": name, "description": explain(key), **key.kind.schema, **_KEY_RULES.get(name, {})}
    if "enum" in key.kind.schema and any(key.kind.meanings.values()):
        told["x-taplo"] = {"docs": {"enumValues": [meaning or None for meaning in key.kind.meanings.values()]}}
    if key.default is not None:
        told["default"] = key.default
    if key.example is not None:
        told["examples"] = [key.example]
    return told


def _of_section(section: Section) -> Schema:
    table: Schema = {
        "description": section.about,
        "type": "object",
        "properties": {key.name: _of_key(section, key) for key in section.keys},
        "additionalProperties": False,
        "required": [key.name for key in section.keys if key.needed and not key.of],
        **_RULES.get(section.name, {}),
    }
    if not section.many:
        return table
    return {"type": "array", "items": table} | ({"minItems": 1} if section.name == "route" else {})


def _where(name: str, schema: Schema) -> Schema:
    """Return what a table matches where it has a key that matches."""
    return {"properties": {name: schema}, "required": [name]}


def _of_notify(kind: str, more: Schema, otherwise: Schema) -> Schema:
    """Return what holds of a [[notify]] of that kind; a chain, as editors complete nothing beside an "allOf"."""
    keys = [key for key in NOTIFY.keys if key.of in {"", kind}]
    needed = [key.name for key in keys if key.needed]
    then = {"required": needed, "propertyNames": {"enum": [key.name for key in keys]}} | more
    return {"if": _where("kind", {"const": kind}), "then": then, "else": otherwise}


_MAIL: Schema = {
    "if": _where("tls", {"const": "none"}),
    "then": {"properties": {"smtp": {"pattern": _SERVER_OF_THIS_MACHINE}}},
    "dependentRequired": {"user": ["password_file"], "password_file": ["user"]},
}
_WEBHOOK = _where("mode", {"const": "webhook"})
_WEBHOOK_NEEDS_ITS_ADDRESS = {
    "if": {"anyOf": [_where("service", _WEBHOOK), _where("route", {"contains": _WEBHOOK})]},
    "then": _where("service", {"required": ["webhook_url"]}),
}
_RULES: dict[str, Schema] = {
    "web": {
        "if": _where("listen", {"not": {"pattern": _PAGE_OF_THIS_MACHINE}}),
        "then": {"required": ["token_file"]},
    },
    "route": {"if": {"not": {"required": ["path"]}}, "then": {"required": list(FOLDERS)}},
    "notify": _of_notify("mail", _MAIL, _of_notify("webhook", {}, _of_notify("command", {}, {}))),
}
"""What core/rules.py says of one table."""
_KEY_RULES: dict[str, Schema] = {
    "[[notify]] on": {"if": {"contains": {"const": "released"}}, "then": {"contains": {"const": "held"}}},
}
"""What it says of one key."""
