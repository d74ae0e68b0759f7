"""The two ways in which the service has been spoken to, and which of them it understands.

`current` puts asynchronous conversions under a path of their own; `old` knows
them by a parameter (docs/contract.md, "The two dialects").
"""

import uuid
from dataclasses import dataclass

CURRENT, OLD = "current", "old"


@dataclass(frozen=True)
class Speech:
    """How one dialect says what the daemon needs to say."""

    name: str

    def submit_path(self, source: str, target: str) -> str:
        """Return the path of a billed conversion that can be asked about by its JobId."""
        return f"{'/async' if self.name == CURRENT else ''}/convert/{source}/to/{target}"

    def job_path(self, remote_id: str) -> str:
        """Return the path of a job."""
        return f"/async/job/{remote_id}" if self.name == CURRENT else f"/job/{self.job_id(remote_id)}"

    def job_id(self, remote_id: str) -> str:
        """Return a JobId in the form that the dialect wants: 32 letters and digits, or a UUID with dashes."""
        try:
            return remote_id if self.name == CURRENT else str(uuid.UUID(remote_id))
        except ValueError:  # an id that the service chose itself
            return remote_id


class Dialects:
    """Remembers which dialect the service understands; finds out again when the answers say otherwise."""

    def __init__(self, wanted: str) -> None:
        self._fixed = wanted != "auto"
        self._spoken = wanted if self._fixed else ""

    def known(self) -> Speech | None:
        """Return the dialect to speak, or None while it has to be found out."""
        return Speech(self._spoken) if self._spoken else None

    def likely(self) -> list[Speech]:
        """Return the dialects in which something may be known, the likeliest first."""
        if self._fixed:
            return [Speech(self._spoken)]
        first = self._spoken or CURRENT
        return [Speech(first), Speech(OLD if first == CURRENT else CURRENT)]

    def learn(self, speech: Speech) -> None:
        """Remember a dialect that was understood."""
        self._spoken = speech.name

    def doubt(self) -> None:
        """Forget what was learnt, unless the configuration says which dialect it is."""
        if not self._fixed:
            self._spoken = ""
