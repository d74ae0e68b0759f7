"""What the operator chooses for one run of the local server, and the service's own fixed numbers."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

MEBIBYTE = 1024 * 1024
GIBIBYTE = 1024 * MEBIBYTE
HOUR = 3600.0


class Dialect(StrEnum):
    """Which of the service's two dialects the server speaks (docs/contract.md section 1)."""

    BOTH = "both"
    OLD = "old"
    CURRENT = "current"

    @property
    def speaks_old(self) -> bool:
        """Whether `Async=true`, `/job/` and a JobId on a synchronous convert mean anything."""
        return self is not Dialect.CURRENT

    @property
    def speaks_current(self) -> bool:
        """Whether `/async/convert`, `/async/job/` and a chosen `fileId` mean anything."""
        return self is not Dialect.OLD


@dataclass(frozen=True)
class Settings:
    """One run of the server; sizes in bytes, times in seconds.

    `queue` counts the conversions that may wait for one of the `workers`; one more is answered with 503.
    `register_late` hides a job from polls for that long, and `dedupe` off lets a repeated JobId convert and
    bill again: both exist to rehearse what a client has to survive.
    """

    folder: Path
    secret: str
    dialect: Dialect = Dialect.BOTH
    workers: int = 2
    queue: int = 64
    max_body: int = GIBIBYTE
    max_disk: int = 10 * GIBIBYTE
    max_inline: int = 64 * MEBIBYTE
    job_life: float = 2 * HOUR
    file_life: float = 3 * HOUR
    register_late: float = 0.0
    dedupe: bool = True
    allow_remote: bool = False
    poll_delay: float = 5.0
    webhook_timeout: float = 5.0
    stall_timeout: float = 60.0
    sweep_interval: float = 30.0
