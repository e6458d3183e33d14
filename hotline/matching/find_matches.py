"""Look an item up in every list we hold and among all items, and write down what was found."""

from collections.abc import Iterable, Iterator

from django.db import transaction
from django.utils.timezone import now

from hotline.custody.actions import Action
from hotline.custody.actors import Actor
from hotline.custody.record import record
from hotline.matching.decide import Fact, decide
from hotline.matching.indexes import ItemHit, ListedHit, indexes
from hotline.matching.models import Decision, Inspection, Match, StoredFingerprint
from hotline.registry.models import HashList
from hotline.vault.models import MediaItem


def find_matches(item: MediaItem, *, actor: Actor) -> Decision:
    """Record the item's matches as they are now, and return and record the decision."""
    found = [match for print_ in item.fingerprints.all() for match in _matches(print_)]
    decision = decide(_fact(match) for match in found)
    _write(item, found, decision, actor=actor)
    return decision


def _matches(fingerprint: StoredFingerprint) -> Iterator[Match]:
    for listed in indexes().listed(fingerprint):
        yield _of_entry(fingerprint, listed)
    for alike in indexes().alike(fingerprint):
        yield _of_item(fingerprint, alike)


def _of_entry(fingerprint: StoredFingerprint, hit: ListedHit) -> Match:
    is_near = fingerprint.quality is not None
    return Match(
        item_id=fingerprint.item_id,
        method=Match.Method.NEAR if is_near else Match.Method.EXACT,
        algorithm=fingerprint.algorithm,
        distance=hit.distance,
        quality=_lower_quality(fingerprint, hit) if is_near else None,
        hash_list=HashList.objects.get(name=hit.list_name),
        entry_id=hit.entry.entry,
        entry_version=hit.entry.version,
        at=now(),
    )


def _lower_quality(fingerprint: StoredFingerprint, hit: ListedHit) -> int | None:
    theirs = [
        listed.quality
        for listed in hit.entry.fingerprints
        if listed.algorithm == fingerprint.algorithm and listed.quality is not None
    ]
    return min([fingerprint.quality or 0, *theirs])


def _of_item(fingerprint: StoredFingerprint, hit: ItemHit) -> Match:
    return Match(
        item_id=fingerprint.item_id,
        method=Match.Method.NEAR,
        algorithm=fingerprint.algorithm,
        distance=hit.distance,
        quality=min(fingerprint.quality or 0, hit.quality),
        other_item_id=hit.item_id,
        at=now(),
    )


def _fact(match: Match) -> Fact:
    return Fact(
        method=match.method,
        distance=match.distance,
        quality=match.quality,
        is_listed=match.entry_id is not None,
    )


@transaction.atomic
def _write(item: MediaItem, found: Iterable[Match], decision: Decision, *, actor: Actor) -> None:
    inspection = Inspection.objects.select_for_update().get(pk=item.pk)
    n_before = item.matches.count()
    Match.objects.bulk_create(found, ignore_conflicts=True)
    n_new = item.matches.count() - n_before
    is_news = n_new > 0 or decision != inspection.decision
    inspection.decision = decision
    inspection.decided_at = now()
    inspection.save(update_fields=["decision", "decided_at"])
    if is_news:
        details = {"decision": decision, "n_matches": n_new}
        record(Action.MEDIA_MATCHED, item, actor=actor, details=details)
