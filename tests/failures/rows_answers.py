"""What the service says against a file, a route or an account."""

from collections.abc import Callable

from tests.failures.acts import answered, said
from tests.failures.row import Family, Row
from tests.failures.scene import Scene
from watchconvert.core.answers import Accepted, Answer, Asked, Held, Scope

_EMPTY, _WRONG = (401, 4014), (401, 4010)


def held(scope: Scope, request: str, answer: Answer, *, paid: bool = False) -> Callable[[Scene], None]:
    """Something needs a person; what is not paid for waits, uncounted, and goes on by itself."""

    def scenario(scene: Scene) -> None:
        scene.service.answers[request] = [answer] * 2
        if scope is Scope.ACCOUNT:
            scene.service.answers["probe"] = [answer] * 2
        scene.put()
        scene.live(2 if request in ("upload", "submit") else 8)
        assert [hold.scope for hold in scene.holds.standing()] == [scope]
        assert len(scene.service.bills) == int(paid)
        assert [job.tries for job in scene.jobs()] == [0]
        scene.end()
        scene.live(300)
        assert scene.holds.standing() == []

    return scenario


def paid_goes_on(scene: Scene) -> None:
    """The account is found empty by a second file while the first is converting."""
    scene.put("first.docx", b"the first")
    while not scene.service.bills:
        scene.live(1)
    empty = said(*_EMPTY)
    scene.service.answers |= {"submit": [empty] * 2, "probe": [empty] * 8}
    scene.put("second.docx", b"the second")
    scene.live(60)
    assert scene.seen("outbox").keys() == {"first.pdf"}
    assert scene.seen("error") == {}
    scene.end(bills=2)


def no_such_conversion(scene: Scene) -> None:
    """The service does not convert that kind of file, and says so."""
    scene.service.answers["submit"] = [said(404)]
    scene.service.answers["probe"] = [Accepted()]
    scene.service.supports = lambda _: False  # type: ignore[method-assign]
    scene.put()
    scene.end("error", bills=0)


def others_go_on(scene: Scene) -> None:
    """One route is set up wrongly; another is not."""
    other = scene.make_route("other")
    scene.routes = (scene.route, other)
    wrong = said(400, 4000, invalid=("PageRange",))
    real = scene.service.submit

    def submit(job: object) -> Answer:
        return wrong if getattr(job, "route", "") == "to-pdf" and scene.clock.steady() < until else real(job)  # type: ignore[arg-type]

    until = scene.clock.steady() + 100
    scene.service.submit = submit  # type: ignore[method-assign,assignment]
    scene.put()
    scene.put("other.docx", b"of the other route", other)
    scene.live(50)
    assert len(scene.service.bills) == 1
    assert isinstance(wrong, Held)
    scene.end(bills=2)


_NOTHING = "the answer has no code of the service's: a proxy may have written it"


_POLL = Asked.POLL


REFUSED = Family(
    "refused",
    "The service refuses (4xx)",
    (
        Row(
            "400, the file is to blame",
            "submitted",
            "it is given back with its explanation; not billed",
            answered("submit", said(400, 4000, invalid=("File",)), lies="error", bills=0),
        ),
        Row(
            "400, the route's settings are to blame",
            "submitted",
            "the route is held until they are mended; no inbox is emptied",
            held(Scope.ROUTE, "submit", said(400, 4000, invalid=("PageRange",))),
            shown_by=("test_any_other_wrong_parameter_holds_the_route_and_empties_no_inbox",),
        ),
        Row("400, the route's settings are to blame", "submitted", "the other routes go on", others_go_on),
        Row(
            "401, the secret is wrong",
            "uploaded",
            "everything waits; nothing fails and no try is counted; a question that costs nothing finds out when it is over",
            held(Scope.ACCOUNT, "upload", said(*_WRONG, Asked.UPLOAD)),
            shown_by=("test_the_account_is_held_whatever_was_asked",),
        ),
        Row(
            "401, the secret is wrong",
            "submitted",
            "the same; nothing was bought",
            held(Scope.ACCOUNT, "submit", said(*_WRONG)),
        ),
        Row(
            "401, the secret is wrong",
            "converting",
            "the same; the job keeps its JobId",
            held(Scope.ACCOUNT, "ask", said(*_WRONG, _POLL), paid=True),
        ),
        Row(
            "401 or 403 for a result",
            "fetched",
            "it is no word about the account: it is fetched again, four times",
            answered("fetch", *[said(403, None, Asked.FETCH)] * 4),
        ),
        Row(
            "401 with 4014, the account is empty",
            "submitted",
            "as with a wrong secret",
            held(Scope.ACCOUNT, "submit", said(*_EMPTY)),
        ),
        Row(
            "the account is empty",
            "converting",
            "what is paid for is polled, fetched and published all the same",
            paid_goes_on,
        ),
        Row(
            "404, there is no such conversion for that kind of file",
            "submitted",
            "the file is given back",
            no_such_conversion,
        ),
        Row(
            "404, there is no such conversion on a route that fixes the format",
            "submitted",
            "the route is held",
            shown_by=("test_a_route_with_a_format_that_cannot_be_converted_is_held",),
        ),
        Row(
            "408, somebody waited in vain",
            "submitted",
            "it may have been taken, so it is asked about",
            answered("submit", said(408, 4000)),
        ),
        Row(
            "408, somebody waited in vain",
            "uploaded",
            "it is sent again",
            answered("upload", said(408, None, Asked.UPLOAD)),
        ),
        Row(
            "413, the file is too large",
            "uploaded",
            "it is given back, not billed",
            answered("upload", said(413, None, Asked.UPLOAD), lies="error", bills=0),
            shown_by=("test_refused_when_the_service_says_so_at_the_upload",),
        ),
        Row(
            "415, the upload is not what it says",
            "submitted",
            "it is uploaded once more, then given back",
            answered("submit", said(415, 4150), said(415, 4150), lies="error", bills=0),
        ),
        Row(
            "422, the file is not accepted",
            "submitted",
            "it is given back",
            answered("submit", said(422, 4220), lies="error", bills=0),
        ),
        Row(
            "409, the service knows that JobId already",
            "submitted",
            "it is asked about, for it may be paid for",
            answered("submit", said(409, 4090)),
        ),
        Row(
            "any other 4xx with a code",
            "submitted",
            "the file is given back",
            answered("submit", said(418, 4180), lies="error", bills=0),
        ),
        Row(
            "any other 4xx without a code",
            "submitted",
            f"no verdict: {_NOTHING}. It may have been taken, so it is asked about",
            answered("submit", said(418)),
            shown_by=("test_a_page_of_a_proxy_is_no_verdict_on_a_file",),
        ),
        Row(
            "any 4xx without a code", "converting", "it is asked again", answered("ask", *[said(418, None, _POLL)] * 3)
        ),
        Row("any error of the contract", "any", "as its row says", shown_by=("test_the_contract_holds_row_by_row",)),
    ),
)
