"""How far the budgets are used, as the ledger tells it."""

from collections.abc import Iterable, Iterator
from typing import Any

from watchconvert.adapters.journal.report import Report
from watchconvert.adapters.spans import AROUND
from watchconvert.core.budget import Period, Spent, Use, say_use
from watchconvert.core.settings import Config
from watchconvert.faces.sheet import Said, Tone

Told = dict[str, Any]


def tell_budgets(config: Config, report: Report, now: float) -> list[Told]:
    """Return each limit with what is used of it: route (empty for all), period, limit, used, until.

    Raises:
        JournalError: the ledger cannot be read.

    """
    spans = {period: around(now) for period, around in AROUND.items()}
    periods = {period for budget in config.budgets.values() for period in budget.limits}
    spent = {period: report.spent(*spans[period]) for period in periods}
    return [
        {
            "route": name,
            "period": period.value,
            "limit": limit,
            "used": spent[period].get(name, 0) if name else sum(spent[period].values()),
            "until": spans[period][1],
        }
        for name, budget in config.budgets.items()
        for period, limit in budget.limits.items()
    ]


def say_budgets(budgets: Iterable[Told]) -> Iterator[Said]:
    """Yield a line for each limit; one that is nearly reached stands out."""
    for each in budgets:
        use = Use(Period(each["period"]), each["limit"], Spent(each["used"]))
        whose = f"Budget of route {each['route']}" if each["route"] else "Budget"
        words = say_use(use.period, each["used"], each["limit"])
        yield Said(f"{whose}: {words}", Tone.WARN if use.is_nearly_full else Tone.PLAIN)


def say_of(route: str, budgets: Iterable[Told]) -> str:
    """Say how far the budget of a route is used, or that of all where its name is empty; empty where it has none."""
    own = [each for each in budgets if each["route"] == route]
    return ", ".join(say_use(Period(each["period"]), each["used"], each["limit"]) for each in own)
