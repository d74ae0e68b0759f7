"""What else can go wrong at the service and on the way to it; each is shown by a test of its own."""

from tests.failures.row import Family, Row

SERVICE = Family(
    "service",
    "At the service",
    (
        Row(
            "it refuses the file",
            "submitted",
            "explained in the error folder",
            shown_by=("test_a_refused_file_lies_in_the_error_folder_with_its_explanation",),
        ),
        Row(
            "the addresses have changed",
            "fetched",
            "asked for once more",
            shown_by=("test_new_addresses_are_fetched_without_a_new_bill",),
        ),
        Row(
            "a network's sign-in page stands in the place of the service",
            "any",
            "it is no answer, and no word about the account",
            shown_by=(
                "test_a_portal_in_the_place_of_a_result_is_waited_for",
                "test_a_page_that_refuses_a_request_does_not_say_that_the_account_is_in_order",
            ),
        ),
        Row(
            "any answer at all",
            "any",
            "it is one of the answers that are known; the file outlives it",
            shown_by=(
                "test_every_reply_is_one_of_the_documented_answers",
                "test_a_file_outlives_whatever_the_service_says",
            ),
        ),
    ),
)

WIRE = Family(
    "wire",
    "On the wire",
    (
        Row(
            "a call comes while the job is asked about, or for nobody's job",
            "converting",
            "it is not lost; it changes nothing",
            shown_by=(
                "test_a_call_during_an_ask_is_not_lost",
                "test_a_call_for_a_job_that_is_not_there_changes_nothing",
            ),
        ),
    ),
)

SERVER = Family(
    "server",
    "The built-in server",
    (
        Row(
            "more requests than it can hold",
            "any",
            "503, and no bill",
            shown_by=("test_beyond_workers_and_queue_there_is_503_and_no_bill",),
        ),
        Row(
            "its disk is full",
            "any",
            "503; what was begun is removed",
            shown_by=("test_a_disk_that_is_full_for_now_is_503_and_frees_itself",),
        ),
        Row(
            "a JobId is sent twice",
            "any",
            "joined; billed once",
            shown_by=("test_a_repeated_job_id_joins_and_is_not_billed_again",),
        ),
        Row(
            "the client goes away",
            "any",
            "a job with an id goes on and can be polled",
            shown_by=("test_a_synchronous_job_with_an_id_can_be_polled_while_it_runs_and_outlives_its_connection",),
        ),
        Row(
            "a conversion does not end",
            "any",
            "it and all that it started are killed",
            shown_by=("test_time_limit_kills_the_child_and_all_it_started",),
        ),
        Row(
            "an engine crashes",
            "any",
            "an error of that file",
            shown_by=("test_crash_of_an_engine_is_an_error_of_that_file",),
        ),
        Row("a damaged file", "any", "said so", shown_by=("test_damaged_files_are_reported_as_damaged",)),
        Row(
            "an archive that unpacks to very much",
            "any",
            "refused before it unpacks",
            shown_by=("test_archive_bomb_is_refused_before_it_unpacks",),
        ),
        Row(
            "a document that names other files or addresses",
            "any",
            "nothing that it names is read",
            shown_by=("test_nothing_that_a_document_names_is_read",),
        ),
        Row(
            "text that would be lost",
            "any",
            "an error, no blank page",
            shown_by=("test_lost_text_is_an_error_and_not_a_blank_page",),
        ),
        Row(
            "the daemon that started it dies",
            "any",
            "it ends, and removes its folder",
            shown_by=("test_it_ends_with_its_stdin_and_removes_its_temporary_folder",),
        ),
        Row(
            "any request at all",
            "any",
            "the server outlives it",
            shown_by=(
                "test_the_server_outlives_every_request",
                "test_a_crowd_of_half_requests_keeps_nobody_out",
            ),
        ),
        Row(
            "a document made to do harm",
            "any",
            "it does none",
            shown_by=(
                "test_a_document_that_wants_to_do_harm_does_none",
                "test_damaged_documents_end_as_errors_of_their_own",
            ),
        ),
    ),
)
