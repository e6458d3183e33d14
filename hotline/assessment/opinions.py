"""What analysts said of an item since it was last queued, and what they agreed on."""

from django.db.models import Q

from hotline.accounts.permissions import Permission, may
from hotline.assessment.models import Assessment, QueueEntry
from hotline.assessment.verdict import Opinion, Standing, standing_of
from hotline.matching.models import Match
from hotline.registry.models import EntryState, HashEntry


def opinions_on(entry: QueueEntry) -> list[Opinion]:
    """Return the opinions on the entry's item that count, oldest first."""
    said = Assessment.objects.filter(item=entry.item_id, at__gte=entry.queued_at)
    return [
        Opinion(
            one.analyst_id,
            frozenset(one.labels),
            is_senior=may(one.analyst, Permission.SETTLE_DISPUTES),
        )
        for one in said.select_related("analyst").order_by("pk")
    ]


def agreed_on(entry: QueueEntry) -> Standing:
    """Return where the analysts stand on the entry's item, for whoever acts on it.

    What they agreed on before a retraction is void: a job that runs again must not put a
    retracted entry back on its list.
    """
    return standing_of(() if is_overtaken(entry) else opinions_on(entry))


def is_overtaken(entry: QueueEntry) -> bool:
    """Return whether what closed the entry was taken back since: an entry was retracted.

    After a decision that is the item's own entry; where the item was only recognised, also the
    entry that it was recognised by.
    """
    if entry.closed_at is None:
        return False
    believed = Q(item_id=entry.item_id)
    if entry.closing == QueueEntry.Closing.RECOGNISED:
        matches = Match.objects.filter(item=entry.item_id, entry_id__isnull=False)
        believed |= Q(entry_id__in=matches.values("entry_id"))
    tombstones = HashEntry.objects.filter(state=EntryState.RETRACTED, at__gt=entry.closed_at)
    return entry.item_id is not None and tombstones.filter(believed).exists()
