"""Take something out of the triage queue without an assessment: recognised, or read and noted."""

from django.db import transaction
from django.utils.timezone import now

from hotline.assessment.models import QueueEntry
from hotline.custody.actions import Action
from hotline.custody.actors import Actor
from hotline.custody.record import record


@transaction.atomic
def close_entry(entry: QueueEntry, closing: QueueEntry.Closing, *, actor: Actor) -> QueueEntry:
    """Close the entry and return it; one that is closed already stays as it is."""
    entry = QueueEntry.objects.select_for_update().get(pk=entry.pk)
    if entry.closed_at:
        return entry
    entry.closed_at, entry.closing = now(), closing
    entry.save(update_fields=["closed_at", "closing"])
    details = {"queue_entry": str(entry.pk), "kind": entry.kind, "closing": closing}
    if entry.item and closing == QueueEntry.Closing.RECOGNISED:
        record(Action.MEDIA_RECOGNISED, entry.item, actor=actor, details=details)
    else:
        record(Action.NOTE_CLOSED, entry, actor=actor, details=details)
    return entry
