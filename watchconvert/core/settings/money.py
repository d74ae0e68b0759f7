"""How a budget is written."""

from watchconvert.core.budget import Budget
from watchconvert.core.values import table_of, whole_number

_LIMIT = whole_number(0, 10**9)
BUDGET = table_of("a table of limits, day, month or both", {"day": _LIMIT, "month": _LIMIT}, Budget)
BUDGET_HELP = "Write a table of whole numbers, { day = 500, month = 5000 }, of one or both."
