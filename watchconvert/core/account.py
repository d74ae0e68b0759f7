"""The account at the service, as far as the service tells of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Account:
    """What the service tells of the account; None for what it does not tell."""

    total: int | None
    """Conversions that were bought."""
    consumed: int | None
    """Conversions that were used; more than were bought is possible and no error."""
    seconds_left: int | None = None
    """The balance as the old dialect counts it."""

    @property
    def left(self) -> int | None:
        """Conversions that are left, as far as the service tells; None when it does not, and less than none is none."""
        if self.total is None or self.consumed is None:
            return self.seconds_left
        return max(0, self.total - self.consumed)

    def is_low(self, threshold: int) -> bool:
        """Tell whether fewer conversions are left than a threshold; never where the service does not tell."""
        return self.left is not None and self.left < threshold
