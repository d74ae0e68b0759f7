"""Rows of the table of failures: files that a route need not keep any longer are removed, and something comes in between."""

from tests.failures.row import Family, Row

KEEPING = Family(
    "keeping",
    "Something comes in between while a folder is tidied",
    (
        Row(
            "death at any point of a removal",
            "any",
            "the file is in its place, or is brought back there, and goes at the next walk; nothing else ever goes",
            shown_by=("test_a_death_at_any_point_is_made_good_by_the_next_life",),
        ),
        Row(
            "a person edits, opens, replaces or takes away the file at any moment",
            "any",
            "what the person has made of it is there in the end, deaths or not",
            shown_by=("test_what_a_person_does_at_any_moment_is_respected", "test_deaths_and_people_together"),
        ),
        Row(
            "a person has changed the file before, or put another in its place",
            "any",
            "it is left alone for good, which is told once",
            shown_by=(
                "test_what_a_person_has_changed_is_left_alone_for_good_and_told_once",
                "test_what_was_edited_while_nobody_had_noted_it_yet_is_the_persons",
            ),
        ),
        Row(
            "the folder is away, or its mount is missing",
            "any",
            "it is told once; the others are tidied; nothing is forgotten",
            shown_by=(
                "test_a_folder_that_is_away_stops_only_itself_and_is_told_once",
                "test_a_missing_mount_makes_nobody_forget_what_lies_on_it",
            ),
        ),
        Row(
            "the file system hangs",
            "any",
            "only the loop that tidies this route waits",
            shown_by=("test_each_route_is_tidied_by_a_loop_of_its_own_that_may_hang",),
        ),
        Row(
            "a file may not be removed",
            "any",
            "the others go; it is tried again at each walk",
            shown_by=("test_one_that_may_not_be_removed_does_not_keep_up_the_others",),
        ),
        Row(
            "the clock jumps years ahead, while the daemon runs or is down",
            "any",
            "nothing goes for its age until the clock has kept step for six hours",
            shown_by=(
                "test_a_clock_that_jumps_ahead_removes_nothing_for_its_age",
                "test_a_clock_that_is_ahead_at_the_start_is_not_believed_at_once",
            ),
        ),
        Row(
            "the clock is back by years for a while",
            "any",
            "what came meanwhile does not count as old afterwards",
            shown_by=("test_what_came_while_the_clock_was_back_by_years_is_not_old_when_it_is_right_again",),
        ),
        Row(
            "the daemon dies before the explanations of a file that was tried again are gone",
            "retired",
            "the next walk removes them",
            shown_by=("test_a_death_before_they_are_gone_leaves_them_to_the_next_walk",),
        ),
        Row(
            "a person writes into one of two explanations",
            "set aside",
            "it stays, the other goes; a file that fails again gets a number",
            shown_by=("test_an_explanation_that_a_person_changed_stays_and_the_other_goes",),
        ),
        Row(
            "the daemon is killed while markers stand",
            "any",
            "those of files that are still on their way are taken over, the others removed; people's files stay",
            shown_by=(
                "test_a_life_that_was_killed_leaves_markers_that_the_next_takes_over_or_removes",
                "test_a_marker_stands_while_a_file_is_converted_and_outlives_a_kill",
            ),
        ),
        Row(
            "the inbox is away when a marker is to be put or removed",
            "any",
            "it is told once and tried again; conversions wait for no marker",
            shown_by=("test_an_inbox_that_is_away_is_told_once_and_tried_again",),
        ),
    ),
)
