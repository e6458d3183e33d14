"""Read the web form while it arrives, and let its files run straight into the vault.

Django would write uploads to temporary files first; plaintext media may lie on no disk, so
the parts are taken from Django's multipart parser one by one, as streams. An upload that
breaks off is an error, never a shorter file.
"""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import (
    FIELD,
    FILE,
    InputStreamExhausted,
    LazyStream,
    MultiPartParserError,
    Parser,
)
from django.utils.http import parse_header_parameters

from hotline.custody.actors import Process
from hotline.vault import store

CHUNK_BYTES = 1 << 16
BOUNDARY = re.compile(r"[ -~]{0,200}[!-~]")  # RFC 2046
MAX_PARTS = 200
MAX_TEXT_BYTES = 100_000
MAX_NAME_CHARACTERS = 200


class BrokenFormError(Exception):
    """The form did not arrive whole, or is no form."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the form that lies in the vault now."""

    item: UUID
    media_type: str
    filename: str
    size: int


@dataclass(slots=True)
class Form:
    """What somebody sent with the web form."""

    fields: dict[str, str] = field(default_factory=dict)
    files: list[StoredFile] = field(default_factory=list)

    @property
    def form_id(self) -> str:
        """The random id of the opened form; a form without one gets its own."""
        return self.fields.get("form") or secrets.token_urlsafe(16)

    @property
    def text(self) -> str:
        """What they wrote."""
        return self.fields.get("text", "").replace("\r\n", "\n").strip()


def read_form(request: HttpRequest, *, takes_files: bool) -> Form:
    """Read the request's body once; raise BrokenFormError or vault.store.TooLargeError."""
    form = Form()
    is_whole = False
    try:
        for number, (kind, headers, part) in enumerate(_parts(request)):
            if number > MAX_PARTS:
                raise BrokenFormError
            is_whole = _take(form, kind, headers, part, takes_files=takes_files)
    except (MultiPartParserError, InputStreamExhausted, UnreadablePostError):
        raise BrokenFormError from None
    if not is_whole:
        raise BrokenFormError
    return form


def _take(
    form: Form, kind: str, headers: dict[str, Any], part: LazyStream, *, takes_files: bool
) -> bool:
    """Take one part; return whether it was the end mark."""
    is_end = False
    if kind == FIELD:
        name = _parameter(headers, "name")
        text = part.read(MAX_TEXT_BYTES).decode("utf-8", "replace").replace("\0", "")
        form.fields[name] = text
    elif kind == FILE and takes_files:
        form.files.append(_store(headers, part))
    elif kind not in {FIELD, FILE}:
        is_end = part.read(2) == b"--"
    for _ in part:  # What nobody asked for must not be taken for the next part.
        pass
    return is_end


def _store(headers: dict[str, Any], part: LazyStream) -> StoredFile:
    item, _ = store.put(part, actor=Process.SERVER)
    media_type = headers.get("content-type", ("", {}))[0].strip()
    filename = _parameter(headers, "filename").replace("\\", "/").rpartition("/")[2]
    return StoredFile(
        item=item.pk,
        media_type=media_type[:MAX_NAME_CHARACTERS],
        filename=filename[:MAX_NAME_CHARACTERS],
        size=item.size,
    )


def _parameter(headers: dict[str, Any], name: str) -> str:
    parameters: dict[str, bytes] = headers.get("content-disposition", ("", {}))[1]
    return parameters.get(name, b"").decode("utf-8", "replace")


def _parts(request: HttpRequest) -> Iterator[tuple[str, dict[str, Any], LazyStream]]:
    kind, parameters = parse_header_parameters(request.META.get("CONTENT_TYPE", ""))
    boundary = parameters.get("boundary", "")
    if kind != "multipart/form-data" or not BOUNDARY.fullmatch(boundary):
        raise BrokenFormError
    chunks = _chunks(request, length_of(request))
    stream = LazyStream(chunks)  # type: ignore[arg-type]  # it takes any iterator of bytes
    return iter(Parser(stream, boundary.encode("ascii")))


def length_of(request: HttpRequest) -> int:
    """Return how many bytes the client says it sends."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _chunks(request: HttpRequest, length: int) -> Iterator[bytes]:
    """Yield the body, and notice when it ends too early."""
    missing = length
    while chunk := request.read(CHUNK_BYTES):
        missing -= len(chunk)
        yield chunk
    if missing > 0:
        raise BrokenFormError
