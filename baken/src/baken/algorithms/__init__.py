"""The kinds of fingerprint there are, one file per kind that needs more than hashlib.

To add a kind: a module here, a line in `HASH_TYPES`, a member of `baken.fingerprint.Algorithm`.
Nothing in here is compiled or decoded on import, so that whoever only compares pays nothing.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class HashType(NamedTuple):
    """What the rest of the program must know about a kind of fingerprint."""

    bits: int
    is_digest: bool  # exact: one bit of the file changed, everything changed
    largest_distance: int  # up to which two values are called a match; 0 for digests


HASH_TYPES: Mapping[str, HashType] = MappingProxyType(
    {
        "md5": HashType(bits=128, is_digest=True, largest_distance=0),
        "sha1": HashType(bits=160, is_digest=True, largest_distance=0),
        "sha256": HashType(bits=256, is_digest=True, largest_distance=0),
        "pdq": HashType(bits=256, is_digest=False, largest_distance=31),
    }
)
