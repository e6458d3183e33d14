"""Find what a list says now; a fact to read, nothing here changes anything."""

from uuid import UUID

from hotline.registry.models import EntryState, HashEntry, HashList


def current_entry(entry_id: UUID) -> HashEntry | None:
    """Return the newest version of an entry, listed or retracted."""
    return HashEntry.objects.filter(entry_id=entry_id).order_by("-version").first()


def current_entry_of(item_id: UUID, hash_list: HashList) -> HashEntry | None:
    """Return the newest version of the entry that an item has on a list, listed or retracted."""
    versions = HashEntry.objects.filter(item_id=item_id, hash_list=hash_list)
    return versions.order_by("-position").first()


def listed_entry_of(item_id: UUID, hash_list: HashList) -> HashEntry | None:
    """Return the entry that an item has on a list now; None where it has none, or none any more."""
    entry = current_entry_of(item_id, hash_list)
    return entry if entry and entry.state == EntryState.LISTED else None
