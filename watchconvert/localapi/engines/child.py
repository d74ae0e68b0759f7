"""The confined child: `python -I -m watchconvert.localapi.engines.child JOB`.

JOB is a folder made for this one conversion. The child reads `request.json` in it, confines itself, runs the
engine and writes `reply.json`; results lie in `out/`. What it writes is checked by the runner, not trusted.
"""

import errno
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from watchconvert.localapi.engines.chain import run_steps
from watchconvert.localapi.engines.confine import Limits, confine
from watchconvert.localapi.engines.interface import ConversionError, ErrorCode, ParameterError, Source
from watchconvert.localapi.engines.job import Job, Outputs

PACKAGE_ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Run the one job named on the command line; ends with status 0 whenever a reply was written."""
    folder = Path(sys.argv[1]).resolve()
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    limits = Limits(request["cpu_seconds"], own_temp=request["own_temp"])
    means = confine(limits, _readable_paths(request), folder)
    reply = {"means": means, **run_engine(request, folder)}
    (folder / "reply.json").write_text(json.dumps(reply), encoding="utf-8")


def _readable_paths(request: dict[str, Any]) -> list[Path]:
    code = {Path(sys.prefix), Path(sys.base_prefix), PACKAGE_ROOT, *map(Path, filter(None, sys.path))}
    return [*code, *(Path(path).resolve() for path in request["sources"])]


def run_engine(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Run the engine function that the request names and return its reply, an error being one kind of it."""
    try:
        return {"results": _convert(request, folder)}
    except ConversionError as error:
        return _failure("conversion", error.message, code=int(error.code))
    except ParameterError as error:
        return _failure("parameter", error.message, name=error.name)
    except MemoryError:
        return _failure("conversion", "The file needs more memory than a conversion may use.", code=ErrorCode.FAILED)
    except OSError as error:
        traceback.print_exc()
        return _failure("conversion", _describe_os_error(error), code=ErrorCode.UNEXPECTED)


def _describe_os_error(error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "There is no space left for the result."
    if error.errno == errno.EFBIG:
        return "The result is larger than a conversion may write."
    return f"The conversion ended with a system error: {os.strerror(error.errno or 0)}."


def _failure(kind: str, message: str, **details: int | str) -> dict[str, Any]:
    return {"error": {"kind": kind, "message": message, **details}}


def _convert(request: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    outputs = Outputs(folder / "out")
    sources = tuple(Source(Path(path), Path(path).name) for path in request["sources"])
    job = Job(tuple(request["formats"]), request["target"], sources, request["parameters"], outputs)
    run_steps(request["steps"], job)
    if job.target == "pdf" and job.text("PageRange"):
        run_steps("pdf:trim_results", job)
    return [{"file": path.name, "source": source} for path, source in outputs.files]


if __name__ == "__main__":
    main()
