"""Exact search among PDQ fingerprints within a Hamming distance.

The values lie one after another as four 64-bit words each, and a search looks at every one;
most are refused on the first two words. That is exact, needs no building, and is quick up to
some hundred thousand entries. A multi-index comes behind the same class for more.
"""

import threading
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from baken.algorithms import HASH_TYPES
from baken.fingerprint import NEAR_DISTANCE

_BYTES = HASH_TYPES["pdq"].bits // 8
_WORDS = 4
_SMALLEST = 64  # rows of a table, at first
_ROOM = 256  # for what a search finds, at first

Words = NDArray[np.uint64]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]


Scan = Callable[[Words, Flags, Words, int, Places], int]


class Hit(NamedTuple):
    """An entry within the distance."""

    key: int
    distance: int


class WrongLengthError(ValueError):
    """The value is not a PDQ."""

    def __init__(self, length: int) -> None:
        super().__init__(f"A PDQ value has {_BYTES} bytes, not {length}.")


@lru_cache(maxsize=1)
def _compiled_scan() -> Scan:
    """Return the scan, compiled; most processes that know this class never make an index."""
    # Loading the compiler takes most of a second, and a hotline starts five processes.
    return cast("Scan", import_module("baken.algorithms.hamming").scan)


def _words_of(value: bytes) -> Words:
    if len(value) != _BYTES:
        raise WrongLengthError(len(value))
    # Of a bytearray, because the compiled scan takes no read-only array.
    return np.frombuffer(bytearray(value), dtype=np.uint64)


class _Table:
    """Rows that are written once. A search may read them while others are appended.

    Nothing is ever overwritten: what is discarded is marked, and a new table is made when the
    old one is full. So a search needs the lock only to learn how many rows there are.
    """

    def __init__(self, capacity: int) -> None:
        self.words: Words = np.zeros((capacity, _WORDS), dtype=np.uint64)
        self.keys: Places = np.zeros(capacity, dtype=np.int64)
        self.is_alive: Flags = np.zeros(capacity, dtype=np.bool_)
        self.n_rows = 0

    @property
    def is_full(self) -> bool:
        """Whether there is no row left."""
        return self.n_rows == len(self.keys)

    def append(self, words: Words, key: int) -> int:
        """Write a row and return its place."""
        place = self.n_rows
        self.words[place] = words
        self.keys[place] = key
        self.is_alive[place] = True
        self.n_rows += 1
        return place

    def renewed(self) -> "_Table":
        """Return a table of the rows that are alive, with as much room again."""
        kept = np.flatnonzero(self.is_alive)
        table = _Table(max(_SMALLEST, 2 * len(kept)))
        table.words[: len(kept)] = self.words[kept]
        table.keys[: len(kept)] = self.keys[kept]
        table.is_alive[: len(kept)] = True
        table.n_rows = len(kept)
        return table


class PdqIndex:
    """PDQ values by key. Safe to use from many threads; searches run side by side."""

    def __init__(self) -> None:
        self._table = _Table(_SMALLEST)
        self._places: dict[int, int] = {}
        self._lock = threading.Lock()
        self._scan = _compiled_scan()

    def add(self, value: bytes, key: int) -> None:
        """Add a value, or replace the one that this key had."""
        words = _words_of(value)
        with self._lock:
            self._forget(key)
            if self._table.is_full:
                self._renew()
            self._places[key] = self._table.append(words, key)

    def discard(self, key: int) -> None:
        """Take the key out, if it is in; no search that begins later finds it."""
        with self._lock:
            self._forget(key)

    def _forget(self, key: int) -> None:
        place = self._places.pop(key, None)
        if place is not None:
            self._table.is_alive[place] = False

    def _renew(self) -> None:
        self._table = self._table.renewed()
        keys = self._table.keys[: self._table.n_rows].tolist()
        self._places = {key: place for place, key in enumerate(keys)}

    def search(self, value: bytes, distance: int = NEAR_DISTANCE) -> list[Hit]:
        """Return every key within `distance`, nearest first, and how far it is."""
        wanted = _words_of(value)
        with self._lock:
            table, n_rows = self._table, self._table.n_rows
        room = _ROOM
        while True:
            found = np.empty((room, 2), dtype=np.int64)
            words, is_alive = table.words[:n_rows], table.is_alive[:n_rows]
            n_found = self._scan(words, is_alive, wanted, distance, found)
            if n_found <= room:
                break
            room = n_rows  # more cannot be
        hits = [Hit(int(table.keys[place]), int(apart)) for place, apart in found[:n_found]]
        return sorted(hits, key=lambda hit: (hit.distance, hit.key))

    def __len__(self) -> int:
        return len(self._places)
