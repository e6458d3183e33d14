"""What a fingerprint is: the result of one algorithm on one file."""

from enum import StrEnum

import msgspec


class Algorithm(StrEnum):
    """The fingerprints this version of the library makes."""

    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"
    PDQ = "pdq"


NEAR_DISTANCE = 31
"""Two PDQ fingerprints at most this many bits apart show the same picture (of 256; PDQ's own)."""

NEAR_QUALITY = 50
"""Below this PDQ quality (0-100) a picture has too little in it to be matched by likeness."""


class Fingerprint(msgspec.Struct, frozen=True):
    """The result of one algorithm: `value` as bytes, `quality` 0-100 where the algorithm has one."""

    algorithm: Algorithm
    value: bytes
    quality: int | None = None
    version: int = 1
