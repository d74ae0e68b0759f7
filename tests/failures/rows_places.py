"""What else can go wrong between inbox and archive; each is shown by a test of its own."""

from tests.failures.row import Family, Row

ARRIVALS = Family(
    "arrivals",
    "Arrivals",
    (
        Row(
            "events are lost or there are too many",
            "watch",
            "the whole inbox is scanned",
            shown_by=("test_hints_are_bounded_and_past_the_bound_everything_is_looked_at",),
        ),
        Row(
            "the inbox is removed and made again",
            "watch",
            "it is watched again, and scanned",
            shown_by=("test_an_inbox_that_was_removed_and_made_again_is_followed_again",),
        ),
        Row(
            "very many files",
            "scan",
            "few become jobs at a time, the rest stay in the inbox",
            shown_by=("test_many_files_need_little_room_at_once",),
        ),
        Row(
            "a program has it open for writing",
            "settled",
            "it stays",
            shown_by=("test_a_file_that_somebody_has_open_for_writing_is_not_taken",),
        ),
        Row(
            "a file server holds it for a client",
            "settled",
            "it counts as open for writing",
            shown_by=("test_a_file_that_a_server_holds_for_its_client_is_written_to",),
        ),
        Row(
            "no lease can be had",
            "settled",
            "a longer quiet time",
            shown_by=(
                "test_where_no_lease_can_be_had_nobody_knows_who_writes",
                "test_the_blind_wait_longer_unless_the_route_waits_longer_still",
            ),
        ),
        Row("temporary and lock files", "settled", "left alone", shown_by=("test_junk_is_left_alone",)),
        Row(
            "links, pipes, hard links, folders",
            "settled",
            "left alone; nothing hangs",
            shown_by=("test_links_pipes_and_shared_files_are_left_alone_and_nothing_hangs",),
        ),
        Row(
            "the file is empty",
            "settled",
            "waited for, then explained",
            shown_by=("test_an_empty_file_is_waited_for_and_then_explained",),
        ),
        Row(
            "the file is cut off",
            "settled",
            "waited for, in case it goes on; then explained",
            shown_by=("test_a_file_that_is_cut_off_waits_for_its_end", "test_a_file_that_stays_cut_off_is_explained"),
        ),
        Row(
            "an upload by SMB stalls, pauses or breaks",
            "settled",
            "only the whole file is taken",
            shown_by=("test_an_upload_with_pauses", "test_a_client_that_is_cut_off_leaves_a_part_that_is_not_taken"),
        ),
        Row(
            "an upload by FTP, SFTP or rsync breaks and is resumed",
            "settled",
            "only the whole file is taken",
            shown_by=(
                "test_an_ftp_upload_that_is_cut_off_and_resumed",
                "test_sftp_that_is_cut_off_and_resumed",
                "test_rsync_that_was_killed_and_goes_on_later",
            ),
        ),
        Row(
            "a file system without events",
            "scan",
            "polled, with ten quiet seconds",
            shown_by=("test_sshfs_is_served_by_polling",),
        ),
        Row("thousands of files at once", "scan", "each is taken once", shown_by=("test_thousands_at_once",)),
        Row(
            "names are swapped for links while they are looked at",
            "scan",
            "nothing outside the inbox is read",
            shown_by=("test_a_racing_swapper_gets_nothing_from_outside",),
        ),
        Row(
            "a kind that the route does not take",
            "settled",
            "explained in the error folder, or left",
            shown_by=("test_a_kind_that_the_route_does_not_take_is_explained_or_left",),
        ),
        Row(
            "a name without an ending", "settled", "explained", shown_by=("test_a_name_without_an_ending_is_explained",)
        ),
        Row(
            "line breaks, escape codes, bytes that are no text, 255 bytes in a name",
            "settled",
            "kept byte for byte",
            shown_by=("test_odd_names_survive_byte_for_byte",),
        ),
        Row(
            "the same names",
            "log",
            "shown as escapes, in every form of the log",
            shown_by=("test_a_shown_name_holds_nothing_that_acts", "test_whatever_is_told_no_form_lets_it_out_raw"),
        ),
        Row(
            "the journal of systemd hangs, is full or goes",
            "log",
            "nothing waits for it; what it did not take comes later, and what is left out is counted",
            shown_by=("test_a_journal_that_hangs_or_goes_stops_nobody",),
        ),
        Row(
            "nobody reads the log, or its disk is full",
            "log",
            "the same",
            shown_by=(
                "test_a_reader_that_stops_reading_stops_nobody_and_gets_whole_lines_later",
                "test_nobody_at_the_other_end_or_a_full_disk_is_no_fault",
            ),
        ),
        Row(
            "any name that a file system allows",
            "any",
            "kept byte for byte; nothing made of it is more than a name",
            shown_by=(
                "test_a_file_of_any_name_goes_its_way",
                "test_whatever_is_made_of_a_name_is_a_name",
            ),
        ),
    ),
)

