"""Take the file out of a JSON-RPC answer while it arrives.

signal-cli gives a file as one base64 string inside JSON. Parsing that as a whole would hold
a 100 MB video three times in memory; here it is never held more than a chunk at a time.
"""

import binascii
from collections.abc import Iterator
from typing import Any

import msgspec

from hotline.channels.http import UnreachableError

START = b'"data"'
MAX_HEAD = 1 << 16  # what stands before the data, or an error instead of it
BASE64_GROUP = 4


def decoded_data(chunks: Iterator[bytes]) -> Iterator[bytes | dict[str, Any]]:
    """Yield the decoded bytes of `result.data`; an answer without it comes as it is, once."""
    head = b""
    for chunk in chunks:
        head += chunk
        found = _after_opening_quote(head)
        if found is not None:
            yield from _decoded(found, chunks)
            return
        if len(head) > MAX_HEAD:
            raise UnreachableError("Signal", "the daemon's answer makes no sense")
    yield _whole(head)


def _after_opening_quote(head: bytes) -> bytes | None:
    _, key, rest = head.partition(START)
    value = rest.lstrip()
    if not key or b'"error"' in head[: len(head) - len(rest)] or not value.startswith(b":"):
        return None
    value = value[1:].lstrip()
    return value[1:] if value.startswith(b'"') else None


def _decoded(text: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield what the base64 up to the closing quote decodes to, at least once."""
    pending = b""
    while True:
        body, quote, _ = text.partition(b'"')
        pending += body.replace(b"\\", b"")  # some writers escape the slash
        whole = len(pending) if quote else len(pending) // BASE64_GROUP * BASE64_GROUP
        try:
            yield binascii.a2b_base64(pending[:whole], strict_mode=True)
        except binascii.Error:
            raise UnreachableError("Signal", "the file's base64 is damaged") from None
        if quote:
            return
        pending = pending[whole:]
        text = next(chunks, b"")
        if not text:
            raise UnreachableError("Signal", "the file broke off")


def _whole(head: bytes) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(head)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UnreachableError("Signal", "the daemon's answer is not JSON") from None
    return value if isinstance(value, dict) else {}
