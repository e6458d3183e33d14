"""Record an analyst's assessment of a media item, and say where the analysts stand."""

from uuid import UUID

from django.db import transaction
from django.utils.timezone import now

from hotline.accounts.models import Analyst
from hotline.accounts.permissions import Permission, may
from hotline.assessment import packs
from hotline.assessment.models import Assessment, QueueEntry, Verdict
from hotline.assessment.opinions import opinions_on
from hotline.assessment.schema import Facets
from hotline.assessment.verdict import verdict_of
from hotline.custody.actions import Action
from hotline.custody.record import record
from hotline.vault.encryption import seal_text, unseal_text
from hotline.vault.models import MediaItem

NOTE = "assessment note"  # what notes are sealed for


class NotQueuedError(Exception):
    """The item does not wait for this opinion (any more)."""

    def __init__(self, sentence: str = "Nobody waits for an opinion on this any more.") -> None:
        super().__init__(f"{sentence} Reload the queue.")


class AlreadySaidError(NotQueuedError):
    """Two opinions of one person are one opinion."""

    def __init__(self) -> None:
        super().__init__("You have said what this is; somebody else must look too.")


class SeniorNeededError(NotQueuedError):
    """The item became disputed while the analyst was looking at it."""

    def __init__(self) -> None:
        super().__init__("Opinions on this differ by now; a senior analyst settles it.")


class ItemDisposedError(Exception):
    """The retention rules removed the item while the analyst was looking at it."""

    def __init__(self, item_id: UUID) -> None:
        super().__init__(f"Media item {item_id} was disposed of. Reload the queue.")


@transaction.atomic
def assess(entry: QueueEntry, facets: Facets, *, analyst: Analyst, note: str = "") -> Verdict:
    """Store the analyst's opinion, log it, and return where the analysts stand now.

    A confirmed item leaves the queue in the same moment.
    """
    # The lock makes two analysts who decide at the same moment take turns, so that
    # the second verdict counts the first opinion.
    entry = QueueEntry.objects.select_for_update().get(pk=entry.pk)
    item = _assessable(entry, analyst)
    rules = packs.installed()
    Assessment.objects.create(
        item=item,
        analyst=analyst,
        facets=facets.to_json(),
        labels=list(packs.derive(facets, rules)),
        packs=packs.versions(rules),
        note_sealed=seal_text(note.strip(), purpose=NOTE) if note.strip() else None,
        at=now(),
    )
    entry.verdict = verdict_of(opinions_on(entry))
    if entry.verdict == Verdict.CONFIRMED:
        entry.closed_at, entry.closing = now(), QueueEntry.Closing.DECIDED
    entry.save(update_fields=["verdict", "closed_at", "closing"])
    details = {
        "facets": facets.to_json(),
        "labels": list(packs.derive(facets, rules)),
        "packs": packs.versions(rules),
        "verdict": entry.verdict,
        "queue_entry": str(entry.pk),
    }
    record(Action.MEDIA_ASSESSED, item, actor=analyst, details=details)
    return Verdict(entry.verdict)


def note_of(assessment: Assessment) -> str:
    """Return the note that was written with an opinion."""
    if assessment.note_sealed is None:
        return ""
    return unseal_text(assessment.note_sealed, purpose=NOTE)


def _assessable(entry: QueueEntry, analyst: Analyst) -> MediaItem:
    """Return the entry's item; raise what keeps this analyst from assessing it."""
    if entry.closed_at or entry.item is None or entry.kind != QueueEntry.Kind.ITEM:
        raise NotQueuedError
    if entry.item.disposed_at:
        raise ItemDisposedError(entry.item.pk)
    if entry.verdict == Verdict.DISPUTED:
        if not may(analyst, Permission.SETTLE_DISPUTES):
            raise SeniorNeededError
        # Also her own second opinion: to settle is to make two people agree.
        return entry.item
    if any(opinion.analyst_id == analyst.pk for opinion in opinions_on(entry)):
        raise AlreadySaidError
    return entry.item
