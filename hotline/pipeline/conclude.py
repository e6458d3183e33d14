"""What follows when the analysts agree: publish, and find what looks alike and still waits."""

from uuid import UUID

from django.db import transaction

from baken.fingerprint import Algorithm, Fingerprint
from hotline.assessment.models import QueueEntry, Verdict
from hotline.assessment.opinions import agreed_on
from hotline.custody.actors import Actor
from hotline.matching.indexes import indexes
from hotline.registry import log
from hotline.registry.models import HashList
from hotline.registry.publish import publish
from hotline.vault.models import MediaItem


def publish_confirmed(entry: QueueEntry, *, actor: Actor) -> None:
    """Offer the entry's item to every list that accepts one of the labels agreed on."""
    for hash_list in HashList.objects.order_by("name"):
        _offer(entry, hash_list, actor=actor)


@transaction.atomic
def _offer(entry: QueueEntry, hash_list: HashList, *, actor: Actor) -> None:
    # With the list locked no retraction comes between what was agreed on and what is written.
    hash_list = log.locked(hash_list.pk)
    agreed = agreed_on(entry)
    if entry.item is None or agreed.verdict is not Verdict.CONFIRMED:
        return  # Taken back since: what was agreed on before counts no more.
    if agreed.labels.isdisjoint(hash_list.accepts):
        return
    publish(
        hash_list,
        item_id=entry.item.pk,
        fingerprints=_fingerprints_of(entry.item),
        labels=agreed.labels,
        approved_by=agreed.approved_by,
        actor=actor,
    )


def waiting_lookalikes(item: MediaItem) -> list[UUID]:
    """Return the items that still wait in the queue and show the same picture."""
    alike = {hit.item_id for row in item.fingerprints.all() for hit in indexes().alike(row)}
    waiting = QueueEntry.objects.filter(item__in=alike, closed_at=None)
    return list(waiting.values_list("item_id", flat=True))


def _fingerprints_of(item: MediaItem) -> list[Fingerprint]:
    return [
        Fingerprint(Algorithm(row.algorithm), bytes(row.value), row.quality, row.version)
        for row in item.fingerprints.all()
    ]
