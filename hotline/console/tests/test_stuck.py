"""What is stuck."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils.timezone import now

from hotline.accounts.models import Analyst
from hotline.intake.models import Attachment, Delivery, RefusedDelivery, Reply, Report, Sighting
from hotline.vault.encryption import seal_text
from hotline.vault.models import MediaItem

As = Callable[[Analyst], Client]
LONG_AGO = timedelta(hours=2)


def page_of(client: Client) -> str:
    return client.get("/stuck").content.decode()


def alive_worker() -> int:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")
        return int(cursor.fetchone()[0])


def job(status: str, worker: int | None = None, *, age: timedelta = LONG_AGO) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, worker_id)"
            " VALUES ('default', 'pipeline.fetch_attachment', '{}', %s, %s) RETURNING id",
            [status, worker],
        )
        made = cursor.fetchone()[0]
        cursor.execute(
            "UPDATE procrastinate_events SET at = %s WHERE job_id = %s", [now() - age, made]
        )


def test_all_is_well_when_nothing_waits(as_: As, erin: Analyst) -> None:
    job("doing", alive_worker(), age=timedelta())
    page = page_of(as_(erin))
    assert "All is well." in page
    assert "The worker is at work." in page


def test_no_worker_is_said_loudly(as_: As, erin: Analyst) -> None:
    assert "No worker is running" in page_of(as_(erin))


def test_a_delivery_that_nobody_reads_is_stuck(
    as_: As, erin: Analyst, make_report: Callable[..., Report]
) -> None:
    make_report()
    client = as_(erin)
    Delivery.objects.update(state=Delivery.State.WAITING)
    assert "Deliveries waiting to be read" not in page_of(client), "it has only just come"
    Delivery.objects.update(received_at=now() - LONG_AGO)
    page = page_of(client)
    assert "Deliveries waiting to be read" in page
    assert "2\xa0hours" in page


def test_a_file_that_failed_is_named_with_its_problem(
    as_: As, erin: Analyst, item: MediaItem, sight: Callable[..., Sighting]
) -> None:
    attachment = sight(item).attachment
    attachment.state, attachment.problem = Attachment.State.FAILED, "Gone at the provider."
    attachment.n_tries = 3
    attachment.save()
    page = page_of(as_(erin))
    assert "Gone at the provider." in page
    assert "3 tries" in page


def test_a_reply_that_did_not_leave_is_stuck(
    as_: As, erin: Analyst, make_report: Callable[..., Report]
) -> None:
    report = make_report()
    Reply.objects.create(
        reporter=report.reporter,
        report=report,
        key="received",
        cause="test",
        text_sealed=seal_text("a secret text", purpose="reply text"),
        state=Reply.State.FAILED,
        problem="The app refused it.",
        created_at=now(),
    )
    page = page_of(as_(erin))
    assert "The app refused it." in page
    assert "a secret text" not in page


@pytest.mark.parametrize(
    ("status", "title"),
    [("failed", "Jobs that failed"), ("todo", "Jobs that are late"), ("doing", "that are late")],
)
def test_a_job_that_goes_nowhere_is_stuck(as_: As, erin: Analyst, status: str, title: str) -> None:
    job(status)
    page = page_of(as_(erin))
    assert title in page
    assert "fetch_attachment" in page


def test_a_job_that_was_just_deferred_is_not_stuck(as_: As, erin: Analyst) -> None:
    job("todo", age=timedelta(seconds=1))
    assert "Jobs that are late" not in page_of(as_(erin))


def test_refused_deliveries_are_counted(as_: As, erin: Analyst) -> None:
    RefusedDelivery.objects.create(
        channel="whatsapp", cause="signature", day=now().date(), count=41
    )
    page = page_of(as_(erin))
    assert "signature" in page
    assert "41" in page
