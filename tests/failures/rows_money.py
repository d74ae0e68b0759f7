"""What may be spent is used up."""

from tests.failures.row import Family, Row
from tests.failures.scene import Scene
from watchconvert.core.answers import Scope
from watchconvert.core.budget import Budget


def used_up(scene: Scene) -> None:
    """Nothing may be spent; then something may again."""
    scene.put()
    scene.live(0)
    scene.holds.purse.take({scene.route.name: Budget(day=0)})
    scene.live(60)
    assert scene.service.bills == []
    assert scene.service.uploads == 0
    assert [hold.scope for hold in scene.holds.standing()] == [Scope.BUDGET]
    assert list(scene.seen("inbox")) == ["letter.docx"]
    scene.holds.purse.take({})
    scene.holds.look_at_budgets()
    scene.end()


MONEY = Family(
    "money",
    "A budget is used up",
    (
        Row(
            "a budget is used up",
            "noticed",
            "the file stays in its inbox; it goes on by itself at midnight, in the next month, or with a larger budget",
            used_up,
        ),
        Row(
            "many files want the last of a budget at once",
            "minted",
            "one gets it: what is under way counts before its cost is known",
            shown_by=(
                "test_two_files_never_get_the_last_share",
                "test_what_is_under_way_counts_before_its_cost_is_told",
            ),
        ),
        Row(
            "a budget is lowered while files are on their way",
            "uploaded",
            "they wait in the stage; what is bought is finished",
            shown_by=("test_a_budget_that_is_lowered_keeps_what_was_taken_already_from_being_bought",),
        ),
        Row(
            "the clock jumps a month ahead while a budget holds",
            "any",
            "no budget begins anew until the clock has kept step for six hours",
            shown_by=(
                "test_a_clock_that_jumps_a_month_opens_no_purse",
                "test_a_restart_with_a_clock_that_has_jumped_opens_no_purse",
            ),
        ),
        Row(
            "the daemon dies with a budget half used",
            "any",
            "the ledger knows what was bought, and the jobs what is under way: no budget is passed",
            shown_by=("test_a_death_at_any_step_passes_no_budget", "test_a_restart_keeps_it"),
        ),
    ),
)
