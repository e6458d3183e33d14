"""The indexes of this process: every list we hold, and every item in the vault, in memory.

They follow the database: before each search they read what was committed since the last one.
"""

from functools import lru_cache
from threading import Lock
from typing import NamedTuple
from uuid import UUID

from baken.fingerprint import NEAR_DISTANCE, NEAR_QUALITY, Algorithm
from baken.hashlist import Delta
from baken.index import PdqIndex
from baken.matcher import IndexedList
from hotline.matching.models import StoredFingerprint
from hotline.registry import log

PAGE = 5000  # rows read at once


class ListedHit(NamedTuple):
    """A fingerprint matches an entry of a list."""

    list_name: str
    entry: Delta
    distance: int  # bits


class ItemHit(NamedTuple):
    """A picture looks like that of another item."""

    item_id: UUID
    distance: int  # bits
    quality: int


class Indexes:
    """What an item is looked up in."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._lists: dict[str, IndexedList] = {}
        self._pictures = PdqIndex()
        self._read_up_to = 0

    def listed(self, fingerprint: StoredFingerprint) -> list[ListedHit]:
        """Return the entries, on all lists we hold, that this fingerprint matches now."""
        with self._lock:
            return [
                ListedHit(name, found.entry, found.distance)
                for name in log.heads()
                for found in self._caught_up(name).find(
                    fingerprint.algorithm, bytes(fingerprint.value), fingerprint.quality
                )
            ]

    def alike(self, fingerprint: StoredFingerprint) -> list[ItemHit]:
        """Return the other items that show the same picture, nearest first."""
        if fingerprint.algorithm != Algorithm.PDQ or (fingerprint.quality or 0) < NEAR_QUALITY:
            return []
        with self._lock:
            self._read_new_pictures()
            found = dict(self._pictures.search(bytes(fingerprint.value), NEAR_DISTANCE))
        rows = StoredFingerprint.objects.filter(pk__in=found, item__disposed_at=None)
        hits = [
            ItemHit(row.item_id, found[row.pk], row.quality or 0)
            for row in rows
            if row.item_id != fingerprint.item_id
        ]
        return sorted(hits, key=lambda hit: hit.distance)

    def _caught_up(self, name: str) -> IndexedList:
        held = self._lists.setdefault(name, IndexedList(name))
        while deltas := log.deltas_after(name, held.log.position, PAGE):
            held.apply(deltas)
        return held

    def _read_new_pictures(self) -> None:
        while rows := list(
            StoredFingerprint.objects.filter(
                algorithm=Algorithm.PDQ, quality__gte=NEAR_QUALITY, pk__gt=self._read_up_to
            ).order_by("pk")[:PAGE]
        ):
            for row in rows:
                self._pictures.add(bytes(row.value), row.pk)
            self._read_up_to = rows[-1].pk


@lru_cache(maxsize=1)
def indexes() -> Indexes:
    """Return the indexes of this process."""
    return Indexes()
