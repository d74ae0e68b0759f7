"""The network breaks before or after a request arrived."""

from collections.abc import Iterator
from typing import Any

from tests.failures.acts import AWAY, LOST, answered
from tests.failures.row import Family, Row, Survives
from tests.failures.scene import Scene
from watchconvert.adapters.convertapi.results import FetchError
from watchconvert.core.answers import Scope
from watchconvert.core.job import Job, Part


def away_for_a_day(scene: Scene) -> None:
    """Nothing arrives at all, and files go on being dropped."""
    scene.service.away = True
    for number in range(3):
        scene.put(f"{number}.docx", b"file %d" % number)
    scene.live(600)
    assert [hold.scope for hold in scene.holds.standing()] == [Scope.SERVICE]
    late = scene.put("late.docx", b"dropped during the outage")
    scene.live(60)
    assert late.exists()
    assert scene.seen("error") == {}
    scene.service.away = False
    scene.end(bills=4)


def upload_arrived(scene: Scene) -> None:
    """The file is there, and the answer that says so is lost."""
    real, lost = scene.service.upload, []

    def upload(*arguments: Any) -> Any:
        answer = real(*arguments)
        if not lost:
            lost.append(answer)
            return AWAY, ""
        return answer

    scene.service.upload = upload  # type: ignore[method-assign]
    scene.put()
    scene.end()
    assert (len(lost), scene.service.uploads) == (1, 1), "it was found there and not sent again"


def submit_arrived(scene: Scene) -> None:
    """The conversion is bought, and the answer that says so is lost."""
    scene.service.lose_replies = 1
    scene.put()
    scene.end()
    assert scene.service.asks


def never_arrived(scene: Scene) -> None:
    """The request was lost on its way."""
    scene.service.answers["submit"] = [LOST]
    scene.put()
    scene.end()
    (job,) = scene.jobs()
    assert (job.round, job.sent) == (1, 2)
    assert {remote for remote, _ in scene.service.asks} == {job.remote_id}


def breaks_in_the_middle(scene: Scene) -> None:
    """Half a result came, a few times."""
    real, broken = scene.service.fetch, []

    def fetch(job: Job, part: Part) -> Iterator[bytes]:
        for block in real(job, part):
            yield block
            if len(broken) < 3:
                broken.append(block)
                raise FetchError(AWAY)

    scene.service.fetch = fetch  # type: ignore[method-assign]
    scene.put()
    scene.end()
    assert len(broken) == 3


def gone_at_the_end(scene: Scene) -> None:
    """From the fetch on nothing can be reached."""
    scene.when("fetched", lambda: setattr(scene.service, "away", True))
    scene.put()
    scene.live()
    assert scene.seen("outbox").keys() == {"letter.pdf"}
    scene.end()


BEFORE = Family(
    "lost",
    "The network breaks before the service has the request",
    (
        Row(
            "the service is away for hours",
            "dropped",
            "files wait; new ones stay in the inbox; nothing fails; all goes on by itself within minutes",
            away_for_a_day,
            shown_by=("test_an_outage_delays_and_rejects_nothing", "test_a_day_without_the_service"),
        ),
        Row(
            "an upload does not arrive",
            "uploaded",
            "it is sent again, with growing pauses; that is free",
            answered("upload", *[AWAY] * 2),
        ),
        Row(
            "a submit does not arrive",
            "submitted",
            "the service is asked; after the doubt pause it is sent again under the same JobId",
            never_arrived,
            shown_by=("test_a_submit_that_never_arrived_is_sent_again_after_the_doubt_pause",),
        ),
        Row(
            "there was no connection to send a submit over",
            "submitted",
            "it is repeated without a question",
            answered("submit", *[AWAY] * 2),
        ),
        Row("a poll does not arrive", "converting", "it is asked again", answered("ask", *[AWAY] * 4)),
        Row("a fetch does not arrive", "fetched", "it is fetched again", answered("fetch", *[AWAY] * 4)),
        Row("the network is away", "published", "publish and retire need no network", gone_at_the_end),
        Row(
            "the request to forget a job does not arrive",
            "retired",
            "it is not repeated: the service forgets by itself after three hours",
            shown_by=("test_forgetting_never_raises",),
            survives=Survives.BY_DESIGN,
        ),
        Row(
            "the service's name does not resolve",
            "any",
            "files wait, and go on when it does",
            shown_by=("test_a_name_that_stops_resolving_and_comes_back",),
        ),
        Row(
            "a certificate that nobody can trust, or trust that is lost on the way",
            "any",
            "nothing is said to the other side; files wait",
            shown_by=(
                "test_nothing_is_said_to_whom_nobody_can_trust",
                "test_trust_that_is_lost_on_the_way_costs_nothing",
            ),
        ),
    ),
)


AFTER = Family(
    "reply",
    "The network breaks after the service has the request",
    (
        Row(
            "the answer to an upload is lost",
            "uploaded",
            "the service is asked whether it has the file; it is not sent again",
            upload_arrived,
        ),
        Row(
            "the answer to a submit is lost",
            "submitted",
            "it is asked about, and not sent again",
            submit_arrived,
            shown_by=("test_an_unclear_submit_is_asked_about_and_billed_once",),
        ),
        Row("the answer to a poll is lost", "converting", "it is asked again", answered("ask", AWAY)),
        Row(
            "the connection breaks in the middle of a result",
            "fetched",
            "nothing half is left; it is fetched again from its start",
            breaks_in_the_middle,
            shown_by=("test_a_connection_that_breaks_leaves_nothing",),
        ),
        Row(
            "the connection is cut at any byte, in either direction",
            "any",
            "one bill, one output",
            shown_by=(
                "test_a_cut_at_any_byte_costs_one_bill_and_gives_one_output",
                "test_a_connection_that_is_cut_at_any_byte_costs_one_bill",
            ),
        ),
        Row(
            "the network does whatever it can: delays, cuts, resets, silence, trickles",
            "any",
            "each file is converted and paid for once",
            shown_by=(
                "test_whatever_the_network_does_each_file_is_converted_and_paid_for_once",
                "test_a_network_that_does_everything_in_turn",
            ),
        ),
        Row(
            "the service is silent, or trickles",
            "any",
            "a request is given up in time",
            shown_by=(
                "test_a_request_is_given_up_in_time",
                "test_a_silent_service_is_seen_to_be_silent",
            ),
        ),
    ),
)
