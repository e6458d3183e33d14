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

from hotline.accounts.models import Analyst
from hotline.assessment.assess import assess as record_opinion
from hotline.assessment.close_entry import close_entry
from hotline.assessment.enqueue import enqueue_item, enqueue_note
from hotline.assessment.models import QueueEntry, Verdict
from hotline.assessment.schema import Facets
from hotline.custody.actors import Process
from hotline.intake.acknowledge import acknowledge as acknowledge_report
from hotline.intake.close import close
from hotline.intake.erase import erase
from hotline.intake.fetch import fetch
from hotline.intake.models import Attachment, Delivery, Reply, Report
from hotline.intake.read import read
from hotline.intake.receive import receive as keep_delivery
from hotline.intake.send import send
from hotline.matching.find_matches import find_matches
from hotline.matching.fingerprint_item import fingerprint_item
from hotline.matching.models import Decision
from hotline.pipeline.conclude import conclude as conclude_entry
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
    defer(read_delivery, str(delivery.pk))
    return True


@step
def read_delivery(delivery_id: str) -> None:
    """Turn a raw delivery into messages, reports and attachments."""
    reading = read(Delivery.objects.get(pk=delivery_id), actor=WORKER)
    with transaction.atomic():
        for attachment in reading.attachments:
            defer(fetch_attachment, str(attachment.pk))
        _send(reading.replies)
        if reading.needs_a_look:
            note = "This delivery has a shape that nobody here has seen before."
            enqueue_note(QueueEntry.Kind.UNREADABLE, UUID(delivery_id), None, note, actor=WORKER)


@step
def fetch_attachment(attachment_id: str) -> None:
    """Bring a file into the vault; what cannot be brought is queued as a note."""
    attachment = Attachment.objects.get(pk=attachment_id)
    item = fetch(attachment, actor=WORKER)
    with transaction.atomic():
        if item is not None:
            defer(fingerprint, str(item.pk))
        defer(acknowledge, str(attachment.message.report_id))


@step
def acknowledge(report_id: str) -> None:
    """Tell the reporter what the vault has, once everything they sent has arrived or failed."""
    report = Report.objects.get(pk=report_id)
    with transaction.atomic():
        _send([acknowledge_report(report, actor=WORKER)])
        for attachment in _refused(report):
            enqueue_note(
                QueueEntry.Kind.REFUSED, attachment.pk, report, attachment.problem, actor=WORKER
            )
        defer(settle, report_id)


# What is it -------------------------------------------------------------------------------------


@step
def fingerprint(item_id: str) -> None:
    """Fingerprint an item in the sandbox."""
    fingerprint_item(MediaItem.objects.get(pk=item_id), actor=WORKER)
    defer(match, item_id)


@step
def match(item_id: str) -> None:
    """Look an item up: what is known is closed unseen, what is new waits for analysts."""
    item = MediaItem.objects.get(pk=item_id)
    decision = find_matches(item, actor=WORKER)
    with transaction.atomic():
        if decision is Decision.KNOWN:
            _close_unseen(item)
        else:
            queue_item(item, actor=WORKER)
        _settle_reports_of(item)


# What analysts say ------------------------------------------------------------------------------


@transaction.atomic
def assess(entry: QueueEntry, facets: Facets, *, analyst: Analyst, note: str = "") -> Verdict:
    """Record an opinion; when the analysts agree, what follows from it begins."""
    verdict = record_opinion(entry, facets, analyst=analyst, note=note)
    if verdict is Verdict.CONFIRMED:
        defer(conclude, str(entry.pk))
    return verdict


@step
def conclude(entry_id: str) -> None:
    """Publish what was confirmed, close it, and look up again what waits and looks like it."""
    entry = QueueEntry.objects.select_related("item").get(pk=entry_id)
    publish_confirmed(entry, actor=WORKER)
    with transaction.atomic():
        close_entry(entry, QueueEntry.Closing.DECIDED, actor=WORKER)
        for item_id in waiting_lookalikes(entry):
            defer(match, str(item_id))
        _settle_reports_of(entry.item)


@transaction.atomic
def close_note(entry: QueueEntry, *, analyst: Analyst) -> None:
    """Close a queue entry that is not assessed: an analyst has read it."""
    close_entry(entry, QueueEntry.Closing.NOTED, actor=analyst)
    if entry.item:
        _settle_reports_of(entry.item)
    elif entry.report:
        defer(settle, str(entry.report_id))


def retract(entry_id: UUID, reason: str, *, analyst: Analyst) -> HashEntry:
    """Take an entry back; the log carries it to every partner."""
    return retract_entry(entry_id, reason, actor=analyst)


# What the reporter hears ------------------------------------------------------------------------


@step
def settle(report_id: str) -> None:
    """Close a report when everything in it is decided, and tell the reporter what came of it."""
    report = Report.objects.get(pk=report_id)
    outcome = outcome_of_report(standings_of(report))
    if outcome is not None:
        with transaction.atomic():
            _send([close(report, outcome, actor=WORKER)])


@step
def send_reply(reply_id: str) -> None:
    """Send one reply from the outbox."""
    send(Reply.objects.get(pk=reply_id))


def _send(replies: Iterable[Reply | None]) -> None:
    for reply in replies:
        if reply is not None:
            defer(send_reply, str(reply.pk))
