"""Put something in the triage queue, once for each cause.

An item whose entry was retracted is queued again: what was believed of it was wrong, and only
new opinions count.
"""

from uuid import UUID

from django.db import transaction
from django.utils.timezone import now

from hotline.assessment.models import QueueEntry, Verdict
from hotline.assessment.opinions import is_overtaken
from hotline.custody.actions import Action
from hotline.custody.actors import Actor
from hotline.custody.record import record
from hotline.intake.models import Report
from hotline.vault.models import MediaItem

Kind = QueueEntry.Kind


@transaction.atomic
def enqueue_item(
    item: MediaItem, report: Report | None, *, kind: Kind, note: str = "", actor: Actor
) -> QueueEntry:
    """Queue a media item and return its entry; what is queued or decided already stays so."""
    content = {"kind": kind, "note": note, "item": item}
    entry, is_new = _one_of(item.pk, report, content)
    if not is_new and not is_overtaken(entry):
        return entry
    if not is_new:
        _reopen(entry, kind=kind, note=note)
    details = {"queue_entry": str(entry.pk), "kind": kind, "again": not is_new}
    record(Action.MEDIA_QUEUED, item, actor=actor, details=details)
    return entry


@transaction.atomic
def enqueue_note(
    kind: Kind, cause_id: UUID, report: Report | None, note: str, *, actor: Actor
) -> QueueEntry:
    """Queue a sentence that somebody should read, and return its entry."""
    entry, is_new = _one_of(cause_id, report, {"kind": kind, "note": note})
    if is_new:
        details = {"kind": kind, "cause": str(cause_id)}
        record(Action.NOTE_QUEUED, entry, actor=actor, details=details)
    return entry


def _one_of(
    cause_id: UUID, report: Report | None, content: dict[str, object]
) -> tuple[QueueEntry, bool]:
    """Return the entry of this cause with its row locked, and whether it is new."""
    defaults = content | {"report": report, "queued_at": now()}
    return QueueEntry.objects.select_for_update().get_or_create(
        cause_id=cause_id, defaults=defaults
    )


def _reopen(entry: QueueEntry, *, kind: Kind, note: str) -> None:
    entry.kind = kind
    entry.note = note
    entry.verdict = Verdict.PENDING
    entry.queued_at = now()  # opinions of before count no more
    entry.closed_at = None
    entry.closing = ""
    entry.save(update_fields=["kind", "note", "verdict", "queued_at", "closed_at", "closing"])
