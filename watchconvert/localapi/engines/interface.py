"""What the engines promise the HTTP side: requests in, files or one of three errors out.

Nothing here starts a process or touches a file; `available_pairs` and `convert` live beside it and are
exported by the package.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Literal

ParameterType = Literal["string", "integer", "number", "bool", "choice", "file"]


class ErrorCode(IntEnum):
    """The ConvertAPI codes a conversion can end with; their HTTP status is 500 for all of them."""

    TIMEOUT = 5000
    FAILED = 5001
    DAMAGED = 5002
    PASSWORD_PROTECTED = 5003
    INVALID_PASSWORD = 5006
    NOTHING_TO_EXTRACT = 50020
    UNEXPECTED = 50050


class EngineError(Exception):
    """Any error that `convert` raises on purpose."""


class ConversionError(EngineError):
    """The document could not be converted: `code` is a ConvertAPI code, `message` is for a human."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class ParameterError(EngineError):
    """A parameter carries a value that is out of its range; answered with HTTP 400, code 4000."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message


class UnsupportedPairError(EngineError):
    """This source and target cannot be converted here and now; `message` says what would make it possible."""

    def __init__(self, source: str, target: str, message: str) -> None:
        super().__init__(message)
        self.source = source
        self.target = target
        self.message = message


@dataclass(frozen=True)
class Source:
    """One input: the file at `path`, and the safe base name (`test.docx`) its results are named after."""

    path: Path
    name: str


@dataclass(frozen=True)
class Result:
    """One output file in the folder given to `convert`; names run `test.jpg`, `test-2.jpg`, `test-3.jpg`."""

    path: Path
    name: str


@dataclass(frozen=True)
class Request:
    """One conversion. Parameter names are matched without regard to case; `timeout` is in seconds.

    Files given as other parameters (`CompareFile`) come as further sources, in order; no parameter value is
    ever taken for a path.
    """

    source_format: str
    target_format: str
    sources: tuple[Source, ...]
    parameters: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 900.0


@dataclass(frozen=True)
class Parameter:
    """One parameter that a pair honours, as `GET /info` shows it. `minimum` and `maximum` are inclusive."""

    name: str
    label: str
    type: ParameterType
    default: str
    description: str
    values: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True)
class Pair:
    """One conversion that this machine can do, by which engine, and how true the result is to the original."""

    source: str
    target: str
    source_extensions: tuple[str, ...]
    engine: str
    fidelity: str
    parameters: tuple[Parameter, ...] = ()
    target_extensions: tuple[str, ...] = ()
