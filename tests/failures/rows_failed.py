"""The service fails for a reason of its own."""

from collections.abc import Callable

from tests.failures.acts import answered, said
from tests.failures.row import Family, Row, Survives
from tests.failures.scene import Scene
from watchconvert.core.answers import Answer, Asked


def round_failed(*answers: Answer, lies: str = "archive", bills: int) -> Callable[[Scene], None]:
    """The conversion itself ends so, when it is asked about."""
    return answered("ask", *answers, lies=lies, bills=bills)


_POLL = Asked.POLL


FAILED = Family(
    "failed",
    "The service fails (5xx)",
    (
        Row(
            "500 with a verdict on the file (5002, 5003 …)",
            "converting",
            "the file is given back; the ledger has the round",
            round_failed(said(500, 5002, _POLL), lies="error", bills=1),
        ),
        Row(
            "500 with 5000, it took too long",
            "converting",
            "one more round with all the time there is, then it is given back",
            round_failed(said(500, 5000, _POLL), bills=2),
            shown_by=("test_a_conversion_that_took_too_long_gets_all_the_time_there_is",),
        ),
        Row(
            "500 with 5000, twice",
            "converting",
            "given back",
            round_failed(said(500, 5000, _POLL), said(500, 5000, _POLL), lies="error", bills=2),
        ),
        Row(
            "500 with a code, for a reason of the service's own",
            "submitted",
            "another round, within the bound",
            answered("submit", said(500, 50050)),
            shown_by=("test_a_failed_round_gets_another_within_its_bound",),
        ),
        Row(
            "500 without a code",
            "submitted",
            "it may have been taken, so it is asked about",
            answered("submit", said(500)),
        ),
        Row("502 from a gateway", "submitted", "the same", answered("submit", said(502))),
        Row(
            "504 from a gateway",
            "submitted",
            "the same, whatever the body says",
            answered("submit", said(504, 5000)),
            shown_by=("test_a_time_out_leaves_it_open_whether_a_submit_was_accepted",),
        ),
        Row(
            "502 from a gateway",
            "uploaded",
            "it is sent again",
            answered("upload", said(502, None, Asked.UPLOAD), said(500, None, Asked.UPLOAD)),
        ),
        Row("502 from a gateway", "converting", "it is asked again", answered("ask", *[said(502, None, _POLL)] * 4)),
        Row(
            "502 from a gateway",
            "fetched",
            "it is fetched again",
            answered("fetch", *[said(502, None, Asked.FETCH)] * 4),
        ),
        Row(
            "500 for a result",
            "fetched",
            "it is fetched again, four times",
            answered("fetch", *[said(500, 50050, Asked.FETCH)] * 4),
        ),
        Row(
            "500 for a result, for longer than that and the doubt pause",
            "fetched",
            "the service is asked where it is; while it names an address the result is asked for there, and not bought again",
            answered("fetch", *[said(500, 50050, Asked.FETCH)] * 12),
        ),
        Row(
            "500 to the request to forget",
            "retired",
            "it is not repeated",
            shown_by=("test_forgetting_never_raises",),
            survives=Survives.BY_DESIGN,
        ),
        Row(
            "three requests in a row fail",
            "submitted",
            "the service is held; one question that costs nothing at a time finds out when it is back, and what is paid for goes on meanwhile",
            answered("submit", *[said(503, 5000)] * 3),
            shown_by=("test_an_outage_delays_and_rejects_nothing",),
        ),
        Row(
            "the daemon is restarted during a hold",
            "any",
            "it is held still",
            shown_by=("test_a_hold_outlives_the_daemon",),
        ),
        Row(
            "a hold ends",
            "any",
            "one job at a time finds out; nothing is counted against any file",
            shown_by=(
                "test_one_job_finds_out_whether_a_route_may_go_on",
                "test_a_hold_costs_no_try_and_ends_by_itself",
            ),
        ),
        Row(
            "a person pauses the route",
            "any",
            "nothing new is taken, uploaded or bought, also after a restart, until a person or its time ends it; what was bought comes out",
            shown_by=(
                "test_a_job_on_its_way_stays_where_it_is",
                "test_what_converts_comes_out_while_its_route_is_paused_and_nothing_new_is_uploaded",
                "test_it_outlives_the_daemon_and_a_reload",
            ),
        ),
        Row(
            "the daemon dies, or is down, when a person has asked for something",
            "any",
            "it is granted at the start, once; a pause or a cancel before anything is begun",
            shown_by=(
                "test_a_wish_outlives_a_kill_and_is_granted_once",
                "test_a_file_that_came_back_is_moved_once_though_its_wish_is_granted_twice",
                "test_a_pause_that_was_left_while_the_daemon_was_down_holds_before_anything_is_taken",
            ),
        ),
        Row(
            "a share hangs while failed files are sent back",
            "any",
            "its own files wait for it, those of other routes go back, and the loop that gives the signs of life goes on",
            shown_by=("test_a_share_that_hangs_while_a_file_is_moved_keeps_only_its_own_files",),
        ),
    ),
)
