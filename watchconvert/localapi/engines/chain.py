"""Conversions in one step or in two: documents become pictures by way of PDF."""

import importlib
from collections.abc import Callable
from dataclasses import replace

from watchconvert.localapi.engines.interface import Source
from watchconvert.localapi.engines.job import Job


def run_steps(steps: str, job: Job) -> None:
    """Run the engine functions that `steps` names as `module:name`, separated by spaces.

    Each but the last makes one PDF of each source, and the next one works on those.
    """
    *earlier, last = steps.split()
    for number, step in enumerate(earlier):
        making = replace(job.moved_to(job.outputs.folder.parent / f"step-{number}"), target="pdf", parameters={})
        _find_function(step)(making)
        job = replace(job, sources=tuple(Source(path, path.name) for path, _ in making.outputs.files))
    _find_function(last)(job)


def _find_function(step: str) -> Callable[[Job], None]:
    module, _, name = step.partition(":")
    function: Callable[[Job], None] = getattr(importlib.import_module(f"{__package__}.{module}"), name)
    return function
