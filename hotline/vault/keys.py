"""The keys everything is sealed with, in a folder of their own.

`vault.json` wraps the keys of the media items and seals addresses and texts; `tags.json`
makes the keyed hashes by which an address is found again; `session.key` signs sessions.
Both JSON files are Tink keysets, so that a key can be rotated by adding one.
"""

import io
import secrets
import stat
from functools import lru_cache
from pathlib import Path

import tink
from django.conf import settings
from tink import aead, cleartext_keyset_handle, prf, streaming_aead

VAULT_FILE = "vault.json"
TAGS_FILE = "tags.json"
SESSION_FILE = "session.key"

aead.register()
prf.register()
streaming_aead.register()


class KeyFileError(Exception):
    """A key file is missing, unreadable or open to others: the hotline must not run."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"Key file '{path}' {problem}")


def create_keys(folder: Path) -> None:
    """Write fresh keys into a folder that has none; existing keys are never overwritten."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    for name in (VAULT_FILE, TAGS_FILE, SESSION_FILE):
        if (folder / name).exists():
            raise KeyFileError(folder / name, "exists; what it seals would be lost without it.")
    _write(folder / VAULT_FILE, _keyset(aead.aead_key_templates.AES256_GCM))
    _write(folder / TAGS_FILE, _keyset(prf.prf_key_templates.HMAC_SHA256))
    _write(folder / SESSION_FILE, secrets.token_urlsafe(48))


def vault_aead() -> aead.Aead:
    """Return what wraps item keys and seals texts."""
    handle = _handle(Path(settings.KEYS) / VAULT_FILE)
    return handle.primitive(aead.Aead)


def tags_prf() -> prf.Prf:
    """Return what makes keyed hashes."""
    handle = _handle(Path(settings.KEYS) / TAGS_FILE)
    return handle.primitive(prf.PrfSet).primary()


@lru_cache(maxsize=8)
def _handle(path: Path) -> tink.KeysetHandle:
    try:
        text = path.read_text(encoding="utf-8")
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        raise KeyFileError(path, f"cannot be read: {error.strerror}.") from None
    if mode & 0o077:
        raise KeyFileError(path, f"can be read by others (mode {mode:o}); run chmod 600 on it.")
    try:
        return cleartext_keyset_handle.read(tink.JsonKeysetReader(text))
    except tink.TinkError:
        raise KeyFileError(path, "is damaged: it holds no keyset.") from None


def _keyset(template: object) -> str:
    text = io.StringIO()
    handle = tink.new_keyset_handle(template)
    cleartext_keyset_handle.write(tink.JsonKeysetWriter(text), handle)
    return text.getvalue()


def _write(path: Path, content: str) -> None:
    path.touch(mode=0o600)
    path.write_text(content, encoding="utf-8")
