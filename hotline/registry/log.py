"""Read a list's log as the feed carries it, and write its next line.

Positions count from 1 without gaps, in the order of the commits: a writer holds the list's row
until its transaction ends, so a reader never sees position N + 1 before N.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec
from django.utils.timezone import now

from baken.fingerprint import Fingerprint
from baken.hashlist import Delta, ListedFingerprint, State
from hotline.registry.models import EntryState, HashEntry, HashList


class UnknownListError(Exception):
    """No list has this name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        names = ", ".join(sorted(known)) or "none yet"
        super().__init__(f"There is no list '{name}'; the lists are: {names}.")


def list_named(name: str) -> HashList:
    """Return the list of this name; raise UnknownListError."""
    try:
        return HashList.objects.get(name=name)
    except HashList.DoesNotExist:
        known = HashList.objects.values_list("name", flat=True)
        raise UnknownListError(name, known) from None


def heads() -> dict[str, int]:
    """Return the newest position of every list."""
    return dict(HashList.objects.values_list("name", "position"))


def deltas_after(list_name: str, position: int, limit: int) -> list[Delta]:
    """Return up to `limit` deltas of a list that follow `position`, in order."""
    log = HashEntry.objects.filter(hash_list=list_named(list_name), position__gt=position)
    return [delta_of(entry) for entry in log.order_by("position")[:limit]]


def delta_of(entry: HashEntry) -> Delta:
    """Return one line of the log as partners see it: nothing of ours, and a tombstone is bare."""
    is_listed = entry.state == EntryState.LISTED
    return Delta(
        position=entry.position,
        entry=str(entry.entry_id),
        version=entry.version,
        state=State(entry.state),
        at=entry.at,
        fingerprints=_listed(entry.fingerprints) if is_listed else (),
        labels=tuple(entry.labels) if is_listed else (),
    )


def as_written(fingerprints: Iterable[Fingerprint]) -> list[dict[str, Any]]:
    """Return fingerprints as a line of the log keeps them, always in the same order."""
    listed = [
        ListedFingerprint(made.algorithm.value, made.value.hex(), made.quality)
        for made in sorted(fingerprints, key=lambda made: (made.algorithm, made.value))
    ]
    return [msgspec.to_builtins(one) for one in listed]


def locked(list_id: UUID) -> HashList:
    """Return the list with its row locked: whoever else writes its log waits for our commit."""
    return HashList.objects.select_for_update().get(pk=list_id)


def append(hash_list: HashList, entry: HashEntry) -> HashEntry:
    """Write the next line of the log; the caller holds the list's lock."""
    hash_list.position += 1
    hash_list.save(update_fields=["position"])
    entry.hash_list = hash_list
    entry.position = hash_list.position
    entry.at = now()
    entry.save(force_insert=True)
    return entry


def _listed(fingerprints: list[dict[str, Any]]) -> tuple[ListedFingerprint, ...]:
    return msgspec.convert(fingerprints, tuple[ListedFingerprint, ...])
