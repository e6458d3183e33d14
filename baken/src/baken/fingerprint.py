"""What a fingerprint is: the result of one algorithm on one file."""

import hashlib
from collections.abc import Iterable
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

DIGESTS = (Algorithm.MD5, Algorithm.SHA1, Algorithm.SHA256)
"""The fingerprints of a file's bytes, whatever they mean."""


class Fingerprint(msgspec.Struct, frozen=True):
    """The result of one algorithm; `quality` is 0-100 where the algorithm has one."""

    algorithm: Algorithm
    value: bytes
    quality: int | None = None
    version: int = 1


def digests(chunks: Iterable[bytes | memoryview]) -> tuple[Fingerprint, ...]:
    """Return the MD5, SHA-1 and SHA-256 of the chunks, read once; safe on any bytes."""
    # MD5 and SHA-1 name known files in lists of many years; they protect nothing here.
    hashers = [hashlib.new(algorithm, usedforsecurity=False) for algorithm in DIGESTS]
    for chunk in chunks:
        for hasher in hashers:
            hasher.update(chunk)
    return tuple(
        Fingerprint(algorithm, hasher.digest())
        for algorithm, hasher in zip(DIGESTS, hashers, strict=True)
    )
