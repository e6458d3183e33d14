"""What a hash list is, and what its feed means.

A list is a log. Every change (an entry listed, changed or retracted) is a delta with one
position, counted from 1 without gaps. A client that has applied position N holds exactly
the list at N, whatever the sizes of the pages it was read in. A retraction is an ordinary
delta whose state is `retracted`; it stays in the log for ever as a tombstone.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum

import msgspec

VALUE_BYTES = {"md5": 16, "sha1": 20, "sha256": 32, "pdq": 32}
"""The algorithms this version can match, and how long their values are."""

LIST_NAME = re.compile(r"[a-z0-9-]{1,64}")
"""What a list may be called: names become file names, so a server must not choose freely."""


class State(StrEnum):
    """Where an entry stands since its last delta."""

    LISTED = "listed"
    RETRACTED = "retracted"


class Action(StrEnum):
    """What we recommend a site to do with a file that matches; it decides itself."""

    BLOCK = "block"
    REVIEW = "review"


class Kind(StrEnum):
    """How a fingerprint matches an entry."""

    EXACT = "exact"  # the same digest: the same file, bit for bit
    NEAR = "near"  # the same picture by likeness, however few bits apart


class ListedFingerprint(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A fingerprint as the feed carries it: `value` in lower-case hexadecimal digits."""

    algorithm: str  # md5, sha1, sha256, pdq
    value: str
    quality: int | None = None  # PDQ's, 0 to 100


class Delta(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One line of the log: what entry `entry` is from `position` on."""

    position: int
    entry: str  # UUID
    version: int  # of this entry, from 1
    state: State
    at: datetime  # UTC, when this delta was written
    fingerprints: tuple[ListedFingerprint, ...] = ()  # none when retracted
    labels: tuple[str, ...] = ()  # what it is, e.g. "inhope:baseline"
    action: Action = Action.BLOCK  # for an exact match; a near one is always reviewed


class Page(msgspec.Struct, frozen=True, omit_defaults=True):
    """One answer of the feed: deltas after the asked position, and where the list stands."""

    list: str
    deltas: tuple[Delta, ...]
    head: int  # the newest position; equal to the last delta's when nothing is left to read
    age_seconds: float = 0.0  # how long ago the server knew that `head` is the newest


class MalformedValueError(ValueError):
    """A fingerprint's digits are not what its algorithm makes."""

    def __init__(self, algorithm: str, digits: str) -> None:
        wanted = VALUE_BYTES[algorithm] * 2
        found = f"{len(digits)}" if len(digits) != wanted else "some that are no digits"
        super().__init__(f"{algorithm} has {wanted} hexadecimal digits, not {found}")


def value_of(algorithm: str, digits: str) -> bytes:
    """Return the value that the digits write; `algorithm` is one of VALUE_BYTES."""
    try:
        value = bytes.fromhex(digits)
    except ValueError:
        raise MalformedValueError(algorithm, digits) from None
    # The second half refuses the spaces that bytes.fromhex reads over.
    if len(value) != VALUE_BYTES[algorithm] or len(digits) != 2 * len(value):
        raise MalformedValueError(algorithm, digits)
    return value


def contiguous(deltas: Iterable[Delta], after: int) -> list[Delta]:
    """Return the deltas that follow position `after` one by one; stop before the first gap."""
    following: list[Delta] = []
    for delta in deltas:
        if delta.position <= after:
            continue
        if delta.position != after + 1:
            break
        following.append(delta)
        after = delta.position
    return following


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
    """A list as it stands at `position`: its log, its listed entries, the others' tombstones."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._log: list[Delta] = []
        self._latest: dict[str, Delta] = {}
        self._n_listed = 0

    @property
    def position(self) -> int:
        """The position of the last applied delta; 0 before the first."""
        return len(self._log)

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
        was_listed = before is not None and before.state is State.LISTED
        self._n_listed += (delta.state is State.LISTED) - was_listed
        self._latest[delta.entry] = delta
        self._log.append(delta)
        return before

    def apply_all(self, deltas: Iterable[Delta]) -> None:
        """Apply deltas in order."""
        for delta in deltas:
            self.apply(delta)

    def at(self, position: int) -> Delta:
        """Return the delta that has this position, 1 or more."""
        return self._log[position - 1]

    def after(self, position: int, limit: int) -> tuple[Delta, ...]:
        """Return up to `limit` deltas that follow `position`, in order."""
        return tuple(self._log[position : position + limit])

    def __getitem__(self, entry: str) -> Delta:
        return self._latest[entry]

    def __iter__(self) -> Iterator[Delta]:
        """Return the listed entries, oldest first."""
        return (delta for delta in self._latest.values() if delta.state is State.LISTED)

    def __len__(self) -> int:
        return self._n_listed
