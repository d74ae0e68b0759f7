"""The client in a talk with a scripted service."""

import dataclasses
import os
from typing import Any

from tests.adapters.convertapi.scripted import Script
from tests.core.making import make_job, make_order
from watchconvert.adapters.convertapi.client import ConvertApi, Manners
from watchconvert.adapters.convertapi.http import Http
from watchconvert.adapters.convertapi.results import FetchError
from watchconvert.core.answers import Answer
from watchconvert.core.job import Job, Part, Step

SECRET = "canary-secret-of-the-account"
FILE_ID, REMOTE_ID = "f1" * 16, "a0b1c2d3e4f5" * 2 + "0a1b2c3d"
DASHED = "a0b1c2d3-e4f5-a0b1-c2d3-e4f50a1b2c3d"
CANARIES = (SECRET, FILE_ID, REMOTE_ID, DASHED)
"""What may stand in no answer."""


class Talk:
    """What the tests say to the client, in the words of the tests."""

    def __init__(self, service: Script, *, auth: str = "header", **manners: Any) -> None:
        self.service = service
        self.http = Http(service.url, SECRET, auth=auth)
        self.client = ConvertApi(self.http, Manners(**{"dialect": "current"} | manners))

    def submit(self, job: Job | None = None) -> Answer:
        return self.client.submit(job or order_of())

    def ask(self) -> Answer:
        return self.client.ask(order_of())

    def fetch(self, url: str, size: int = -1) -> bytes:
        """Fetch a result; raises FetchError."""
        return b"".join(self.client.fetch(order_of(), Part(url, size, "document.pdf")))

    def refusal(self, url: str, size: int = -1) -> Answer:
        """Return why a result cannot be fetched."""
        try:
            body = self.fetch(url, size)
        except FetchError as fault:
            return fault.answer
        raise AssertionError(f"it was fetched: {body!r}")

    def upload(self, data: bytes = b"content") -> tuple[Answer, str]:
        file = os.memfd_create("source")
        try:
            os.write(file, data)
            os.lseek(file, 0, os.SEEK_SET)
            return self.client.upload(order_of(), file, len(data))
        finally:
            os.close(file)

    def paths(self) -> list[str]:
        return [seen.path for seen in self.service.seen]


def order_of(mode: str = "semi-async", params: dict[str, Any] | None = None, **more: Any) -> Job:
    """Return a job that is ready to be converted."""
    order = make_order(steps=(Step("docx", "pdf", params or {}),), mode=mode)
    return dataclasses.replace(make_job(order=order, file_id=FILE_ID, remote_id=REMOTE_ID), **more)
