"""Look at every 256-bit value of a table for those within a Hamming distance of one."""

import numpy as np
from numpy.typing import NDArray

from baken.algorithms.compiled import compiled

Words = NDArray[np.uint64]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]


@compiled("uint64(uint64)")
def _n_bits(word: np.uint64) -> np.uint64:
    """Return how many bits of a word are set, without an instruction for it."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    pairs = np.uint64(0x3333333333333333)
    word = (word & pairs) + ((word >> np.uint64(2)) & pairs)
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)


@compiled("int64(uint64[:, ::1], boolean[::1], uint64[::1], int64, int64[:, ::1])")
def scan(words: Words, is_alive: Flags, wanted: Words, distance: int, found: Places) -> int:
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
