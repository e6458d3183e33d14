"""Files so trivial that half the web holds a copy: their digests must never be on a list.

Lists of others have carried such entries, and sites that trusted them blocked empty uploads and
tracking pixels. The digests are computed here from the bytes, so that anybody can see which
files are meant.
"""

import hashlib
from base64 import b64decode

BLANKS = [b"", b"\0", b"\n", b"\r\n", b" ", b"0", b"{}", b"[]", b"null", b"\xef\xbb\xbf"]
# What a failed download or a file that was reserved and never written leaves behind.
ZEROS = [b"\0" * (1 << power) for power in range(1, 21)]
# One-pixel pictures, which web pages use as counters and placeholders.
PIXELS = [
    b64decode(text)
    for text in (
        "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
        "R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==",
        "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==",
        "R0lGODlhAQABAIAAAAAAAAAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==",
        "R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==",
        "R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs=",
        "R0lGODdhAQABAIAAAP///////ywAAAAAAQABAAACAkQBADs=",
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=",
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNgYAAAAAMAASsJTYQAAAAASUVORK5CYII=",
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVR42mNgAAIAAAUAAen63NgAAAAASUVORK5CYII=",
    )
]
ALGORITHMS = ("md5", "sha1", "sha256")


def _digests() -> frozenset[tuple[str, bytes]]:
    return frozenset(
        # Not for security: these are the digests that lists are made of.
        (algorithm, hashlib.new(algorithm, content, usedforsecurity=False).digest())
        for content in (*BLANKS, *ZEROS, *PIXELS)
        for algorithm in ALGORITHMS
    )


DIGESTS = _digests()
"""(algorithm, value) of every file above."""


def is_trivial(algorithm: str, value: bytes) -> bool:
    """Return whether this is the digest of a file that says nothing."""
    return (algorithm, value) in DIGESTS
