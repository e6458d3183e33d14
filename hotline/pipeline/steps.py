"""THE FLOW: what comes after what, on one page.

    receive ─► read_delivery ─► fetch_attachment ─► fingerprint ─► match ┬─► known: close unseen
                    │                 └─► acknowledge                    └─► new: triage queue
                    └─► send_reply ◄── settle ◄── conclude ◄── assess (analysts) ◄┘
                                          └── publish on the list, look up again what waits

Every step does its work and defers the next in one transaction, or does work that it finds
done when it runs again. Whatever is killed in between runs again and doubles nothing.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from hotline.accounts.models import Analyst
from hotline.assessment.assess import assess as record_opinion
from hotline.assessment.close_entry import close_entry
from hotline.assessment.enqueue import enqueue_item, enqueue_note
from hotline.assessment.models import QueueEntry, Verdict
from hotline.assessment.schema import Facets
from hotline.custody.actors import Process
from hotline.intake.acknowledge import acknowledge as acknowledge_report
from hotline.intake.close import close
from hotline.intake.errors import TryAgainError
from hotline.intake.fetch import fetch
from hotline.intake.models import Attachment, Delivery, Reply, Report
from hotline.intake.read import read
from hotline.intake.receive import receive as keep_delivery
from hotline.intake.send import send
from hotline.intake.start_assessment import start_assessment
from hotline.matching.find_matches import find_matches
from hotline.matching.fingerprint_item import fingerprint_item
from hotline.matching.models import Decision
from hotline.pipeline.conclude import publish_confirmed, waiting_lookalikes
from hotline.pipeline.jobs import defer, step
from hotline.pipeline.standing import outcome_of_report, standings_of
from hotline.registry.models import HashEntry
from hotline.registry.retract import retract as retract_entry
from hotline.vault.models import MediaItem

WORKER = Process.WORKER


# What comes in ----------------------------------------------------------------------------------


@transaction.atomic
def receive(channel: str, body: bytes) -> bool:
    """Make a delivery durable before it is acknowledged; return False if it was seen before."""
    delivery = keep_delivery(channel, body)
    if delivery is None:
        return False
    defer(read_delivery, delivery.pk)
    return True


@step
def read_delivery(delivery_id: UUID) -> None:
    """Turn a raw delivery into messages, reports and attachments."""
    reading = read(Delivery.objects.get(pk=delivery_id), actor=WORKER)
    with transaction.atomic():
        for attachment in reading.attachments:
            defer(fetch_attachment, attachment.pk)
        _send(reading.replies)
        for report in reading.reports:
            _queue_if_text_only(report)
        if reading.needs_a_look:
            note = "This delivery has a shape that nobody here has seen before."
            enqueue_note(QueueEntry.Kind.UNREADABLE, delivery_id, None, note, actor=WORKER)


@step
def fetch_attachment(attachment_id: UUID) -> None:
    """Bring a file into the vault; what cannot be brought is queued as a note."""
    attachment = Attachment.objects.select_related("message").get(pk=attachment_id)
    try:
        item = fetch(attachment, actor=WORKER)
    except TryAgainError as error:
        _send([error.reply])
        raise
    with transaction.atomic():
        if item is not None:
            defer(fingerprint, item.pk)
        if attachment.message.report_id is not None:
            defer(acknowledge, attachment.message.report_id)


@step
def acknowledge(report_id: UUID) -> None:
    """Tell the reporter what the vault has, once everything they sent has arrived or failed."""
    report = Report.objects.get(pk=report_id)
    with transaction.atomic():
        _send([acknowledge_report(report, actor=WORKER)])
        _queue_refused(report)
        defer(settle, report_id)


# What is it -------------------------------------------------------------------------------------


@step
def fingerprint(item_id: UUID) -> None:
    """Fingerprint an item in the sandbox."""
    fingerprint_item(MediaItem.objects.get(pk=item_id), actor=WORKER)
    defer(match, item_id)


@step
def match(item_id: UUID) -> None:
    """Look an item up: what is known is closed unseen, what is new waits for analysts."""
    item = MediaItem.objects.get(pk=item_id)
    decision = find_matches(item, actor=WORKER)
    with transaction.atomic():
        is_open = decision is Decision.NEW and _waits_for_analysts(item)
        if decision is Decision.KNOWN:
            _close_unseen(item)
        if not is_open:
            _settle_reports_of(item)


# What analysts say ------------------------------------------------------------------------------


@transaction.atomic
def assess(entry: QueueEntry, facets: Facets, *, analyst: Analyst, note: str = "") -> Verdict:
    """Record an opinion; when the analysts agree, what follows from it begins."""
    verdict = record_opinion(entry, facets, analyst=analyst, note=note)
    if verdict is Verdict.CONFIRMED:
        defer(conclude, entry.pk)
    return verdict


@step
def conclude(entry_id: UUID) -> None:
    """Publish what was confirmed, and look it up again with what waits and looks like it."""
    entry = QueueEntry.objects.select_related("item").get(pk=entry_id)
    publish_confirmed(entry, actor=WORKER)
    with transaction.atomic():
        if entry.item is not None:
            defer(match, entry.item.pk)
            for item_id in waiting_lookalikes(entry.item):
                defer(match, item_id)


@transaction.atomic
def close_note(entry: QueueEntry, *, analyst: Analyst) -> None:
    """Close a queue entry that is not assessed: an analyst has read it."""
    close_entry(entry, QueueEntry.Closing.NOTED, actor=analyst)
    if entry.item:
        _settle_reports_of(entry.item)
    elif entry.report:
        defer(settle, entry.report.pk)


def retract(entry_id: UUID, reason: str, *, analyst: Analyst) -> HashEntry:
    """Take an entry back; the log carries it to every partner."""
    return retract_entry(entry_id, reason, actor=analyst)


# What the reporter hears ------------------------------------------------------------------------


@step
def settle(report_id: UUID) -> None:
    """Close a report when everything in it is decided, and tell the reporter what came of it."""
    report = Report.objects.get(pk=report_id)
    outcome = outcome_of_report(standings_of(report))
    if outcome is not None:
        with transaction.atomic():
            _send([close(report, outcome, actor=WORKER)])


@step
def send_reply(reply_id: UUID) -> None:
    """Send one reply from the outbox."""
    send(Reply.objects.get(pk=reply_id))


# What the steps share ---------------------------------------------------------------------------


def _send(replies: Iterable[Reply | None]) -> None:
    for reply in replies:
        if reply is not None:
            defer(send_reply, reply.pk)


def _waits_for_analysts(item: MediaItem) -> bool:
    """Put a new item before the analysts; return False if they have decided it."""
    problem = item.inspection.problem
    kind = QueueEntry.Kind.UNSHOWABLE if problem else QueueEntry.Kind.ITEM
    report = item.sightings.select_related("report").earliest("at").report
    entry = enqueue_item(item, report, kind=kind, note=problem, actor=WORKER)
    if entry.closed_at:
        return False
    # Only those that do not know yet: what goes viral is in a thousand reports.
    for received in _open_reports(item).filter(state=Report.State.RECEIVED):
        start_assessment(received, actor=WORKER)
    return True


def _close_unseen(item: MediaItem) -> None:
    for entry in QueueEntry.objects.filter(item=item, closed_at=None):
        close_entry(entry, QueueEntry.Closing.RECOGNISED, actor=WORKER)


def _queue_refused(report: Report) -> None:
    lost = (Attachment.State.FAILED, Attachment.State.TOO_LARGE)
    for one in Attachment.objects.filter(message__report=report, state__in=lost):
        enqueue_note(QueueEntry.Kind.REFUSED, one.pk, report, one.problem, actor=WORKER)


def _queue_if_text_only(report: Report) -> None:
    if not Attachment.objects.filter(message__report=report).exists():
        note = "This report is text only, so far."
        enqueue_note(QueueEntry.Kind.TEXT, report.pk, report, note, actor=WORKER)


def _settle_reports_of(item: MediaItem) -> None:
    for report in _open_reports(item):
        defer(settle, report.pk)


def _open_reports(item: MediaItem) -> QuerySet[Report]:
    reports = Report.objects.filter(sightings__item=item).distinct()
    return reports.exclude(state=Report.State.CLOSED)
