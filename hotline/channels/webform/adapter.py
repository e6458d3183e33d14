"""The hotline's own page for reporters: a channel whose provider is ourselves.

The page stores files in the vault while they arrive, so that nothing waits in the clear, and
then hands over a delivery in this format (docs/channels.md):

    {"id": "…", "reference": "…", "text": "…", "language": "nl", "sent_at": "2026-01-31T12:00:00Z",
     "files": [{"item": "<uuid>", "media_type": "image/jpeg", "filename": "…", "size": 12005}]}

`reference` is the code the reporter keeps, and under which the page shows our replies.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID, uuid4

import msgspec

from hotline.channels import wire
from hotline.channels.base import (
    Attachment,
    AttachmentKind,
    ChannelError,
    Choice,
    InboundMessage,
    MessageKind,
    NotAuthenticError,
)

KINDS = {
    "image": AttachmentKind.IMAGE,
    "video": AttachmentKind.VIDEO,
    "audio": AttachmentKind.AUDIO,
}


class OnlyOurPageError(NotAuthenticError):
    """Somebody posts a delivery that only our own page may make."""

    def __init__(self) -> None:
        super().__init__("The web form takes deliveries from its own page only.", status=403)


class AlreadyStoredError(ChannelError):
    """There is nothing to fetch: the file reached the vault before the message did."""

    def __init__(self) -> None:
        super().__init__("The file of a web form lies in the vault already.", permanent=True)


class _File(msgspec.Struct):
    item: UUID
    media_type: str | None = None
    filename: str | None = None
    size: int | None = None


class _Delivery(msgspec.Struct):
    id: str
    reference: str
    text: str | None = None
    language: str | None = None
    sent_at: datetime | None = None
    files: list[_File] = []


class Webform:
    """The page that works without an account, without JavaScript and over Tor."""

    name: ClassVar[str] = "webform"

    def authenticate(self, headers: Mapping[str, str], body: bytes) -> None:  # noqa: ARG002 - nothing could convince us
        """Refuse: the page hands its deliveries over inside the server."""
        raise OnlyOurPageError

    def parse(self, body: bytes) -> list[InboundMessage]:
        """Return the one message of the page."""
        part = wire.opened(body)
        delivery = wire.modelled(part, _Delivery)
        if delivery is None or not (delivery.text or delivery.files):
            address = wire.text_at(part, "reference")
            message_id = wire.text_at(part, "id")
            return [wire.unknown(part, "form", message_id=message_id, address=address)]
        return [_message(delivery)]

    def download(self, attachment: Attachment) -> AbstractContextManager[Iterator[bytes]]:  # noqa: ARG002 - see the error
        """Refuse: `item_id` names the stored file."""
        raise AlreadyStoredError

    def send(self, address: str, text: str, choices: Sequence[Choice] = ()) -> str:  # noqa: ARG002 - see below
        """Return an id; the page itself shows the outbox to whoever has the reference."""
        return str(uuid4())

    def close(self) -> None:
        """Nothing is open."""


def _message(delivery: _Delivery) -> InboundMessage:
    sent_at = delivery.sent_at or datetime.now(UTC)
    aware = sent_at.replace(tzinfo=sent_at.tzinfo or UTC)
    return InboundMessage(
        id=delivery.id,
        kind=MessageKind.CONTENT,
        sent_at=wire.moment(aware.timestamp()),
        address=delivery.reference,
        text=delivery.text,
        attachments=tuple(_attachment(file) for file in delivery.files),
        language=delivery.language,
        raw_type="form",
    )


def _attachment(file: _File) -> Attachment:
    family = (file.media_type or "").partition("/")[0]
    return Attachment(
        ref=str(file.item),
        kind=KINDS.get(family, AttachmentKind.DOCUMENT),
        media_type=file.media_type,
        filename=file.filename,
        size=file.size,
        item_id=file.item,
    )
