"""What the engine relies on, whichever service it speaks to: the same tests for the fake one and the real one."""

import dataclasses
import os
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager

from watchconvert.adapters.convertapi.replies import UNKNOWN_SIZE
from watchconvert.core.answers import Accepted, Answer, Converted, Held, Scope, Unclear, Unknown, Uploaded
from watchconvert.core.job import Job, Order, Sighting, Step
from watchconvert.engine.tools import Service

SOURCE = "Dear reader, you are the öne.\n".encode()


class Bench(ABC):
    """One service under test, and what the tests must be able to do to it."""

    service: Service
    mode = "semi-async"
    path = Step("txt", "pdf")

    @abstractmethod
    def wait(self) -> None:
        """Let the service get on with its work before it is asked again."""

    @abstractmethod
    def count_bills(self, job: Job) -> int:
        """Return how often the job was billed."""

    @abstractmethod
    def lose_reply(self) -> None:
        """Lose the reply to the next conversion on its way back."""

    @abstractmethod
    def refuse_account(self) -> None:
        """Let the service refuse the credentials from now on."""

    def make_job(self) -> Job:
        order = Order("/in", "/out", "/error", "/archive", (self.path,), mode=self.mode)
        ids = {name: uuid.uuid4().hex for name in ("id", "file_id", "remote_id")}
        return Job(route="to-pdf", name=b"letter.txt", order=order, sighting=Sighting(0, 0, 0, 0, 0), **ids)

    def upload(self, job: Job, data: bytes = SOURCE) -> Job:
        """Upload a source; returns the job with the id that the service knows it by."""
        answer, _ = self.send(job, data)
        assert isinstance(answer, Uploaded), answer
        return dataclasses.replace(job, file_id=answer.file_id)

    def send(self, job: Job, data: bytes) -> tuple[Answer, str]:
        with _file_of(data) as file:
            return self.service.upload(job, file, len(data))

    def submit(self, data: bytes = SOURCE) -> tuple[Job, Answer]:
        job = self.upload(self.make_job(), data)
        return job, self.service.submit(job)

    def finish(self, job: Job, answer: Answer) -> Converted:
        """Ask until the conversion is over."""
        for _ in range(100):
            if isinstance(answer, Converted):
                return answer
            assert isinstance(answer, Accepted | Unclear), answer
            self.wait()
            answer = self.service.ask(job)
        raise AssertionError(f"it is never over: {answer}")

    def fetch(self, job: Job, done: Converted) -> list[bytes]:
        return [b"".join(self.service.fetch(job, part)) for part in done.parts]


@contextmanager
def _file_of(data: bytes) -> Iterator[int]:
    file = os.memfd_create("source")
    try:
        os.write(file, data)
        os.lseek(file, 0, os.SEEK_SET)
        yield file
    finally:
        os.close(file)


class ServiceContract:
    """Inherit from this and give it a fixture named `bench`."""

    def test_an_upload_is_there_under_the_id_that_was_told(self, bench: Bench) -> None:
        job = bench.make_job()
        assert not bench.service.has_file(job.file_id, len(SOURCE))
        job = bench.upload(job)
        assert bench.service.has_file(job.file_id, len(SOURCE))
        assert not bench.service.has_file(job.file_id, len(SOURCE) + 1)

    def test_an_upload_tells_what_was_sent(self, bench: Bench) -> None:
        hashes = [bench.send(bench.make_job(), data)[1] for data in (SOURCE, SOURCE, b"other", b"")]
        assert hashes[0] == hashes[1]
        assert len({*hashes}) == 3
        assert all(len(each) == 64 for each in hashes)

    def test_an_upload_may_be_repeated(self, bench: Bench) -> None:
        job = bench.upload(bench.upload(bench.make_job(), b"half"), SOURCE)
        assert bench.service.has_file(job.file_id, len(SOURCE))

    def test_a_conversion_comes_to_its_end_and_its_results_are_as_long_as_told(self, bench: Bench) -> None:
        job, answer = bench.submit()
        assert isinstance(answer, Accepted | Converted)
        done = bench.finish(job, answer)
        assert (done.cost, bench.count_bills(job)) == (1, 1)
        bodies = bench.fetch(job, done)
        assert [len(body) for body in bodies] == [part.size for part in done.parts]
        assert all(body.startswith(b"%PDF-") for body in bodies)
        assert UNKNOWN_SIZE not in [part.size for part in done.parts]

    def test_results_can_be_asked_for_and_fetched_again(self, bench: Bench) -> None:
        job, answer = bench.submit()
        done = bench.finish(job, answer)
        again = bench.finish(job, Accepted())
        assert bench.fetch(job, again) == bench.fetch(job, done)
        assert bench.count_bills(job) == 1

    def test_an_unknown_job_is_unknown(self, bench: Bench) -> None:
        assert bench.service.ask(bench.make_job()) == Unknown()

    def test_a_job_that_was_uploaded_only_is_unknown(self, bench: Bench) -> None:
        assert bench.service.ask(bench.upload(bench.make_job())) == Unknown()

    def test_a_lost_reply_is_a_doubt_and_the_job_is_found_by_asking(self, bench: Bench) -> None:
        job = bench.upload(bench.make_job())
        bench.lose_reply()
        lost = bench.service.submit(job)
        assert isinstance(lost, Unclear)
        assert bench.fetch(job, bench.finish(job, lost))[0].startswith(b"%PDF-")
        assert bench.count_bills(job) == 1

    def test_a_repeated_request_still_ends_under_its_own_id(self, bench: Bench) -> None:
        job = bench.upload(bench.make_job())
        bench.lose_reply()
        bench.service.submit(job)
        done = bench.finish(job, bench.service.submit(job))
        assert [len(body) for body in bench.fetch(job, done)] == [part.size for part in done.parts]

    def test_two_jobs_of_one_content_are_two_jobs(self, bench: Bench) -> None:
        (first, _), (second, answer) = bench.submit(), bench.submit()
        assert bench.finish(second, answer).parts != bench.finish(first, Accepted()).parts

    def test_what_is_forgotten_is_unknown(self, bench: Bench) -> None:
        job, answer = bench.submit()
        done = bench.finish(job, answer)
        bench.service.forget(dataclasses.replace(job, parts=done.parts))
        assert bench.service.ask(job) == Unknown()
        assert not bench.service.has_file(job.file_id, len(SOURCE))

    def test_forgetting_what_nobody_knows_is_no_fault(self, bench: Bench) -> None:
        bench.service.forget(bench.make_job())
        assert bench.service.probe() == Accepted()

    def test_a_probe_costs_nothing(self, bench: Bench) -> None:
        before = bench.service.account()
        assert bench.service.probe() == Accepted()
        assert bench.service.account() == before

    def test_an_account_tells_what_was_used(self, bench: Bench) -> None:
        before = bench.service.account()
        bench.finish(*bench.submit())
        after = bench.service.account()
        assert before
        assert after
        assert (after.consumed or 0) - (before.consumed or 0) == 1

    def test_a_refused_account_is_held_and_loses_no_file(self, bench: Bench) -> None:
        bench.refuse_account()
        answer = bench.service.probe()
        assert isinstance(answer, Held)
        assert answer.scope is Scope.ACCOUNT

    def test_a_conversion_that_exists_is_offered(self, bench: Bench) -> None:
        assert bench.service.supports(bench.path) is True
