"""The conversions of this machine as routes: which pair a path means, and how `/info` describes it."""

from collections.abc import Awaitable, Mapping
from pathlib import Path
from typing import Protocol

from watchconvert.localapi.engines.interface import Pair, Parameter, Request, Result
from watchconvert.localapi.errors import ApiError

_ALIASES = {"url": "web", "web": "url", "jpeg": "jpg", "tif": "tiff", "htm": "html"}
_TYPES = {"string": "String", "integer": "Integer", "number": "Double", "bool": "Bool", "choice": "Collection"}


class Engines(Protocol):
    """What the server needs of `watchconvert.localapi.engines`; the package itself is one."""

    def available_pairs(self) -> Mapping[tuple[str, str], Pair]:
        """Everything that can be converted here."""
        raise NotImplementedError

    def convert(self, request: Request, folder: Path) -> Awaitable[list[Result]]:
        """Convert into `folder`. Raises the errors of the interface."""
        raise NotImplementedError


class Catalog:
    """Looks pairs up by route name or by file extension (docs/contract.md section 4, "/info")."""

    def __init__(self, pairs: Mapping[tuple[str, str], Pair]) -> None:
        self._pairs = dict(pairs)

    def find(self, source: str, target: str) -> Pair:
        """Return the pair of a path. Raises ApiError 400, the service's answer to a format it does not know."""
        pair = self.lookup(source.lower(), target.lower())
        if pair is None:
            raise ApiError(400, 400, f"Conversion from {source[:40]} to {target[:40]} is not supported.")
        return pair

    def lookup(self, source: str, target: str) -> Pair | None:
        """Return the pair, or None. A route name wins over an alias, and that over an accepted extension."""
        for end in (target, _ALIASES.get(target, target)):
            for start in (source, _ALIASES.get(source, source)):
                if pair := self._pairs.get((start, end)):
                    return pair
        accepting = (pair for pair in self._pairs.values() if source in pair.source_extensions)
        return next((pair for pair in accepting if pair.target == target and pair.source != "any"), None)

    def matching(self, source: str, target: str) -> list[Pair]:
        """All pairs of a pattern in which `*` stands for any format."""
        if "*" not in (source, target):
            pair = self.lookup(source, target)
            return [pair] if pair else []
        return [pair for pair in self._pairs.values() if source in ("*", pair.source) and target in ("*", pair.target)]


def converter_body(pair: Pair) -> dict[str, object]:
    """One element of the array that `/info` answers with."""
    return {
        "Name": f"{pair.source}2{pair.target}",
        "Title": f"{pair.source.upper()} to {pair.target.upper()}",
        "Description": f"{pair.fidelity} ({pair.engine})",
        "SourceFileFormats": [pair.source],
        "SourceExtensions": list(pair.source_extensions),
        "DestinationFileFormats": [pair.target],
        "DestinationExtensions": list(pair.target_extensions or (pair.target,)),
        "ConverterParameterGroups": [
            {"Name": "Conversion", "ConverterParameters": [_FILE, *map(_parameter_body, pair.parameters)]}
        ],
    }


_FILE: dict[str, object] = {
    "Name": "File",
    "Label": "File",
    "Description": "The file to convert: its content, a URL or a FileId.",
    "Type": "File",
    "Required": True,
    "Array": False,
    "Default": None,
    "Values": {},
}


def _parameter_body(parameter: Parameter) -> dict[str, object]:
    return {
        "Name": parameter.name,
        "Label": parameter.label,
        "Description": parameter.description,
        "Type": _TYPES.get(parameter.type, "File"),
        "Required": False,
        "Array": False,
        "Default": parameter.default,
        "Values": {value: value for value in parameter.values},
    }
