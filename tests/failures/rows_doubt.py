"""The service is busy, or does not know what it is asked about."""

from tests.engine.world import DOUBT
from tests.failures.acts import LOST, answered, said
from tests.failures.row import Family, Row, Survives
from tests.failures.scene import Scene
from watchconvert.core.answers import Asked, Unknown
from watchconvert.core.cadence import JOB_LIFE


def registered_late(scene: Scene) -> None:
    """The service knows the job only some time after it took it."""
    scene.service.lose_replies, scene.service.lag = 1, DOUBT - 2
    scene.put()
    scene.end()


def never_arrived(scene: Scene) -> None:
    """The request was lost on its way."""
    scene.service.answers["submit"] = [LOST]
    scene.put()
    scene.end()
    (job,) = scene.jobs()
    assert (job.round, job.sent) == (1, 2)
    assert {remote for remote, _ in scene.service.asks} == {job.remote_id}


def down_for_hours(scene: Scene) -> None:
    """The daemon was down for longer than the service remembers a job; whether it was bought cannot be known."""
    scene.service.lose_replies = 1
    scene.put()
    while not scene.service.bills:
        scene.live(1)
    scene.stop()
    scene.clock.pass_by(JOB_LIFE + 60)
    scene.service.jobs.clear()
    scene.end(bills=2)


def lost_while_it_converts(scene: Scene) -> None:
    """The service took the job and knows it no more, however often it is asked."""
    scene.when("submitted", scene.service.jobs.clear)
    scene.put()
    scene.end(bills=2)
    (job,) = scene.jobs()
    assert job.round == 2


def always_lost(scene: Scene) -> None:
    """Each job is lost."""
    scene.service.answers["ask"] = [Unknown()] * 100
    scene.put()
    scene.end("error", bills=3)


def result_lost(scene: Scene) -> None:
    """The list of results was told, and then the service forgot all of it."""
    scene.when("converting", scene.service.jobs.clear)
    scene.put()
    scene.end(bills=2)


def crowded(scene: Scene) -> None:
    """It is busy and says so; then fewer requests are made at once."""
    busy = said(503, 5000)
    scene.service.answers["submit"] = [busy] * 3
    scene.put()
    scene.live(3)
    assert scene.holds.crowd.limit < 4
    scene.end()
    assert scene.service.answers["submit"] == []
    (job,) = scene.jobs()
    assert (job.round, job.sent) == (1, 1)


BUSY = Family(
    "busy",
    "The service is busy (503, 429)",
    (
        Row(
            "it is busy at an upload",
            "uploaded",
            "the file waits; fewer requests are made at once",
            answered("upload", *[said(503, 5000, Asked.UPLOAD)] * 2),
        ),
        Row(
            "it is busy and says so",
            "submitted",
            "it was not taken: the same JobId is sent later without a question",
            crowded,
            shown_by=("test_a_definite_refusal_of_a_submit_is_repeated_without_asking",),
        ),
        Row("429 without a word", "submitted", "the same", answered("submit", said(429), said(429))),
        Row(
            "503 without a word",
            "submitted",
            "it may have been taken, so it is asked about",
            answered("submit", said(503)),
        ),
        Row(
            "it asks for a pause (Retry-After)",
            "submitted",
            "the pause is kept, within 1 s and 15 min",
            answered("submit", said(429, retry_after=90.0)),
            shown_by=("test_a_pause_that_the_service_asks_for_is_kept",),
        ),
        Row(
            "it is asked too often",
            "converting",
            "never: one ask at a time for a job, and none within 5 s of the last",
            shown_by=(
                "test_there_is_never_more_than_one_ask_for_a_job",
                "test_a_polled_job_is_asked_at_most_every_five_seconds",
            ),
        ),
        Row(
            "it is busy at a fetch",
            "fetched",
            "it is fetched again; what is paid for goes before what is new",
            answered("fetch", *[said(503, 5000, Asked.FETCH)] * 3),
            shown_by=("test_what_has_cost_money_goes_first_and_then_what_waited_longest",),
        ),
        Row(
            "thousands of jobs, slow answers",
            "converting",
            "each is asked about at its pace, none waits for another",
            shown_by=(
                "test_hundreds_of_jobs_are_asked_about_at_their_pace",
                "test_a_slow_answer_keeps_no_other_job_waiting",
            ),
        ),
    ),
)


UNKNOWN = Family(
    "unknown",
    "The service does not know the job, the file or the result (404)",
    (
        Row(
            "a job that was sent is not known yet",
            "submitted",
            "it is asked about again for the doubt pause before it counts",
            registered_late,
        ),
        Row(
            "a job that was sent stays unknown",
            "submitted",
            "it never arrived: it is sent once more under the same JobId, and the row says so first",
            never_arrived,
        ),
        Row(
            "a job that was sent two hours ago and more",
            "submitted",
            "nobody can know any more: another round, which `status` counts as perhaps billed for nothing",
            down_for_hours,
            survives=Survives.BY_DESIGN,
        ),
        Row(
            "the upload is gone when the job is sent",
            "submitted",
            "it is uploaded again, which is free",
            answered("submit", said(500, 5009)),
            shown_by=("test_a_lost_upload_is_sent_again",),
        ),
        Row(
            "a job that was taken is unknown for a moment",
            "converting",
            "it is asked about again before it counts",
            answered("ask", Unknown()),
            shown_by=("test_an_unknown_job_is_asked_twice_before_it_counts_as_lost",),
        ),
        Row(
            "a job that was taken stays unknown",
            "converting",
            "the service lost it: another round, which the ledger shows",
            lost_while_it_converts,
        ),
        Row(
            "every job is lost",
            "converting",
            "three rounds, then the file is given back",
            always_lost,
            shown_by=("test_a_service_that_always_loses_the_job_does_not_cost_for_ever",),
        ),
        Row("the result is gone for a moment", "fetched", "it is fetched again", answered("fetch", Unknown())),
        Row(
            "the addresses of the results have changed",
            "fetched",
            "the service is asked for them once more, which is free",
            shown_by=("test_a_result_with_a_new_address_is_not_bought_again",),
        ),
        Row("the result is gone for good", "fetched", "another round, which the ledger shows", result_lost),
        Row(
            "what is to be forgotten is not there",
            "retired",
            "that is as good",
            shown_by=("test_forgetting_never_raises",),
        ),
    ),
)
