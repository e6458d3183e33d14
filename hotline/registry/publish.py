"""Put an item on a hash list, or say why not.

The pipeline may run this twice: what stands already is returned, and nothing is written.
"""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import now

from baken.fingerprint import Fingerprint
from hotline.custody.actions import Action
from hotline.custody.actors import Actor
from hotline.custody.record import record
from hotline.registry import log
from hotline.registry.gates import Candidate, refusals
from hotline.registry.lookup import current_entry_of
from hotline.registry.models import EntryState, HashEntry, HashList, PublicationRefusal


@transaction.atomic
def publish(
    hash_list: HashList,
    *,
    item_id: UUID,
    fingerprints: Sequence[Fingerprint],
    labels: Iterable[str],
    approved_by: Sequence[UUID],
    actor: Actor,
) -> HashEntry | PublicationRefusal:
    """Write the item's next line in the list's log and return it, or the refusal.

    After a retraction this is the next version of the same entry. `approved_by` are the people
    who said so since then: with the opinions of before, the gates would let it back on.
    """
    hash_list = log.locked(hash_list.pk)
    candidate = Candidate(
        tuple(fingerprints), frozenset(labels), frozenset(approved_by), frozenset(hash_list.accepts)
    )
    current = current_entry_of(item_id, hash_list)
    if current and _says(current, candidate):
        return current
    sentences = list(refusals(candidate))
    if sentences:
        return _refuse(hash_list, item_id, sentences, current=current, actor=actor)
    entry = log.append(hash_list, _next_version(item_id, current, candidate))
    details = {
        "entry": str(entry.entry_id),
        "list": hash_list.name,
        "position": entry.position,
        "version": entry.version,
        "item": str(item_id),
        "labels": entry.labels,
        "approved_by": sorted(str(analyst_id) for analyst_id in candidate.approved_by),
    }
    record(Action.ENTRY_PUBLISHED, entry, actor=actor, details=details)
    return entry


def _says(entry: HashEntry, candidate: Candidate) -> bool:
    """Return whether the list says this already."""
    return entry.state == EntryState.LISTED and (entry.fingerprints, entry.labels) == (
        log.as_written(candidate.fingerprints),
        sorted(candidate.labels),
    )


def _next_version(item_id: UUID, current: HashEntry | None, candidate: Candidate) -> HashEntry:
    return HashEntry(
        entry_id=current.entry_id if current else uuid.uuid4(),
        version=current.version + 1 if current else 1,
        state=EntryState.LISTED,
        fingerprints=log.as_written(candidate.fingerprints),
        labels=sorted(candidate.labels),
        item_id=item_id,
    )


def _refuse(
    hash_list: HashList,
    item_id: UUID,
    sentences: list[str],
    *,
    current: HashEntry | None,
    actor: Actor,
) -> PublicationRefusal:
    """Write down why not, once for as long as nothing changes."""
    earlier = hash_list.refusals.filter(item_id=item_id).order_by("-pk").first()
    if earlier and earlier.reasons == sentences and not (current and current.at > earlier.at):
        return earlier
    refusal = PublicationRefusal.objects.create(
        hash_list=hash_list, item_id=item_id, reasons=sentences, at=now()
    )
    details: dict[str, Any] = {"list": hash_list.name, "item": str(item_id), "reasons": sentences}
    record(Action.PUBLICATION_REFUSED, refusal, actor=actor, details=details)
    return refusal
