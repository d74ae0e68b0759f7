"""Faults in what may be spent."""

from tests.mutants.mutant import Mutant

_BUDGETS = "engine/test_budgets.py::"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "under-way-costs-nothing",
        "core/budget.py",
        "        return self.spent.cost + self.expected + self.spent.mean > self.limit",
        "        return self.spent.cost + self.spent.mean > self.limit",
        "Sixty conversions that are bought at once pass a budget by sixty.",
        (f"{_BUDGETS}test_what_is_under_way_counts_before_its_cost_is_told",),
    ),
    Mutant(
        "wrong-clock-opens-the-purse",
        "engine/purse.py",
        "        believed = self.believed_now()\n",
        "        believed = self._clock.now()\n",
        "A clock that is set a month ahead by mistake spends the budget of a month again.",
        (f"{_BUDGETS}test_a_clock_that_jumps_a_month_opens_no_purse",),
    ),
    Mutant(
        "bought-without-a-look-into-the-purse",
        "engine/advance.py",
        "(refusal := holds.purse.spend(job))",
        "(refusal := holds.purse.reserve(job))",
        "A budget that was lowered holds for files that come later alone.",
        (f"{_BUDGETS}test_a_budget_that_is_lowered_keeps_what_was_taken_already_from_being_bought",),
    ),
    Mutant(
        "last-share-given-to-all",
        "engine/purse.py",
        "                self._shares[job.id] = _Share(job.route, is_bought=True)\n",
        "                pass\n",
        "Files that are bought beside each other all get the last share.",
        (f"{_BUDGETS}test_two_files_never_get_the_last_share",),
    ),
    Mutant(
        "month-forgotten-with-its-files",
        "engine/housekeeper.py",
        "now - self.keep, now - _LEDGER)",
        "now - self.keep, now)",
        "A short history opens the budget of a month each day.",
        (f"{_BUDGETS}test_a_short_history_forgets_no_money",),
    ),
)
