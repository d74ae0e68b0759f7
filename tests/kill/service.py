"""The worst service there may be, with sources that have several results and sources that are refused.

It registers a job late, bills whatever it accepts, a refusal too, and bills a JobId again that is posted again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tests.e2e.scripted_service import ScriptedService, Work, converted
from tests.e2e.wire import Heard, Saying, complaint

REFUSED, DOUBLE = b"refused", b"double"
"""How sources begin that are refused, and that have two results."""
KINDS = (b"plain", DOUBLE, REFUSED)


def results_of(data: bytes) -> list[bytes]:
    """Return every result of a source."""
    if data.startswith(REFUSED):
        return []
    first = converted(data)
    return [first, first + b", once more"] if data.startswith(DOUBLE) else [first]


@dataclass
class StrictService(ScriptedService):
    """The service; `billed` has the source of each bill, for ever."""

    pending: int = 0
    lag: float = 0.4
    billed: list[bytes] = field(default_factory=list)

    def _submit(self, heard: Heard) -> Saying | None:
        data, before = self.files.get(heard.form.get("File", "")), len(self.bills)
        said = super()._submit(heard)
        if len(self.bills) > before and data is not None:
            self.billed.append(data)
        return said

    def _result(self, heard: Heard, work: Work) -> Saying:
        if work.data.startswith(REFUSED):
            return complaint(500, 5002, "The file is damaged.")
        files = []
        for number, body in enumerate(results_of(work.data)):
            file_id = uuid4().hex
            self.files[file_id] = body
            name = f"document-{number}.pdf" if number else work.name
            files.append({"FileName": name, "FileSize": len(body), "Url": self._address(heard, file_id)})
        return Saying(200, {"ConversionCost": 1, "Files": files})


@contextmanager
def strict_service(**manners: Any) -> Iterator[StrictService]:
    """Run a service."""
    service = StrictService(**manners)
    service.start()
    try:
        yield service
    finally:
        service.stop()
