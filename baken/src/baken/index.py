"""Exact search among PDQ fingerprints within a Hamming distance.

The values lie one after another as four 64-bit words each, and a search looks at every one;
most are refused on the first two words. That is exact, needs no building, and is quick up to
some hundred thousand entries. A multi-index comes behind the same class for more.
"""

import threading
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from baken.algorithms.compiled import compiled
from baken.algorithms.pdq import BITS
from baken.fingerprint import NEAR_DISTANCE

_BYTES = BITS // 8
_WORDS = 4
_SMALLEST = 64  # rows of a table, at first
_ROOM = 256  # for what a search finds, at first

Words = NDArray[np.uint64]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Hit(NamedTuple):
    """An entry within the distance."""

    key: int
    distance: int


class WrongLengthError(ValueError):
    """The value is not a PDQ."""

    def __init__(self, length: int) -> None:
        super().__init__(f"A PDQ value has {_BYTES} bytes, not {length}.")


@compiled("uint64(uint64)")
def _n_bits(word: np.uint64) -> np.uint64:
    """Return how many bits of a word are set, without an instruction for it."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    pairs = np.uint64(0x3333333333333333)
    word = (word & pairs) + ((word >> np.uint64(2)) & pairs)
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)


@compiled("int64(uint64[:, ::1], boolean[::1], uint64[::1], int64, int64[:, ::1])")
def _scan(words: Words, is_alive: Flags, wanted: Words, distance: int, found: Places) -> int:
    """Write place and distance of each entry within `distance`; return how many there are."""
    n_found = 0
    for place in range(words.shape[0]):
        apart = np.int64(
            _n_bits(words[place, 0] ^ wanted[0]) + _n_bits(words[place, 1] ^ wanted[1])
        )
        if apart > distance:
            continue
        apart += np.int64(
            _n_bits(words[place, 2] ^ wanted[2]) + _n_bits(words[place, 3] ^ wanted[3])
        )
        if apart <= distance and is_alive[place]:
            if n_found < found.shape[0]:
                found[n_found, 0] = place
                found[n_found, 1] = apart
            n_found += 1
    return n_found


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
            n_found = _scan(words, is_alive, wanted, distance, found)
            if n_found <= room:
                break
            room = n_rows  # more cannot be
        hits = [Hit(int(table.keys[place]), int(apart)) for place, apart in found[:n_found]]
        return sorted(hits, key=lambda hit: (hit.distance, hit.key))

    def __len__(self) -> int:
        return len(self._places)
