"""Receivers of messages that are bad in every way, and what is remembered of messages."""

from tests.failures.row import Family, Row, Survives

MESSAGES = Family(
    "messages",
    "The receivers of messages",
    (
        Row(
            "it hangs, refuses, is gone, or talks without end",
            "any",
            "its message is tried again for six hours; files are converted, others are told, and the daemon stops in time",
            shown_by=(
                "test_receivers_that_hang_refuse_or_are_gone_keep_no_file_and_no_stop",
                "test_a_bad_server_comes_to_an_end",
                "test_a_bad_receiver_comes_to_an_end",
                "test_one_that_hangs_is_ended_with_all_that_it_started",
            ),
        ),
        Row(
            "its certificate is not valid for its name, or it offers no TLS",
            "any",
            "it gets neither the password nor the message",
            shown_by=(
                "test_a_bad_certificate_is_not_accepted",
                "test_a_server_without_starttls_gets_neither_password_nor_letter",
            ),
        ),
        Row(
            "ten thousand files fail at once",
            "set aside",
            "one message of a bounded size",
            shown_by=("test_ten_thousand_failures_are_one_message_of_a_bounded_size",),
        ),
        Row(
            "the daemon ends, or is killed, before a message was sent",
            "any",
            "it is sent after the start",
            shown_by=(
                "test_a_restart_neither_repeats_nor_loses",
                "test_what_could_not_be_sent_before_a_restart_is_sent_after_it",
            ),
        ),
        Row(
            "the daemon is killed while a message is on its way",
            "any",
            "it is sent once more under the same id",
            shown_by=("test_a_death_while_it_is_sent_repeats_it_under_the_same_id",),
            survives=Survives.BY_DESIGN,
        ),
        Row(
            "the clock jumps",
            "any",
            "nothing is lost or told twice; a message may come one interval later, or one early",
            shown_by=(
                "test_a_clock_that_jumps_loses_and_repeats_nothing",
                "test_whatever_happens_nothing_is_lost_and_nothing_is_told_too_often",
            ),
        ),
        Row(
            "the journal is a new one, or an older copy",
            "start",
            "what fails from then on is told, and nothing of before",
            shown_by=(
                "test_numbers_that_begin_anew_are_noticed",
                "test_an_older_copy_of_the_journal_repeats_nothing",
            ),
        ),
        Row(
            "what was told cannot be written (a full disk), or cannot be read",
            "any",
            "the log says so; messages go out all the same, or begin with what happens then",
            shown_by=(
                "test_a_memory_that_cannot_be_written_is_told_once_and_messages_go_out",
                "test_a_memory_that_is_damaged_is_told_and_the_news_begin_now",
            ),
        ),
        Row(
            "a bug in messages",
            "any",
            "it is told with its traceback, and no conversion notices",
            shown_by=(
                "test_a_bug_in_the_round_is_told_and_the_next_round_comes",
                "test_a_bug_of_ours_ends_neither_the_loop_nor_the_message",
            ),
        ),
        Row(
            "a name, or a word of the service, would write a line or a header of a mail",
            "set aside",
            "it is shown with escapes",
            shown_by=("test_nothing_that_others_say_forges_a_line", "test_a_subject_cannot_become_a_header"),
        ),
    ),
)
