"""Translate one event of signal-cli's daemon into the message it carries.

Signal knows a message by its author and the moment it was sent, so ids are made of the
author's uuid, the device and that moment. An envelope comes wrapped in different ways,
depending on how the daemon was asked; all of them are understood.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from hotline.channels import wire
from hotline.channels.base import Attachment, AttachmentKind, InboundMessage, MessageKind
from hotline.channels.wire import Said

NOTICES = ("typingMessage", "receiptMessage", "callMessage", "syncMessage")
PARTS = ("dataMessage", "editMessage", *NOTICES)
MILLISECONDS = 1000
# Parts of a message that change the chat and say nothing.
SILENT = ("groupCallUpdate", "profileKeyUpdate", "isExpirationUpdate")
KINDS = {
    "image": AttachmentKind.IMAGE,
    "video": AttachmentKind.VIDEO,
    "audio": AttachmentKind.AUDIO,
}


class _File(msgspec.Struct):
    id: str
    contentType: str | None = None  # noqa: N815 - the wire's own name, here and below
    filename: str | None = None
    size: int | None = None
    caption: str | None = None


class _Preview(msgspec.Struct):
    url: str | None = None
    title: str | None = None
    image: _File | None = None


class _Sticker(msgspec.Struct):
    packId: str  # noqa: N815
    stickerId: int  # noqa: N815


class _Reaction(msgspec.Struct):
    emoji: str | None = None
    targetSentTimestamp: int | None = None  # noqa: N815
    isRemove: bool = False  # noqa: N815


class _RemoteDelete(msgspec.Struct):
    timestamp: int | None = None


class _Data(msgspec.Struct):
    message: str | None = None
    attachments: list[_File] | None = None
    previews: list[_Preview] | None = None
    sticker: _Sticker | None = None
    reaction: _Reaction | None = None
    remoteDelete: _RemoteDelete | None = None  # noqa: N815
    contacts: Any = None


def read(body: bytes) -> list[InboundMessage]:
    """Return the one message of the event."""
    event = wire.opened(body)
    if isinstance(event.get("params"), dict):  # a JSON-RPC notification, as on a socket
        event = event["params"]
    if isinstance(event.get("result"), dict):  # the answer to subscribeReceive
        event = event["result"]
    envelope = event.get("envelope", event)
    if not isinstance(envelope, dict):
        return [wire.unknown(event, "event")]
    return [_of_envelope(envelope, event)]


def _of_envelope(envelope: dict[str, Any], event: dict[str, Any]) -> InboundMessage:
    part = next((name for name in PARTS if envelope.get(name) is not None), None)
    if part in NOTICES:
        kind = MessageKind.NOTICE
        identity = f"{_key(envelope, 'timestamp')}:{part}"
        return InboundMessage(identity, kind, _moment(envelope), raw_type=part)
    if part is None:
        return _without_content(envelope, event)
    said = _edited(envelope) if part == "editMessage" else _data(envelope, envelope[part])
    if said is None:
        identity = _key(envelope, "timestamp")
        return wire.unknown(envelope, part, message_id=identity, address=_address(envelope))
    return _built(envelope, said, part)


def _without_content(envelope: dict[str, Any], event: dict[str, Any]) -> InboundMessage:
    """Return a message that could not be decrypted, or one of a kind that is new to us."""
    if isinstance(event.get("exception") or envelope.get("exception"), dict):
        return _built(envelope, Said(MessageKind.UNSUPPORTED), "exception")
    known = ("source", "timestamp", "server")
    raw_type = next((key for key in envelope if not key.startswith(known)), "envelope")
    identity = _key(envelope, "timestamp")
    return wire.unknown(envelope, raw_type, message_id=identity, address=_address(envelope))


def _built(envelope: dict[str, Any], said: Said, raw_type: str) -> InboundMessage:
    return InboundMessage(
        id=_key(envelope, "timestamp"),
        kind=said.kind,
        sent_at=_moment(envelope),
        address=None if said.kind is MessageKind.NOTICE else _address(envelope),
        text=said.text,
        attachments=said.attachments,
        about=said.about,
        raw_type=raw_type,
    )


def _address(envelope: dict[str, Any]) -> str | None:
    """Return where replies go: always to the person, also for what was said in a group."""
    names = ("sourceUuid", "sourceNumber", "source")
    return next(filter(None, (wire.text_at(envelope, name) for name in names)), None)


def _moment(envelope: dict[str, Any]) -> Any:
    timestamp = envelope.get("timestamp")
    is_number = isinstance(timestamp, int)
    return wire.moment(timestamp if is_number else None, per_second=MILLISECONDS)


def _key(envelope: dict[str, Any], *path: str) -> str:
    """Return the id of the message that was sent at the moment this path names."""
    sent = wire.text_at(envelope, *path)
    address = _address(envelope)
    if sent is None or address is None:
        return wire.content_id(envelope)
    return f"{address}:{wire.text_at(envelope, 'sourceDevice') or 0}:{sent}"


def _target(envelope: dict[str, Any], sent: int | None) -> str | None:
    """Return the id of the message by the same sender that this one is about."""
    return _key({**envelope, "timestamp": sent}, "timestamp") if sent else None


def _edited(envelope: dict[str, Any]) -> Said | None:
    edit = envelope["editMessage"]
    said = _data(envelope, edit.get("dataMessage")) if isinstance(edit, dict) else None
    if said is None:
        return None
    target = edit.get("targetSentTimestamp")
    about = _target(envelope, target if isinstance(target, int) else None)
    return Said(MessageKind.EDITED, said.text, said.attachments, about)


def _data(envelope: dict[str, Any], part: Any) -> Said | None:
    data = wire.modelled(part, _Data)
    if data is None:
        return None
    if data.remoteDelete:
        return Said(MessageKind.WITHDRAWN, about=_target(envelope, data.remoteDelete.timestamp))
    if data.reaction:
        emoji = None if data.reaction.isRemove else data.reaction.emoji
        # People react to what we wrote; the id of our message is its moment (see `send`).
        sent = data.reaction.targetSentTimestamp
        return Said(MessageKind.REACTION, emoji, about=str(sent) if sent else None)
    text = wire.lines(*_texts(data))
    attachments = tuple(_attachments(data))
    if text or attachments:
        return Said(MessageKind.CONTENT, text, attachments)
    is_silent = any(part.get(key) for key in SILENT)
    is_silent = is_silent or wire.text_at(part, "groupInfo", "type") == "UPDATE"
    return Said(MessageKind.NOTICE) if is_silent else None


def _texts(data: _Data) -> Iterator[str | None]:
    yield data.message
    yield from (file.caption for file in data.attachments or [])
    written = data.message or ""
    yield from (one.url for one in data.previews or [] if one.url and one.url not in written)
    for contact in wire.listed(data.contacts):
        names = (wire.text_at(contact, "name", key) for key in ("display", "given", "family"))
        yield next(filter(None, names), None)
        phones = wire.listed(contact.get("phone")) if isinstance(contact, dict) else []
        yield from (wire.text_at(phone, "value") for phone in phones)


def _attachments(data: _Data) -> Iterator[Attachment]:
    previews = [preview.image for preview in data.previews or [] if preview.image]
    for file in [*(data.attachments or []), *previews]:
        family = (file.contentType or "").partition("/")[0]
        yield Attachment(
            ref=file.id,
            kind=KINDS.get(family, AttachmentKind.DOCUMENT),
            media_type=file.contentType,
            filename=file.filename,
            size=file.size,
        )
    if data.sticker:
        ref = f"sticker {data.sticker.packId} {data.sticker.stickerId}"
        yield Attachment(ref=ref, kind=AttachmentKind.STICKER, media_type="image/webp")
