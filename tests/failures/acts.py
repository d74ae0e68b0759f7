"""What many rows have in common: a fault that lasts for a while, and where everything is meanwhile."""

from collections.abc import Callable
from typing import Any

from tests.failures.scene import Scene
from watchconvert.core.answers import Answer, Asked, Complaint, Unavailable, Unclear, judge
from watchconvert.core.states import State

Scenario = Callable[[Scene], None]
WHILE = 60
"""Seconds that a fault lasts."""
AWAY = Unavailable("the connection broke")


def disk_fails(since: str, call: str, number: int, where: str, *, meanwhile: State, bills: int = 1) -> Scenario:
    """A system call fails for a while from the time that a file has come to a step."""

    def scenario(scene: Scene) -> None:
        scene.when(since, lambda: scene.trouble(call, number, where))
        if meanwhile is State.REJECTED:
            scene.service.refuse = refusal()
        scene.put()
        scene.live(WHILE)
        waits(scene, meanwhile)
        assert len(scene.service.bills) == bills
        scene.end(lies="error" if meanwhile is State.REJECTED else "archive")

    return scenario


def waits(scene: Scene, state: State) -> None:
    """See that the one file waits in a state, says why, and has left nothing half in the stage of the outbox."""
    (job,) = scene.open_jobs()
    assert (job.state, bool(job.note)) == (state, True), (job.state, job.note)
    if state is State.CONVERTED:
        assert [each for each in scene.places() if each.where == "outbox stage"] == []


def journal_fails(step: str, code: int, times: int = 3, bills_meanwhile: int | None = None) -> Scenario:
    """The journal cannot be written just when a file comes to a step; the daemon ends, and starts until it can."""

    def fail(scene: Scene) -> None:
        scene.journal_failures.extend([code] * times)
        if bills_meanwhile is not None:
            assert len(scene.service.bills) == bills_meanwhile

    def scenario(scene: Scene) -> None:
        scene.when(step, lambda: fail(scene), committed=False)
        if step == "set aside":
            scene.service.refuse = refusal()
        scene.put()
        scene.end(lies="error" if step == "set aside" else "archive")
        assert scene.lives > times
        assert scene.journal_failures == []

    return scenario


def refusal() -> Any:
    """Return a verdict on a file that is to blame."""
    answer = said(500, 5002)
    return answer.verdict  # type: ignore[union-attr]


def said(status: int, code: int | None = None, asked: Asked = Asked.SUBMIT, **more: Any) -> Answer:
    """Return what the daemon makes of an error of the service."""
    return judge(Complaint(status, code, **more), asked)


def answered(request: str, *answers: Answer, lies: str = "archive", bills: int = 1) -> Scenario:
    """The service answers a request so, and afterwards as usual."""

    def scenario(scene: Scene) -> None:
        scene.service.answers[request] = list(answers)
        scene.put()
        scene.end(lies, bills)
        assert scene.service.answers[request] == [], "it was not asked as often as it had answers"

    return scenario


LOST = Unclear("the connection broke")
