"""The keys of partners: how one is made, and how one is known again.

A key is `bk_<prefix>_<secret>`: eight hexadecimal digits that name it in lists and logs, and 256
random bits. Only their SHA-256 is kept; bits so many and so random need no slow password hash.
"""

import hashlib
import re
import secrets

KEY = re.compile(r"bk_([0-9a-f]{8})_[A-Za-z0-9_-]{43}")


def new_key() -> tuple[str, str, str]:
    """Return a new key, its prefix and its digest. The key itself is shown once and not kept."""
    prefix = secrets.token_hex(4)
    key = f"bk_{prefix}_{secrets.token_urlsafe(32)}"
    return key, prefix, digest_of(key)


def digest_of(key: str) -> str:
    """Return what is kept of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


def prefix_of(key: str) -> str | None:
    """Return the prefix of a well-formed key, None for anything else."""
    found = KEY.fullmatch(key)
    return found.group(1) if found else None


def opens(key: str, digest: str) -> bool:
    """Return whether this is the key of that digest, in the same time whatever the answer."""
    return secrets.compare_digest(digest_of(key), digest)
