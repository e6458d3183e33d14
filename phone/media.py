"""Files on their way, in memory only, each for as long as the provider would keep it."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

MAX_TOTAL_BYTES = 512 << 20  # the oldest go first


@dataclass(frozen=True, slots=True)
class Media:
    """One file, under the provider's kind of id."""

    id: str
    content: bytes
    media_type: str
    filename: str | None
    added_at: float

    @property
    def unique_id(self) -> str:
        """Return the same for the same bytes, as Telegram's file_unique_id."""
        return self.sha256[:16]

    @property
    def sha256(self) -> str:
        """Return the digest as hexadecimal digits."""
        return sha256(self.content).hexdigest()


class MediaStore:
    """The files of one app, and the addresses under which they can be fetched for a while."""

    def __init__(
        self,
        new_id: Callable[[], str],
        *,
        media_seconds: float,
        address_seconds: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._new_id, self._clock = new_id, clock
        self._media_seconds, self._address_seconds = media_seconds, address_seconds
        self._media: dict[str, Media] = {}
        self._addresses: dict[str, tuple[str, float]] = {}

    def add(self, content: bytes, media_type: str, filename: str | None = None) -> Media:
        """Keep a file."""
        media = Media(self._new_id(), content, media_type, filename, self._clock())
        self._media[media.id] = media
        total = sum(len(one.content) for one in self._media.values())
        for oldest in list(self._media.values())[:-1]:
            if total <= MAX_TOTAL_BYTES:
                break
            total -= len(oldest.content)
            del self._media[oldest.id]
        return media

    def find(self, media_id: str) -> Media | None:
        """Return the file while the provider would have it."""
        media = self._media.get(media_id)
        if media and self._clock() - media.added_at > self._media_seconds:
            return self._media.pop(media_id) and None
        return media

    def remove(self, media_id: str) -> bool:
        """Forget the file; return whether it was there."""
        return self._media.pop(media_id, None) is not None

    def address(self, media: Media) -> str:
        """Return an unguessable name under which the file can be fetched for a while."""
        now = self._clock()
        self._addresses = {key: kept for key, kept in self._addresses.items() if kept[1] > now}
        name = secrets.token_urlsafe(24)
        self._addresses[name] = (media.id, now + self._address_seconds)
        return name

    def at_address(self, name: str) -> Media | None:
        """Return the file at this address while it lives."""
        media_id, expires_at = self._addresses.get(name, ("", 0.0))
        return self.find(media_id) if expires_at > self._clock() else None
