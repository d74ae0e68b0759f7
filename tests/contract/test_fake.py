"""The fake service of the engine's tests keeps the contract, or those tests prove nothing."""

import pytest

from tests.contract.suite import Bench, ServiceContract
from tests.engine.fakes import FakeClock, FakeService
from watchconvert.core.answers import Held, Scope
from watchconvert.core.job import Job, Verdict


class FakeBench(Bench):
    def __init__(self, *, held: bool) -> None:
        self.service: FakeService = FakeService(FakeClock(), held=held)

    def wait(self) -> None:
        self.service.clock.pass_by(5)

    def count_bills(self, job: Job) -> int:
        return self.service.bills.count(job.remote_id)

    def lose_reply(self) -> None:
        self.service.lose_replies = 1

    def refuse_account(self) -> None:
        self.service.answers["probe"] = [Held(Scope.ACCOUNT, Verdict("no"))]


class TestFake(ServiceContract):
    @pytest.fixture(params=[True, False], ids=["semi-async", "async"])
    def bench(self, request: pytest.FixtureRequest) -> Bench:
        return FakeBench(held=request.param)

    def test_what_is_forgotten_is_unknown(self, bench: Bench) -> None:
        super().test_what_is_forgotten_is_unknown(bench)
