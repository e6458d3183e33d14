"""Translate a WhatsApp webhook into messages: all of its entries, changes and messages.

The shapes follow Meta's public documentation of Graph v25.0 and its OpenAPI examples. Every
field may be absent; `from` is absent for people who hide their number behind a user name.
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from hotline.channels import wire
from hotline.channels.base import Attachment, AttachmentKind, InboundMessage, MessageKind
from hotline.channels.wire import Said

# What Meta says about the business account; anything not listed is for a person to look at.
ACCOUNT_FIELDS = frozenset(
    {
        "account_alerts",
        "account_review_update",
        "account_settings_update",
        "account_update",
        "automatic_events",
        "business_capability_update",
        "business_status_update",
        "flows",
        "group_lifecycle_update",
        "group_participants_update",
        "group_settings_update",
        "group_status_update",
        "message_template_components_update",
        "message_template_quality_update",
        "message_template_status_update",
        "partner_solutions",
        "payment_configuration_update",
        "phone_number_name_update",
        "phone_number_quality_update",
        "security",
        "smb_app_state_sync",
        "smb_message_echoes",
        "template_category_update",
        "user_id_update",
        "user_preferences",
    }
)


class _Media(msgspec.Struct):
    id: str
    mime_type: str | None = None
    caption: str | None = None
    filename: str | None = None
    url: str | None = None


class _Text(msgspec.Struct):
    body: str


class _Reaction(msgspec.Struct):
    message_id: str | None = None
    emoji: str | None = None


class _Button(msgspec.Struct):
    payload: str | None = None
    text: str | None = None


class _Reply(msgspec.Struct):
    id: str


class _Interactive(msgspec.Struct):
    button_reply: _Reply | None = None
    list_reply: _Reply | None = None


class _Changed(msgspec.Struct):
    original_message_id: str | None = None
    message: Any = None


class _Location(msgspec.Struct):
    latitude: float | None = None
    longitude: float | None = None
    name: str | None = None
    address: str | None = None
    url: str | None = None


class _Context(msgspec.Struct):
    forwarded: bool = False
    frequently_forwarded: bool = False


class _Message(msgspec.Struct, rename={"sender": "from"}):
    id: str | None = None
    type: str = ""
    timestamp: float | None = None
    sender: str | None = None
    from_user_id: str | None = None
    context: _Context | None = None
    text: _Text | None = None
    image: _Media | None = None
    video: _Media | None = None
    document: _Media | None = None
    audio: _Media | None = None
    sticker: _Media | None = None
    location: _Location | None = None
    contacts: Any = None
    reaction: _Reaction | None = None
    button: _Button | None = None
    interactive: _Interactive | None = None
    revoke: _Changed | None = None
    edit: _Changed | None = None


def read(body: bytes) -> list[InboundMessage]:
    """Return every message, status and error of the webhook."""
    delivery = wire.opened(body)
    found = [one for entry in wire.listed(delivery.get("entry")) for one in _of_entry(entry)]
    return found or [wire.unknown(delivery, "delivery")]


def _of_entry(entry: object) -> Iterator[InboundMessage]:
    changes = wire.listed(entry.get("changes")) if isinstance(entry, dict) else []
    if not changes:
        yield wire.unknown(entry, "entry")
    for change in changes:
        yield from _of_change(change)


def _of_change(change: object) -> Iterator[InboundMessage]:
    field = wire.text_at(change, "field") or "change"
    value = change.get("value") if isinstance(change, dict) else None
    if not isinstance(value, dict):
        yield wire.unknown(change, field)
        return
    readers: dict[str, Callable[[Any, dict[str, Any]], InboundMessage]] = {
        "messages": _message,
        "statuses": _status,
        "errors": _error,
    }
    parts = [(read_one, part) for key, read_one in readers.items() for part in _list(value, key)]
    if not parts:
        kind = MessageKind.NOTICE if field in ACCOUNT_FIELDS else MessageKind.UNKNOWN
        yield InboundMessage(wire.content_id(change), kind, wire.moment(None), raw_type=field)
    for read_one, part in parts:
        yield read_one(part, value)


def _list(value: dict[str, Any], key: str) -> list[Any]:
    return wire.listed(value.get(key))


def _message(part: Any, value: dict[str, Any]) -> InboundMessage:
    raw_type = wire.text_at(part, "type") or "message"
    address = _address(part, value)
    message_id = wire.text_at(part, "id")
    model = wire.modelled(part, _Message)
    said = said_by(model) if model else None
    if model is None or said is None:
        return wire.unknown(part, raw_type, message_id=message_id, address=address)
    context = model.context or _Context()
    return InboundMessage(
        id=message_id or wire.content_id(part),
        kind=said.kind,
        sent_at=wire.moment(model.timestamp),
        address=None if said.kind is MessageKind.NOTICE else address,
        text=said.text,
        attachments=said.attachments,
        about=said.about,
        is_forwarded=context.forwarded or context.frequently_forwarded,
        raw_type=raw_type,
    )


def _address(part: Any, value: dict[str, Any]) -> str | None:
    """Return where replies go: the number, else the business-scoped user id."""
    given = wire.text_at(part, "from") or wire.text_at(part, "from_user_id")
    contacts = _list(value, "contacts")
    if given or len(contacts) != 1:  # With two contacts nobody can say whose message it is.
        return given
    return wire.text_at(contacts[0], "wa_id") or wire.text_at(contacts[0], "user_id")


def _status(part: Any, _: dict[str, Any]) -> InboundMessage:
    """Return what became of a message of ours; the code of a failure is in the raw type."""
    status = wire.text_at(part, "status") or "unknown"
    message_id = wire.text_at(part, "id")
    code = next((wire.text_at(error, "code") for error in _errors(part)), None)
    model = wire.modelled(part, _Message)
    return InboundMessage(
        id=f"{message_id}:{status}" if message_id else wire.content_id(part),
        kind=MessageKind.NOTICE,
        sent_at=wire.moment(model.timestamp if model else None),
        about=message_id,
        raw_type=":".join(filter(None, ["status", status, code])),
    )


def _error(part: Any, _: dict[str, Any]) -> InboundMessage:
    """Return an error Meta reports; 131035 means that incoming messages were lost."""
    code = wire.text_at(part, "code") or "unknown"
    identity, now = wire.content_id(part), wire.moment(None)
    return InboundMessage(identity, MessageKind.NOTICE, now, raw_type=f"error:{code}")


def _errors(part: Any) -> list[Any]:
    return wire.listed(part.get("errors")) if isinstance(part, dict) else []


def said_by(message: _Message) -> Said | None:
    """Return what the message says, or None for a type this adapter does not know."""
    reader = _READERS.get(message.type)
    return reader(message) if reader else None


def _text(message: _Message) -> Said | None:
    return Said(MessageKind.CONTENT, message.text.body) if message.text else None


def _media(message: _Message) -> Said | None:
    media: _Media | None = getattr(message, message.type)
    if media is None:
        return None
    attachment = Attachment(
        # The URL lives five minutes and saves a call; the id finds a new one for seven days.
        ref=f"{media.id} {media.url}" if media.url else media.id,
        kind=AttachmentKind(message.type),
        media_type=media.mime_type,
        filename=media.filename,
    )
    return Said(MessageKind.CONTENT, media.caption, (attachment,))


def _location(message: _Message) -> Said | None:
    place = message.location
    if place is None:
        return None
    point = None if place.latitude is None else f"{place.latitude}, {place.longitude}"
    return Said(MessageKind.CONTENT, wire.lines(place.name, place.address, point, place.url))


def _contacts(message: _Message) -> Said | None:
    found = []
    for contact in wire.listed(message.contacts):
        phones = wire.listed(contact.get("phones")) if isinstance(contact, dict) else []
        found.append(wire.text_at(contact, "name", "formatted_name"))
        found.extend(wire.text_at(phone, "phone") for phone in phones)
    text = wire.lines(*found)
    return Said(MessageKind.CONTENT, text) if text else None


def _reaction(message: _Message) -> Said | None:
    reaction = message.reaction or _Reaction()
    return Said(MessageKind.REACTION, reaction.emoji, about=reaction.message_id)


def _button(message: _Message) -> Said | None:
    button = message.button or _Button()
    choice = button.payload or button.text
    return Said(MessageKind.CHOICE, choice) if choice else None


def _interactive(message: _Message) -> Said | None:
    interactive = message.interactive or _Interactive()
    reply = interactive.button_reply or interactive.list_reply
    return Said(MessageKind.CHOICE, reply.id) if reply else None


def _revoke(message: _Message) -> Said | None:
    changed = message.revoke or _Changed()
    return Said(MessageKind.WITHDRAWN, about=changed.original_message_id)


def _edit(message: _Message) -> Said | None:
    changed = message.edit or _Changed()
    new = wire.modelled(changed.message, _Message)
    said = said_by(new) if new and new.type != "edit" else None
    said = said or Said(MessageKind.EDITED)
    about = changed.original_message_id
    return Said(MessageKind.EDITED, said.text, said.attachments, about)


def _system(_: _Message) -> Said | None:
    return Said(MessageKind.NOTICE)


def _unsupported(_: _Message) -> Said | None:
    return Said(MessageKind.UNSUPPORTED)


_READERS: dict[str, Callable[[_Message], Said | None]] = {
    "text": _text,
    "image": _media,
    "video": _media,
    "document": _media,
    "audio": _media,
    "sticker": _media,
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "button": _button,
    "interactive": _interactive,
    "revoke": _revoke,
    "edit": _edit,
    "system": _system,
    "unsupported": _unsupported,
}