MACHINE = Family(
    "machine",
    "On this machine",
    (
        Row(
            "the file was replaced after it was seen",
            "claimed",
            "withdrawn, and noticed anew",
            shown_by=("test_a_file_replaced_between_notice_and_claim_is_taken_as_it_is_now",),
        ),
        Row(
            "another file takes the name in the middle of the rename",
            "claimed",
            "it is given back",
            shown_by=("test_another_file_that_took_the_name_is_given_back",),
        ),
        Row(
            "death at any point",
            "claimed",
            "finished by the next life",
            shown_by=("test_a_claim_cut_off_anywhere_is_finished_by_the_next",),
        ),
        Row("the disk fails", "fetched", "nothing half is left", shown_by=("test_a_disk_that_fails_leaves_nothing",)),
        Row(
            "death at any point",
            "published",
            "each output once",
            shown_by=("test_a_publication_cut_off_anywhere_ends_in_each_output_once",),
        ),
        Row(
            "death at any point",
            "retired",
            "the source is in one place",
            shown_by=("test_cut_off_anywhere_the_source_is_in_one_place",),
        ),
        Row(
            "the archive is gone",
            "retired",
            "the source stays in the stage",
            shown_by=("test_without_the_folder_the_source_stays_in_the_stage",),
        ),
        Row(
            "death at any point",
            "set aside",
            "the explanation is whole",
            shown_by=("test_an_explanation_cut_off_anywhere_is_whole_in_the_end",),
        ),
        Row(
            "the file system cannot rename without replacing",
            "any",
            "by hard link; a crash between its halves is mended",
            shown_by=("test_a_rename_cut_off_between_link_and_unlink_is_finished",),
        ),
        Row(
            "a write to the journal fails",
            "any",
            "nothing of it is written, and everybody who waits is told",
            shown_by=("test_one_that_fails_takes_its_batch_with_it_and_all_are_told",),
        ),
        Row(
            "something that is no journal has its name, and no daemon ever worked with it",
            "start",
            "the daemon does not start; the file is left alone",
            shown_by=("test_a_file_that_is_no_journal_is_refused_and_left_alone",),
        ),
        Row(
            "a death left parts of a job that is at rest",
            "start",
            "they are cleared",
            shown_by=("test_parts_of_jobs_at_rest_are_cleared",),
        ),
        Row(
            "a bug",
            "any",
            "that job is delayed, the others go on",
            shown_by=("test_a_bug_delays_and_is_told_and_the_others_go_on",),
        ),
        Row(
            "days and months of all of this at once, drawn by lot",
            "any",
            "no file lost, nothing half, nothing replaced, nothing bought twice; at rest within hours of fair weather",
            shown_by=(
                "test_a_day_of_faults",
                "test_a_month_meets_every_fault",
            ),
        ),
    ),
)
