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
