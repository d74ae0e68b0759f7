"""Asking after a job, and how far an answer is believed that says that it is gone."""

from watchconvert.core.answers import Answer, Unavailable, Unknown
from watchconvert.core.cadence import JOB_LIFE, is_too_old
from watchconvert.core.job import Job
from watchconvert.engine.tools import Tools


def ask(tools: Tools, job: Job) -> Answer:
    """Ask the service what became of a job."""
    return believed(tools, job, tools.service.ask(job))


def believed(tools: Tools, job: Job, answer: Answer) -> Answer:
    """Return an answer as far as it is believed.

    A web page that says "not found" is that of a proxy or a portal, as the service speaks JSON.  To believe it would be
    to buy again what is paid for; only for a job that has outlived its time at the service it makes no difference.
    """
    if not isinstance(answer, Unknown) or not answer.by_page or is_too_old(job.minted_at, tools.clock.now(), JOB_LIFE):
        return answer
    return Unavailable("a web page came where the service should answer")
