"""Jobs: rows beside our own, written in the same transaction as what they follow from.

A job may run twice (a worker was killed, a lease ran out); its effect happens once, because
every verb it calls looks first whether its work is done.
"""

import traceback
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import structlog
from django.utils.timezone import now
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from procrastinate.tasks import Task, configure_task

from hotline.intake.errors import TryAgainError

Step = Task[[str], None, [str]]

FIRST_WAIT_SECONDS = 2.0
LONGEST_WAIT_SECONDS = 900.0
TRIES = 700  # about a week at the longest wait, as long as a provider keeps a webhook for us

log = structlog.get_logger(__name__)

# The worker's own connector is asynchronous and has its own connections; jobs that a step defers
# must go through Django's, to stand or fall with the step's transaction.
_MANAGER = JobManager(DjangoConnector())


class KeepTrying(BaseRetryStrategy):
    """Try again after what the provider asked for, or after twice the last wait."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Return when to run the job again, or None to give it up and show it as stuck."""
        if job.attempts >= TRIES:
            return None
        wait = min(FIRST_WAIT_SECONDS * 2**job.attempts, LONGEST_WAIT_SECONDS)
        if isinstance(exception, TryAgainError):
            wait = exception.after_seconds or wait
        return RetryDecision(retry_at=now() + timedelta(seconds=wait))


def step(function: Callable[[UUID], None]) -> Step:
    """Make a step of the flow a job that is tried until it is done."""

    @app.task(name=f"pipeline.{function.__name__}", retry=KeepTrying())
    def run(subject: str) -> None:
        try:
            function(UUID(subject))
        except TryAgainError:
            raise
        except Exception as error:
            # Its text may quote a row or an answer; where it came from is enough to find it.
            where = traceback.extract_tb(error.__traceback__)[-1]
            log.error(  # noqa: TRY400  # a traceback would print the text
                "a step failed and will run again",
                step=function.__name__,
                subject=subject,
                error=type(error).__name__,
                where=f"{where.filename}:{where.lineno}",
            )
            raise

    return run


def defer(following: Step, subject: UUID) -> None:
    """Let a step run for the row with this id once the current transaction is committed."""
    configure_task(name=following.name, job_manager=_MANAGER, queue=following.queue).defer(
        subject=str(subject)
    )
