"""The only way media gets in, out and away.

`put` encrypts a stream while it arrives, under a fresh key, and names the object by the
hash of its ciphertext: anyone can verify it, nobody learns what it is. `open` demands who
and why, and writes it down. `dispose` destroys the key first; without it the bytes say
nothing, wherever a copy of them may lie.
"""

import hashlib
import io
import os
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import unquote, urlparse

import obstore
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.timezone import now
from obstore.store import LocalStore, ObjectStore

from hotline.custody.actions import Action
from hotline.custody.actors import Actor
from hotline.custody.record import record
from hotline.vault.encryption import ItemKey
from hotline.vault.models import MediaItem

SPOOL_BYTES = 8 << 20  # ciphertext up to this size waits in memory, more on disk


class TooLargeError(Exception):
    """The stream is longer than the hotline takes; nothing of it was kept."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The file is larger than {limit >> 20} MiB, the most this hotline takes.")
        self.limit = limit


class ItemDisposedError(Exception):
    """The item's key is destroyed; nobody can open it any more."""

    def __init__(self, item: MediaItem) -> None:
        super().__init__(f"Media item {item.pk} was disposed of; nothing of it can be opened.")


class VaultUrlError(Exception):
    """VAULT_URL names no store that can be used."""

    def __init__(self, url: str, problem: str) -> None:
        scheme = url.partition("://")[0]  # The rest may hold a password.
        super().__init__(f"VAULT_URL ({scheme}://…) cannot be used: {problem}")


def put(chunks: Iterable[bytes], *, actor: Actor) -> tuple[MediaItem, bool]:
    """Store a file and return its item, and whether it is new; raise TooLargeError.

    The item is durable when this returns. The same bytes again are the same item.
    """
    item_id = uuid.uuid4()
    key = ItemKey.fresh(item_id)
    with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
        plaintext = _Metered(chunks, settings.MAX_ATTACHMENT_BYTES)
        ciphertext = _Hashed(cast("BinaryIO", spool))
        key.encrypt(plaintext, cast("BinaryIO", ciphertext))
        if known := _living(plaintext.digest()):
            return known, False
        name = ciphertext.hexdigest()
        spool.seek(0)
        _upload(name, cast("BinaryIO", spool))
    item = MediaItem(
        id=item_id,
        sha256=plaintext.digest(),
        size=plaintext.size,
        object_name=name,
        wrapped_key=key.wrap(),
        stored_at=now(),
    )
    try:
        with transaction.atomic():
            item.save(force_insert=True)
            record(Action.MEDIA_STORED, item, actor=actor, details={"bytes": item.size})
    except IntegrityError:  # Somebody stored the same bytes while we encrypted ours.
        known = _living(plaintext.digest())
        if known is None:
            raise
        obstore.delete(_store(), _path(name))
        return known, False
    return item, True


@contextmanager
def open(item: MediaItem, *, actor: Actor, reason: str) -> Iterator[BinaryIO]:  # noqa: A001  # read as vault.store.open
    """Open the item's plaintext as a stream, once the opening is in the custody log."""
    with transaction.atomic():
        item = MediaItem.objects.select_for_update().get(pk=item.pk)
        if item.wrapped_key is None:
            raise ItemDisposedError(item)
        record(Action.MEDIA_OPENED, item, actor=actor, details={"reason": reason})
    key = ItemKey.unwrap(item.wrapped_key, item.pk)
    source = _Object(obstore.open_reader(_store(), _path(item.object_name)))
    with key.decrypt(cast("BinaryIO", source)) as stream:
        yield stream


@transaction.atomic
def dispose(item: MediaItem, *, actor: Actor, reason: str) -> None:
    """Destroy the item's key, then its bytes; a second time does nothing."""
    item = MediaItem.objects.select_for_update().get(pk=item.pk)
    if item.disposed_at:
        return
    item.wrapped_key = None
    item.disposed_at = now()
    item.save(update_fields=["wrapped_key", "disposed_at"])
    transaction.on_commit(lambda: obstore.delete(_store(), _path(item.object_name)))
    record(Action.MEDIA_DISPOSED, item, actor=actor, details={"reason": reason})


def check_store() -> None:
    """Raise VaultUrlError unless the store can be opened."""
    _store()


def _living(digest: bytes) -> MediaItem | None:
    return MediaItem.objects.filter(sha256=digest, disposed_at=None).first()


def _path(name: str) -> str:
    return f"{name[:2]}/{name}"


def _store() -> ObjectStore:
    return _store_at(settings.VAULT_URL)


@lru_cache(maxsize=4)
def _store_at(url: str) -> ObjectStore:
    try:
        if url.startswith("file://"):
            Path(unquote(urlparse(url).path)).mkdir(parents=True, exist_ok=True, mode=0o700)
        return obstore.store.from_url(url)
    except OSError as error:
        raise VaultUrlError(url, f"{error.strerror}.") from None
    except (ValueError, obstore.exceptions.BaseError):
        problem = "it is no address of a folder (file:///path) or of S3, GCS or Azure."
        raise VaultUrlError(url, problem) from None


def _upload(name: str, ciphertext: BinaryIO) -> None:
    store = _store()
    obstore.put(store, _path(name), ciphertext)
    if isinstance(store, LocalStore) and store.prefix:
        # An object store answers when the bytes are safe; a folder only when told to.
        path = Path(store.prefix) / _path(name)
        for made in (path, path.parent):
            descriptor = os.open(made, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


class _Object(io.RawIOBase):
    """An object of the store as the file that Tink reads."""

    def __init__(self, reader: "obstore.ReadableFile") -> None:  # in its type stubs only
        self._reader = reader

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        return bytes(self._reader.read(None if size is None or size < 0 else size))


class _Metered:
    """Pass chunks on while counting and hashing them."""

    def __init__(self, chunks: Iterable[bytes], limit: int) -> None:
        self._chunks = chunks
        self._limit = limit
        self._hash = hashlib.sha256()
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.size += len(chunk)
            if self.size > self._limit:
                raise TooLargeError(self._limit)
            self._hash.update(chunk)
            yield chunk

    def digest(self) -> bytes:
        return self._hash.digest()


class _Hashed(io.RawIOBase):
    """Write through to a file while hashing; closing it leaves the file open."""

    def __init__(self, sink: BinaryIO) -> None:
        self._sink = sink
        self._hash = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        chunk = bytes(data)  # type: ignore[call-overload]  # any buffer
        self._hash.update(chunk)
        return self._sink.write(chunk)

    def hexdigest(self) -> str:
        return self._hash.hexdigest()
