"""What is stuck: everything that waits longer than it should, with its age, on one page."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from procrastinate.contrib.django.models import ProcrastinateJob, ProcrastinateWorker

from hotline.accounts.permissions import Permission
from hotline.console.access import SignedIn, allowed
from hotline.intake.models import Attachment, Delivery, RefusedDelivery, Reply

PATIENCE = timedelta(seconds=30)  # what waits shorter than this is on its way
HEARTBEAT = timedelta(seconds=60)  # a worker that is silent for longer has died
REFUSED_DAYS = 7
SHOWN = 50  # rows of each kind


@dataclass(frozen=True)
class Stuck:
    """One line of the page."""

    what: str
    since: datetime | None
    problem: str = ""
    n_tries: int = 0


@dataclass(frozen=True)
class Section:
    """One kind of thing that can get stuck, and how many there are in all."""

    title: str
    meaning: str
    n: int
    rows: list[Stuck]


@allowed(Permission.SEE_STUCK)
@require_GET
def page(request: SignedIn) -> HttpResponse:
    """Show it."""
    at = now()
    sections = [_deliveries(at), _attachments(at), _replies(at), _failed_jobs(), _late_jobs(at)]
    recent = RefusedDelivery.objects.filter(day__gt=at.date() - timedelta(days=REFUSED_DAYS))
    context = {
        "sections": [section for section in sections if section.n],
        "refused": recent.order_by("-day", "channel", "cause"),
        "now": at,
        "worker_seen_at": ProcrastinateWorker.objects.order_by("-last_heartbeat")
        .values_list("last_heartbeat", flat=True)
        .first(),
        "is_worker_alive": ProcrastinateWorker.objects.filter(
            last_heartbeat__gt=at - HEARTBEAT
        ).exists(),
    }
    return render(request, "console/stuck.html", context)


def _deliveries(at: datetime) -> Section:
    waiting = Delivery.objects.filter(
        state=Delivery.State.WAITING, received_at__lt=at - PATIENCE
    ).order_by("received_at")
    rows = [Stuck(delivery.channel, delivery.received_at) for delivery in waiting[:SHOWN]]
    meaning = _("Received and kept, but nothing has read them yet.")
    return Section(_("Deliveries waiting to be read"), meaning, waiting.count(), rows)


def _attachments(at: datetime) -> Section:
    """Return files that are late, and those given up in the last days."""
    late = Q(state=Attachment.State.WAITING, message__received_at__lt=at - PATIENCE)
    failed = Q(
        state=Attachment.State.FAILED, message__received_at__gt=at - timedelta(days=REFUSED_DAYS)
    )
    stuck = Attachment.objects.filter(late | failed).select_related("message__report")
    rows = [
        Stuck(
            f"{file.message.channel} {file.message.report or ''}",
            file.message.received_at,
            file.problem or file.get_state_display(),
            file.n_tries,
        )
        for file in stuck.order_by("message__received_at")[:SHOWN]
    ]
    meaning = _("The provider has them; the vault does not. Those that failed are in the queue.")
    return Section(_("Files that did not arrive"), meaning, stuck.count(), rows)


def _replies(at: datetime) -> Section:
    late = Q(state=Reply.State.WAITING, created_at__lt=at - PATIENCE)
    failed = Q(state=Reply.State.FAILED, created_at__gt=at - timedelta(days=REFUSED_DAYS))
    stuck = Reply.objects.filter(late | failed).select_related("report", "reporter")
    rows = [
        Stuck(
            f"{reply.reporter.channel} {reply.report or ''}",
            reply.created_at,
            reply.problem or reply.get_state_display(),
            reply.n_tries,
        )
        for reply in stuck.order_by("created_at")[:SHOWN]
    ]
    meaning = _("Reporters have not heard from us.")
    return Section(_("Replies that did not leave"), meaning, stuck.count(), rows)


def _failed_jobs() -> Section:
    failed = ProcrastinateJob.objects.filter(status="failed")
    meaning = _("Given up after every try. The log has the reason.")
    return Section(_("Jobs that failed"), meaning, failed.count(), _lines(failed))


def _late_jobs(at: datetime) -> Section:
    """Return jobs that a dead worker holds, and those that nobody took or that are retried."""
    held = Q(status="doing") & (Q(worker=None) | Q(worker__last_heartbeat__lt=at - HEARTBEAT))
    due = Q(scheduled_at=None, procrastinateevent__at__lt=at - PATIENCE)
    overdue = Q(scheduled_at__lt=at - PATIENCE)
    tried = Q(attempts__gt=1)
    late = ProcrastinateJob.objects.filter(held | (Q(status="todo") & (due | overdue | tried)))
    late = late.filter(pk__in=late.values("pk")).distinct()
    meaning = _("Waiting for a worker, held by one that died, or tried again after a failure.")
    return Section(_("Jobs that are late"), meaning, late.count(), _lines(late))


def _lines(jobs: "QuerySet[ProcrastinateJob, Any]") -> list[Stuck]:
    """Return jobs as lines: their step's name, and when they were deferred."""
    shown = list(jobs.order_by("pk")[:SHOWN].prefetch_related("procrastinateevent_set"))
    return [
        Stuck(
            job.task_name.removeprefix("pipeline."),
            min((event.at for event in job.procrastinateevent_set.all()), default=None),
            n_tries=job.attempts,
        )
        for job in shown
    ]
