"""The lists that the check server holds: fed by one source, asked by every request.

All of it lives on the event loop's thread, so that a change and the waking of those who wait for
it are one step. A list is served from the first time its source confirms it; what starts over is
built beside the old one and takes its place when it is confirmed.
"""

import asyncio
import time
from collections.abc import Iterable

from baken.client.messages import ListStanding, Match, Query
from baken.edge.recommendation import recommended_action
from baken.hashlist import LIST_NAME, Delta
from baken.matcher import Found, IndexedList


class ListNameError(ValueError):
    """A source offers a list under a name that no list may have."""

    def __init__(self, name: str) -> None:
        super().__init__(f"'{name[:80]}' is no list name; one has a-z, 0-9 and -, at most 64.")


class ServedList:
    """One list; a Keeper for a client that follows a feed."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._in_force = IndexedList(name)
        self._next: IndexedList | None = None
        self._changed = asyncio.Event()
        self.is_served = False
        self.confirmed_at: float | None = None
        self.generation = 0  # how often another copy took the place of the one in force

    @property
    def position(self) -> int:
        """The position after which to read on."""
        return (self._next or self._in_force).log.position

    @property
    def head(self) -> int:
        """The position that is in force: what checks and the feed answer from."""
        return self._in_force.log.position

    @property
    def age_seconds(self) -> float | None:
        """How long ago the head was known to be the newest; None if it never was."""
        if self.confirmed_at is None:
            return None
        return round(max(0.0, time.time() - self.confirmed_at), 3)

    @property
    def standing(self) -> ListStanding:
        """The list's name, position and age."""
        return ListStanding(self.name, self.head, self.age_seconds)

    def start_over(self) -> None:
        """Take the next deltas as a new copy, which comes into force when it is confirmed."""
        self._next = IndexedList(self.name)

    def apply(self, deltas: Iterable[Delta]) -> None:
        """Apply the deltas that follow and wake those who wait; what was applied is no matter."""
        if self._next:
            self._next.apply(deltas)
            return
        head = self.head
        self._in_force.apply(deltas)
        if self.head != head:
            self._wake()

    def confirm(self, at: float | None = None) -> None:
        """Hear that nothing was missing at that time (Unix seconds; now if not said)."""
        self.serve_unconfirmed()
        self.confirmed_at = time.time() if at is None else at

    def serve_unconfirmed(self) -> None:
        """Serve what is there, though nobody says how old it is."""
        self.is_served = True
        if self._next:
            self._in_force, self._next = self._next, None
            self.generation += 1
            self._wake()

    def after(self, position: int, limit: int) -> tuple[Delta, ...]:
        """Return up to `limit` deltas in force after the position."""
        return self._in_force.log.after(position, limit)

    def find(self, query: Query, value: bytes) -> list[Match]:
        """Return the entries that the fingerprint matches, nearest first."""
        return [
            _match(self.name, query.algorithm, found)
            for found in self._in_force.find(query.algorithm, value, query.quality)
        ]

    async def wait_for_change(self) -> None:
        """Wait until something changes, or the server stops."""
        await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def close(self) -> None:
        """Let those who wait go, and nobody wait any more."""
        self._changed.set()


def _match(name: str, algorithm: str, found: Found) -> Match:
    return Match(
        list=name,
        entry=found.entry.entry,
        version=found.entry.version,
        kind=found.kind,
        algorithm=algorithm,
        distance=found.distance,
        listed_at=found.entry.at,
        labels=found.entry.labels,
        action=recommended_action(found.kind, found.entry.action),
    )


class Lists:
    """Every list the server holds."""

    def __init__(self) -> None:
        self._lists: dict[str, ServedList] = {}
        self.is_loaded = False
        self.is_closed = False

    def open(self, name: str) -> ServedList:
        """Return the list to feed, a new and empty one if need be."""
        if not LIST_NAME.fullmatch(name):
            raise ListNameError(name)
        return self._lists.setdefault(name, ServedList(name))

    def get(self, name: str) -> ServedList | None:
        """Return the list if it is served."""
        served = self._lists.get(name)
        return served if served and served.is_served else None

    def names(self) -> list[str]:
        """Return the names of all lists, also of those that are not served yet."""
        return sorted(self._lists)

    def readable(self, names: frozenset[str] | None) -> list[ServedList]:
        """Return the served lists among the names; None means all."""
        return [
            served
            for name, served in sorted(self._lists.items())
            if served.is_served and (names is None or name in names)
        ]

    def drop(self, name: str) -> None:
        """Serve a list no more."""
        served = self._lists.pop(name, None)
        if served:
            served.close()

    def mark_loaded(self) -> None:
        """Hear from the source that every list it knew at the start is served now."""
        self.is_loaded = True

    def close(self) -> None:
        """Let everybody go who waits, because the server stops."""
        self.is_closed = True
        for served in self._lists.values():
            served.close()
