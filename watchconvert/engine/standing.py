"""What stands at the moment that people may have to end: holds, and an account that runs low."""

from collections.abc import Mapping, Sequence

from watchconvert.adapters.journal.store import Hold
from watchconvert.core.account import Account
from watchconvert.core.answers import Scope
from watchconvert.core.budget import Use, say_use
from watchconvert.core.messages import Standing
from watchconvert.core.naming import shown


def find_standing(
    holds: Sequence[Hold],
    account: Account | None,
    low_balance: int,
    outboxes: Mapping[str, tuple[str, ...]],
    now: float,
) -> list[Standing]:
    """Return what stands, as messages tell of it; `outboxes` has the routes of each."""
    found = [_of_hold(hold, outboxes) for hold in holds]
    if account is not None and account.is_low(low_balance):
        reason = f"The account has {account.left} conversions left; the warning is set to {low_balance}."
        found.append(Standing("low_balance", "balance", "balance", reason, now))
    return found


def find_nearly_full(uses: Mapping[str, Sequence[Use]], now: float) -> list[Standing]:
    """Return the budgets of which so much is spent that somebody may want to know; by the names of their routes."""
    return [
        Standing("budget", f"{_whose(name)} ({use.period})", "nearly", f"{_say(use)}.", now, _routes(name))
        for name, limits in uses.items()
        for use in limits
        if use.is_nearly_full and not use.is_full
    ]


def _say(use: Use) -> str:
    return say_use(use.period, use.spent.cost, use.limit)


def _whose(name: str) -> str:
    return f"route {shown(name.encode('utf-8', 'surrogateescape'))}" if name else "all routes"


def _routes(name: str) -> tuple[str, ...]:
    return (name,) if name else ()


def _of_hold(hold: Hold, outboxes: Mapping[str, tuple[str, ...]]) -> Standing:
    name = shown(hold.name.encode("utf-8", "surrogateescape"))
    subject = f"{hold.scope.value} {name}" if name else hold.scope.value
    routes: tuple[str, ...] = ()
    if hold.scope in (Scope.ROUTE, Scope.PAUSE):
        routes = (hold.name,) if hold.name else ()
    elif hold.scope is Scope.DISK:
        routes = outboxes.get(hold.name, ())  # that of the journal concerns all
    elif hold.scope is Scope.BUDGET:
        return Standing("budget", _whose(hold.name), "budget", hold.reason, hold.since, _routes(hold.name))
    return Standing("held", subject, hold.scope.value, hold.reason, hold.since, routes)
