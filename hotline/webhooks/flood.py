"""Let a burst of reports from one place through, and a flood not.

One bucket per client address, in this process's memory only: nothing about who reports is
written down. Behind a proxy the address is the one the proxy adds. Where there is none to
tell people apart (an onion service, the machine itself) all share one roomy bucket: a
limit there would let one flooder silence everybody.
"""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from django.http import HttpRequest

LOOPBACK = frozenset({"127.0.0.1", "::1", ""})
SHARED = "shared"
SHARED_FACTOR = 50
MAX_BUCKETS = 20_000


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float


class Buckets:
    """Token buckets: `burst` at once, then one every `seconds_each`."""

    def __init__(self, burst: int, seconds_each: float) -> None:
        self._burst = burst
        self._seconds_each = seconds_each
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = Lock()

    def take(self, key: str, at: float) -> bool:
        """Take one token; False when the bucket is empty. `at` is a clock's seconds."""
        factor = SHARED_FACTOR if key == SHARED else 1
        burst = self._burst * factor
        with self._lock:
            bucket = self._buckets.pop(key, None) or _Bucket(burst, at)
            gained = (at - bucket.at) * factor / self._seconds_each
            bucket.level = min(burst, bucket.level + gained)
            bucket.at = at
            self._buckets[key] = bucket
            if len(self._buckets) > MAX_BUCKETS:
                self._buckets.popitem(last=False)
            if bucket.level < 1:
                return False
            bucket.level -= 1
            return True

    def clear(self) -> None:
        """Forget everybody."""
        with self._lock:
            self._buckets.clear()


def source_of(request: HttpRequest) -> str:
    """Return what tells this client from others; SHARED where nothing does."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    if address not in LOOPBACK:
        return address
    # Only a proxy on this machine can have put the last one there.
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return forwarded if forwarded not in LOOPBACK else SHARED
