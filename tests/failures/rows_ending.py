"""Rows of the table of failures: runs that end, `once` and `convert`, and what breaks them off or keeps them."""

from tests.failures.row import Family, Row, Survives

_DELIVERS = "test_a_death_while_it_delivers_costs_nothing_and_doubles_nothing"

ENDING = Family(
    "ending",
    "A run that ends (`once`, `convert`) is broken off or held up",
    (
        Row(
            "SIGKILL of `once` with files under way",
            "any",
            "the next one goes on; each file comes out once and is billed once",
            shown_by=("test_killed_in_the_middle_each_file_is_billed_once",),
        ),
        Row(
            "SIGKILL of `convert` with files under way",
            "any",
            "the same command, or `--resume`, takes up what was bought and delivers it; nothing is bought again",
            shown_by=(
                "test_what_was_bought_is_taken_up_after_a_kill_and_one_at_a_time_works_on_it",
                "test_killed_in_the_middle_all_come_out_and_each_is_billed_once",
            ),
        ),
        Row(
            "death of `convert` at any call while it delivers",
            "published",
            "one whole result, over nothing, and no hidden copy once it is taken up",
            shown_by=("test_cut_off_at_each_call_and_begun_again_there_is_one_whole_result", _DELIVERS),
        ),
        Row(
            "SIGKILL of `convert --local`",
            "any",
            "the built-in server ends with it and forgets; the file is converted anew, which costs nothing",
            shown_by=("test_killed_together_with_the_built_in_server_it_converts_anew",),
            survives=Survives.BY_DESIGN,
        ),
        Row(
            "a second `convert` of the same file while one is at it",
            "any",
            "it says so and leaves it alone (75)",
            shown_by=("test_what_was_bought_is_taken_up_after_a_kill_and_one_at_a_time_works_on_it",),
        ),
        Row(
            "`once` beside a daemon, or as another user than the daemon's",
            "start",
            "nothing is touched; it says why (75, 78)",
            shown_by=(
                "test_beside_a_daemon_it_touches_nothing",
                "test_what_belongs_to_the_daemons_user_is_that_users_to_run",
            ),
        ),
        Row(
            "the account is held during `once`",
            "minted",
            "after five seconds it leaves, with every file safe and told; the next run goes on",
            shown_by=("test_a_held_account_leaves_everything_safe_and_a_later_run_takes_it_up",),
        ),
        Row(
            "a program keeps a file open during `once`",
            "settled",
            "the file is left and told (75)",
            shown_by=("test_a_file_that_is_being_written_is_left_and_told",),
        ),
        Row(
            "an inbox cannot be read during `once`",
            "scan",
            "it is told (75); with a limit it leaves in time",
            shown_by=("test_the_time_limit_ends_it_and_an_inbox_that_cannot_be_read_is_left",),
        ),
        Row(
            "the result of a `convert` cannot be put where it belongs",
            "published",
            "it is kept and told, and delivered when it can be",
            shown_by=("test_a_result_that_cannot_be_put_there_is_kept",),
        ),
        Row(
            "a source is changed while `convert` copies it",
            "dropped",
            "it is refused and nothing is sent; the source is as its writer made it",
            shown_by=(
                "test_only_the_file_that_was_seen_is_copied",
                "test_a_source_that_was_changed_meanwhile_is_refused",
            ),
        ),
    ),
)
