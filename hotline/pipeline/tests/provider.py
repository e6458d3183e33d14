"""A channel and its provider in a folder, so that processes can share it.

Deliveries are JSON of our own; files lie in the folder under their names; a reply is a file.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

import msgspec

from hotline.channels.base import (
    Attachment,
    AttachmentKind,
    ChannelError,
    Choice,
    InboundMessage,
    MessageKind,
    UnreadableError,
)


class Forward(msgspec.Struct):
    """What the provider delivers."""

    id: str
    address: str
    text: str | None = None
    files: list[str] = []


class FolderProvider:
    """What reporters sent, and what they heard."""

    name: ClassVar[str] = "whatsapp"

    def __init__(self, folder: Path) -> None:
        self.files = folder / "files"
        self.replies = folder / "replies"
        for made in (self.files, self.replies):
            made.mkdir(parents=True, exist_ok=True)

    def authenticate(self, headers: Mapping[str, str], body: bytes) -> None:
        """Everything is authentic."""

    def parse(self, body: bytes) -> list[InboundMessage]:
        try:
            forward = msgspec.json.decode(body, type=Forward)
        except msgspec.DecodeError as error:
            raise UnreadableError from error
        return [
            InboundMessage(
                id=forward.id,
                kind=MessageKind.CONTENT,
                sent_at=datetime(2026, 1, 1, tzinfo=UTC),
                address=forward.address,
                text=forward.text,
                attachments=tuple(Attachment(name, AttachmentKind.IMAGE) for name in forward.files),
            )
        ]

    def download(self, attachment: Attachment) -> AbstractContextManager[Iterator[bytes]]:
        return self._download(self.files / attachment.ref)

    @contextmanager
    def _download(self, path: Path) -> Iterator[Iterator[bytes]]:
        if not path.exists():
            raise ChannelError("The provider no longer has the file.", permanent=True)
        with path.open("rb") as file:
            yield iter(lambda: file.read(1 << 20), b"")

    def send(self, address: str, text: str, choices: Sequence[Choice] = ()) -> str:  # noqa: ARG002  # this app has no buttons
        reply = msgspec.json.encode({"address": address, "text": text})
        name = f"{uuid4()}.json"
        (self.replies / name).write_bytes(reply)
        return name

    def heard_by(self, address: str) -> list[str]:
        """Return the replies that a reporter got, in no order."""
        replies = [msgspec.json.decode(path.read_bytes()) for path in self.replies.iterdir()]
        return [reply["text"] for reply in replies if reply["address"] == address]
