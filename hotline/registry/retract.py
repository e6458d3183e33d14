"""Take an entry off its list: partners hear of it by the same road, and as fast, as of an entry."""

from uuid import UUID

from django.db import transaction

from hotline.custody.actions import Action
from hotline.custody.actors import Actor
from hotline.custody.record import record
from hotline.registry import log
from hotline.registry.lookup import current_entry
from hotline.registry.models import EntryState, HashEntry


class ReasonMissingError(Exception):
    """A retraction without a reason teaches nobody anything."""

    def __init__(self) -> None:
        super().__init__("Say why the entry is retracted; the reason is kept with it for ever.")


class UnknownEntryError(Exception):
    """No list has this entry."""

    def __init__(self, entry_id: UUID) -> None:
        super().__init__(f"There is no entry {entry_id} on any list.")


@transaction.atomic
def retract(entry_id: UUID, reason: str, *, actor: Actor) -> HashEntry:
    """Write the entry's tombstone and return it; one that is retracted already stays as it is."""
    reason = reason.strip()
    if not reason:
        raise ReasonMissingError
    known = current_entry(entry_id)
    if known is None:
        raise UnknownEntryError(entry_id)
    hash_list = log.locked(known.hash_list_id)
    # Read again: somebody may have written its next version while we waited for the lock.
    current = current_entry(entry_id)
    if current is None or current.state == EntryState.RETRACTED:
        return current or known
    tombstone = HashEntry(
        entry_id=entry_id,
        version=current.version + 1,
        state=EntryState.RETRACTED,
        fingerprints=current.fingerprints,
        labels=current.labels,
        reason=reason,
        item_id=current.item_id,
    )
    log.append(hash_list, tombstone)
    details = {
        "entry": str(entry_id),
        "list": hash_list.name,
        "position": tombstone.position,
        "version": tombstone.version,
        "reason": reason,
    }
    record(Action.ENTRY_RETRACTED, tombstone, actor=actor, details=details)
    return tombstone
