"""One list and its index: which listed fingerprints are the same, or near.

A fingerprint is known by a number made of its delta's position and its place in that delta, so
that one integer leads from the index back to the log and nothing more is stored per entry.
"""

import logging
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from baken.fingerprint import NEAR_DISTANCE, NEAR_QUALITY, Algorithm
from baken.hashlist import (
    VALUE_BYTES,
    Delta,
    HashList,
    Kind,
    ListedFingerprint,
    MalformedValueError,
    State,
    contiguous,
    value_of,
)
from baken.index import PdqIndex

_PLACE_BITS = 16  # a delta has fewer than 65,536 fingerprints
_log = logging.getLogger(__name__)


def has_enough_in_it(quality: int | None) -> bool:
    """Return whether a picture of this PDQ quality may be matched by likeness.

    A fingerprint without a quality is taken at its sender's word: many lists carry none.
    """
    return quality is None or quality >= NEAR_QUALITY


class Matcher:
    """What is listed now, ready to be asked."""

    def __init__(self) -> None:
        self._exact: dict[str, dict[bytes, tuple[int, ...]]] = {
            name: {} for name in VALUE_BYTES if name != Algorithm.PDQ
        }
        self._near = PdqIndex()

    def add(self, delta: Delta) -> None:
        """List the fingerprints of a delta."""
        for number, listed, value in _usable(delta):
            if listed.algorithm == Algorithm.PDQ:
                if has_enough_in_it(listed.quality):
                    self._near.add(value, number)
            else:
                same = self._exact[listed.algorithm]
                same[value] = (*same.get(value, ()), number)

    def discard(self, delta: Delta) -> None:
        """Forget the fingerprints of a delta."""
        for number, listed, value in _usable(delta):
            if listed.algorithm == Algorithm.PDQ:
                if has_enough_in_it(listed.quality):
                    self._near.discard(number)
                continue
            same = self._exact[listed.algorithm]
            others = tuple(other for other in same.get(value, ()) if other != number)
            if others:
                same[value] = others
            else:
                same.pop(value, None)

    def find(
        self, algorithm: str, value: bytes, quality: int | None
    ) -> Iterator[tuple[int, Kind, int]]:
        """Return (position of the delta, kind, distance) of each match, nearest first."""
        if algorithm != Algorithm.PDQ:
            for number in self._exact[algorithm].get(value, ()):
                yield number >> _PLACE_BITS, Kind.EXACT, 0
        elif has_enough_in_it(quality):
            for number, distance in self._near.search(value, NEAR_DISTANCE):
                yield number >> _PLACE_BITS, Kind.NEAR, distance


def _usable(delta: Delta) -> Iterator[tuple[int, ListedFingerprint, bytes]]:
    """Return the fingerprints that this version can match, each with its number and value."""
    for place, listed in enumerate(delta.fingerprints):
        if listed.algorithm not in VALUE_BYTES:
            continue  # a newer list's; kept in the log for those who know it
        try:
            value = value_of(listed.algorithm, listed.value)
        except MalformedValueError as error:
            _log.error("Position %d, fingerprint %d: %s; not matched", delta.position, place, error)
            continue
        yield delta.position << _PLACE_BITS | place, listed, value


class Found(NamedTuple):
    """A listed entry that a fingerprint matches."""

    entry: Delta
    kind: Kind
    distance: int  # bits


class IndexedList:
    """A list's log and its index, always at the same position."""

    def __init__(self, name: str) -> None:
        self.log = HashList(name)
        self._matcher = Matcher()

    def apply(self, deltas: Iterable[Delta]) -> None:
        """Apply the deltas that follow; those that were applied before are no matter."""
        for delta in contiguous(deltas, self.log.position):
            before = self.log.apply(delta)
            # In this order an entry that changes is never absent.
            if delta.state is State.LISTED:
                self._matcher.add(delta)
            if before and before.state is State.LISTED:
                self._matcher.discard(before)

    def find(self, algorithm: str, value: bytes, quality: int | None) -> list[Found]:
        """Return the listed entries that a fingerprint matches, nearest first."""
        return [
            Found(self.log.at(position), kind, distance)
            for position, kind, distance in self._matcher.find(algorithm, value, quality)
        ]
