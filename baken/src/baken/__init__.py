"""Recognise known child sexual abuse material by its fingerprint.

`hash_bytes` and `hash_file` open a picture in a sandbox of their own, which is started at the
first call; a server makes a `baken.sandbox.DecoderPool` and decides how many workers it has.
"""

import atexit
import functools
import os
from pathlib import Path

from baken.fingerprint import (
    NEAR_DISTANCE,
    NEAR_QUALITY,
    Algorithm,
    Fingerprint,
    digests,
)
from baken.media import Cause, DecodeError, Limits, mapped
from baken.sandbox import Decoded, DecoderPool

__all__ = [
    "NEAR_DISTANCE",
    "NEAR_QUALITY",
    "Algorithm",
    "Cause",
    "DecodeError",
    "Decoded",
    "DecoderPool",
    "Fingerprint",
    "Limits",
    "digests",
    "hash_bytes",
    "hash_file",
]


@functools.cache
def _pool(_pid: int) -> DecoderPool:
    """Return this process's pool; a fork of it makes its own."""
    pool = DecoderPool()
    atexit.register(pool.close)
    return pool


def hash_bytes(data: bytes | bytearray | memoryview) -> Decoded:
    """Return what a picture is, with its fingerprints, or raise DecodeError."""
    return _pool(os.getpid()).fingerprint(data)


def hash_file(path: str | Path) -> Decoded:
    """Return what a picture file is, with its fingerprints, or raise DecodeError or OSError."""
    pool = _pool(os.getpid())
    with mapped(path, pool.limits.bytes) as data:
        return pool.fingerprint(data)
