"""Jobs: rows beside our own, written in the same transaction as what they follow from.

A job may run twice (a worker was killed, a lease ran out); its effect happens once, because
every verb it calls looks first whether its work is done.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, ParamSpec

from django.utils.timezone import now
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from procrastinate.tasks import Task, configure_task

from hotline.intake.errors import TryAgainError

P = ParamSpec("P")

FIRST_WAIT_SECONDS = 2.0
LONGEST_WAIT_SECONDS = 900.0
TRIES = 700  # about a week at the longest wait, as long as a provider keeps a webhook for us

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


def step(function: Callable[P, None]) -> Task[P, None, P]:
    """Make a step of the flow a job that is tried until it is done."""
    return app.task(name=f"pipeline.{function.__name__}", retry=KeepTrying())(function)


def defer(task: Task[P, None, P], *args: P.args, **kwargs: P.kwargs) -> None:
    """Let a job run once the current transaction is committed."""
    deferrer = configure_task(
        name=task.name, job_manager=_MANAGER, queue=task.queue, priority=task.priority
    )
    named: dict[str, Any] = dict(kwargs)
    deferrer.defer(**named)
