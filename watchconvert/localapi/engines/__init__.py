"""Conversions on this machine: a table of what can be done here, and one confined process for each of them."""

from pathlib import Path

from watchconvert.localapi.engines.catalog import available_pairs, find_pair, missing_pairs, route_name
from watchconvert.localapi.engines.interface import (
    ConversionError,
    EngineError,
    ErrorCode,
    Pair,
    Parameter,
    ParameterError,
    Request,
    Result,
    Source,
    UnsupportedPairError,
)

__all__ = [
    "ConversionError",
    "EngineError",
    "ErrorCode",
    "Pair",
    "Parameter",
    "ParameterError",
    "Request",
    "Result",
    "Source",
    "UnsupportedPairError",
    "available_pairs",
    "convert",
    "find_pair",
    "missing_pairs",
    "route_name",
]


async def convert(request: Request, folder: Path) -> list[Result]:
    """Convert the sources of `request` in one confined child process and return its results, never none of them.

    Result files lie in `folder`, which must exist and be writable; nothing else stays there. The child and all it
    started are killed when `request.timeout` seconds are over and when this call is cancelled.
    Raises UnsupportedPairError, ParameterError or ConversionError (docs of ConvertAPI, "Response codes").
    """
    from watchconvert.localapi.engines.runner import run_conversion  # noqa: PLC0415 - the child needs no event loop

    return await run_conversion(request, folder)
