"""What a hash list is, and what its feed means.

A list is a log. Every change (an entry listed, changed or retracted) is a delta with one
position, counted from 1 without gaps. A client that has applied position N holds exactly
the list at N, whatever the sizes of the pages it was read in. A retraction is an ordinary
delta whose state is `retracted`; it stays in the log for ever as a tombstone.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum

import msgspec


class State(StrEnum):
    """Where an entry stands since its last delta."""

    LISTED = "listed"
    RETRACTED = "retracted"


class Action(StrEnum):
    """What we recommend a site to do with a file that matches; it decides itself."""

    BLOCK = "block"
    REVIEW = "review"


class ListedFingerprint(msgspec.Struct, frozen=True, omit_defaults=True):
    """A fingerprint as the feed carries it: `value` in lower-case hexadecimal digits."""

    algorithm: str  # md5, sha1, sha256, pdq
    value: str
    quality: int | None = None  # PDQ's, 0 to 100


class Delta(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the log: what entry `entry` is from `position` on."""

    position: int
    entry: str  # UUID
    version: int  # of this entry, from 1
    state: State
    at: datetime  # UTC, when this delta was written
    fingerprints: tuple[ListedFingerprint, ...] = ()  # none when retracted
    labels: tuple[str, ...] = ()  # what it is, e.g. "inhope:baseline"
    action: Action = Action.BLOCK  # for an exact match; a near one is always reviewed


class Page(msgspec.Struct, frozen=True):
    """One answer of the feed: deltas after the asked position, and where the list stands."""

    list: str
    deltas: tuple[Delta, ...]
    head: int  # the newest position; equal to the last delta's when nothing is left to read


class GapError(Exception):
    """A delta does not follow the last applied one; the copy must be read again from there."""

    def __init__(self, name: str, *, applied: int, got: int) -> None:
        super().__init__(
            f"List '{name}': position {got} does not follow {applied}; read the feed again"
            f" from {applied}, or from 0 if the feed says that it does not know {applied}."
        )
        self.applied = applied
        self.got = got


class HashList:
    """A list as it stands at `position`: its listed entries, and the tombstones of the others."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.position = 0
        self._latest: dict[str, Delta] = {}

    def apply(self, delta: Delta) -> Delta | None:
        """Apply the next delta and return what its entry was before, if it existed.

        A delta at or below `position` was applied before and changes nothing, so that a page
        may be read twice. Raises GapError when a position is skipped.
        """
        before = self._latest.get(delta.entry)
        if delta.position <= self.position:
            return before
        if delta.position != self.position + 1:
            raise GapError(self.name, applied=self.position, got=delta.position)
        self._latest[delta.entry] = delta
        self.position = delta.position
        return before

    def apply_all(self, deltas: Iterable[Delta]) -> None:
        """Apply deltas in order."""
        for delta in deltas:
            self.apply(delta)

    def __getitem__(self, entry: str) -> Delta:
        return self._latest[entry]

    def __iter__(self) -> Iterator[Delta]:
        """Return the listed entries, oldest first."""
        return (delta for delta in self._latest.values() if delta.state is State.LISTED)

    def __len__(self) -> int:
        return sum(1 for _ in self)
