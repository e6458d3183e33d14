"""Translate a Telegram update of any kind into messages.

The shapes follow the Bot API 10.2. What cannot carry a report (polls, boosts, payments) is a
NOTICE; a kind that this table does not name is UNKNOWN, so that a new one is never dropped.
"""

from collections.abc import Callable
from typing import Any

from hotline.channels import wire
from hotline.channels.base import InboundMessage, MessageKind
from hotline.channels.telegram.content import Message, User, raw_type_of, said_by

PRIVATE = "private"
NOTICES = frozenset(
    {
        "business_connection",
        "chat_boost",
        "chat_join_request",
        "chat_member",
        "chosen_inline_result",
        "deleted_business_messages",
        "inline_query",
        "managed_bot",
        "message_reaction_count",
        "poll",
        "poll_answer",
        "pre_checkout_query",
        "purchased_paid_media",
        "removed_chat_boost",
        "shipping_query",
        "subscription",
    }
)


def read(body: bytes) -> list[InboundMessage]:
    """Return what the update says; Telegram puts one thing into each."""
    update = wire.opened(body)
    number = wire.text_at(update, "update_id")
    parts = [(key, part) for key, part in update.items() if key != "update_id"]
    if not parts:
        return [wire.unknown(update, "update", message_id=number and f"update:{number}")]
    return [_part(key, part, number) for key, part in parts]


def _part(key: str, part: Any, number: str | None) -> InboundMessage:
    identity = f"update:{number}:{key}" if number else wire.content_id([key, part])
    reader = _READERS.get(key)
    found = reader(part, identity) if reader else None
    if found:
        return found
    if key in NOTICES:
        return InboundMessage(identity, MessageKind.NOTICE, _moment(part), raw_type=key)
    return wire.unknown(part, key, message_id=identity, address=address_of(part))


def _moment(part: Any) -> Any:
    date = part.get("date") if isinstance(part, dict) else None
    return wire.moment(date if isinstance(date, int) else None)


def address_of(part: Any) -> str | None:
    """Return the chat replies go to; never a group, where others would read them."""
    if wire.text_at(part, "chat", "type") == PRIVATE:
        return wire.text_at(part, "chat", "id")
    return wire.text_at(part, "from", "id")


def message_id(part: Any) -> str | None:
    """Return the id of a message: Telegram counts messages in each chat by itself."""
    chat, number = wire.text_at(part, "chat", "id"), wire.text_at(part, "message_id")
    return f"{chat}:{number}" if chat and number else None


def _message(part: Any, identity: str) -> InboundMessage | None:
    identity = message_id(part) or identity
    model = wire.modelled(part, Message)
    said = said_by(model, part) if model else None
    if model is None or said is None:
        raw_type = raw_type_of(part)
        return wire.unknown(part, raw_type, message_id=identity, address=address_of(part))
    return InboundMessage(
        id=identity,
        kind=said.kind,
        sent_at=wire.moment(model.date),
        address=None if said.kind is MessageKind.NOTICE else address_of(part),
        text=said.text,
        attachments=said.attachments,
        album=f"{model.chat.id}:{model.media_group_id}" if model.media_group_id else None,
        language=(model.sender or User()).language_code,
        is_forwarded=bool(model.forward_origin),
        raw_type=raw_type_of(part),
    )


def _edited(part: Any, identity: str) -> InboundMessage | None:
    model = wire.modelled(part, Message)
    said = said_by(model, part) if model else None
    if model is None or said is None:
        return None
    return InboundMessage(
        id=identity,
        kind=MessageKind.EDITED,
        sent_at=wire.moment(model.edit_date or model.date),
        address=address_of(part),
        text=said.text,
        attachments=said.attachments,
        about=message_id(part),
        language=(model.sender or User()).language_code,
        is_forwarded=bool(model.forward_origin),
        raw_type="edited_message",
    )


def _callback(part: Any, identity: str) -> InboundMessage | None:
    choice = wire.text_at(part, "data")
    if choice is None:
        return None
    return InboundMessage(
        id=identity,
        kind=MessageKind.CHOICE,
        sent_at=wire.moment(None),  # Telegram does not say when the button was pressed.
        address=wire.text_at(part, "from", "id"),
        text=choice,
        about=message_id(part.get("message")),
        language=wire.text_at(part, "from", "language_code"),
        raw_type="callback_query",
    )


def _my_chat_member(part: Any, identity: str) -> InboundMessage | None:
    """Return whether the reporter blocked us; in a private chat this says nothing else."""
    is_private = wire.text_at(part, "chat", "type") == PRIVATE
    status = wire.text_at(part, "new_chat_member", "status")
    if status is None:
        return None
    is_blocked = is_private and status == "kicked"
    return InboundMessage(
        id=identity,
        kind=MessageKind.BLOCKED if is_blocked else MessageKind.NOTICE,
        sent_at=_moment(part),
        address=wire.text_at(part, "chat", "id") if is_blocked else None,
        raw_type="my_chat_member",
    )


def _reaction(part: Any, identity: str) -> InboundMessage | None:
    if not isinstance(part, dict) or message_id(part) is None:
        return None
    emoji = [wire.text_at(one, "emoji") for one in wire.listed(part.get("new_reaction"))]
    is_private = wire.text_at(part, "chat", "type") == PRIVATE
    return InboundMessage(
        id=identity,
        kind=MessageKind.REACTION,
        sent_at=_moment(part),
        address=wire.text_at(part, *(("chat", "id") if is_private else ("user", "id"))),
        text=" ".join(filter(None, emoji)) or None,
        about=message_id(part),
        raw_type="message_reaction",
    )


_READERS: dict[str, Callable[[Any, str], InboundMessage | None]] = {
    "message": _message,
    "edited_message": _edited,
    "callback_query": _callback,
    "my_chat_member": _my_chat_member,
    "message_reaction": _reaction,
}
