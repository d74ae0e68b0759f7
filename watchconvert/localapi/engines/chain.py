"""Conversions in two steps: documents to pictures by way of PDF."""

import importlib
from dataclasses import replace

from watchconvert.localapi.engines.catalog import find_entry
from watchconvert.localapi.engines.interface import Source
from watchconvert.localapi.engines.job import Job
from watchconvert.localapi.engines.pdf import pdf_to_images


def document_to_images(job: Job) -> None:
    """Make a PDF of each source as its own conversion does, then a picture of each chosen page."""
    folder = job.outputs.folder.parent / "pages"
    first = replace(job.moved_to(folder), target="pdf", parameters={})
    module, _, name = find_entry(job.source_formats[0], "pdf").function.partition(":")
    getattr(importlib.import_module(f"{__package__}.{module}"), name)(first)
    pages = tuple(Source(path, path.name) for path, _ in first.outputs.files)
    pdf_to_images(replace(job, sources=pages))
