"""Seal small things (addresses, texts) and stream large ones (media), bound to their purpose.

The formats are Tink's: AES-256-GCM for small things, AES256-GCM-HKDF streaming for media
(docs/decisions/0002-tink-for-the-vault.md). Every ciphertext is bound to what it is for,
so that one can never be taken for another.
"""

import io
from collections.abc import Iterable
from typing import BinaryIO, cast
from uuid import UUID

import tink
from tink import streaming_aead

from hotline.vault.keys import tags_prf, vault_aead

TAG_BYTES = 32


class UnsealError(Exception):
    """What should be sealed under our keys is not, or not for this purpose."""

    def __init__(self, purpose: str) -> None:
        super().__init__(f"Cannot unseal {purpose}: it was changed, or sealed with another key.")


def seal(plaintext: bytes, *, purpose: str) -> bytes:
    """Encrypt a small thing for one purpose."""
    return bytes(vault_aead().encrypt(plaintext, purpose.encode()))


def unseal(sealed: bytes | memoryview, *, purpose: str) -> bytes:
    """Return what was sealed for this purpose; raise UnsealError."""
    try:
        return bytes(vault_aead().decrypt(bytes(sealed), purpose.encode()))
    except tink.TinkError:
        raise UnsealError(purpose) from None


def seal_text(text: str, *, purpose: str) -> bytes:
    """Encrypt a text for one purpose."""
    return seal(text.encode(), purpose=purpose)


def unseal_text(sealed: bytes | memoryview, *, purpose: str) -> str:
    """Return the text that was sealed for this purpose; raise UnsealError."""
    return unseal(sealed, purpose=purpose).decode()


def tag(content: str | bytes, *, purpose: str) -> bytes:
    """Return a keyed hash of 32 bytes: equal for equal content, mute without the key."""
    content = content.encode() if isinstance(content, str) else content
    return bytes(tags_prf().compute(purpose.encode() + b"\0" + content, TAG_BYTES))


class ItemKey:
    """The key of one media item: encrypts and opens its bytes, and can be wrapped."""

    def __init__(self, handle: tink.KeysetHandle, item_id: UUID) -> None:
        self._handle = handle
        self._bound_to = _bound_to(item_id)

    @classmethod
    def fresh(cls, item_id: UUID) -> "ItemKey":
        """Return a new random key for an item."""
        template = streaming_aead.streaming_aead_key_templates.AES256_GCM_HKDF_1MB
        return cls(tink.new_keyset_handle(template), item_id)

    @classmethod
    def unwrap(cls, wrapped: bytes | memoryview, item_id: UUID) -> "ItemKey":
        """Return the key that `wrap` wrapped for the same item; raise UnsealError."""
        try:
            reader = tink.BinaryKeysetReader(bytes(wrapped))
            handle = tink.read_keyset_handle_with_associated_data(
                reader, vault_aead(), _bound_to(item_id)
            )
        except tink.TinkError:
            raise UnsealError(f"the key of media item {item_id}") from None
        return cls(handle, item_id)

    def wrap(self) -> bytes:
        """Return the key encrypted by the vault's key and bound to its item."""
        sink = io.BytesIO()
        writer = tink.BinaryKeysetWriter(sink)
        self._handle.write_with_associated_data(writer, vault_aead(), self._bound_to)
        return sink.getvalue()

    def encrypt(self, chunks: Iterable[bytes], sink: BinaryIO) -> None:
        """Write the chunks' ciphertext to `sink` and close it."""
        primitive = self._handle.primitive(streaming_aead.StreamingAead)
        with primitive.new_encrypting_stream(sink, self._bound_to) as stream:
            for chunk in chunks:
                stream.write(chunk)

    def decrypt(self, source: BinaryIO) -> BinaryIO:
        """Return a stream of the plaintext; a changed byte raises when it is reached."""
        primitive = self._handle.primitive(streaming_aead.StreamingAead)
        return cast("BinaryIO", primitive.new_decrypting_stream(source, self._bound_to))


def _bound_to(item_id: UUID) -> bytes:
    return b"media item " + item_id.bytes
