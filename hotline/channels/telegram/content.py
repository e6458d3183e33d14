"""What a Telegram message says: its text and hidden links, its files, or a change of the chat."""

from collections.abc import Iterator
from typing import Any

import msgspec

from hotline.channels import wire
from hotline.channels.base import Attachment, AttachmentKind, MessageKind
from hotline.channels.wire import Said

# Fields that say who, when and how, not what.
ABOUT_THE_MESSAGE = frozenset(
    {
        "author_signature",
        "business_connection_id",
        "caption_entities",
        "chat",
        "date",
        "direct_messages_topic",
        "edit_date",
        "effect_id",
        "entities",
        "ephemeral_message_id",
        "external_reply",
        "forward_origin",
        "from",
        "guest_bot_caller_chat",
        "guest_bot_caller_user",
        "guest_query_id",
        "has_media_spoiler",
        "has_protected_content",
        "is_automatic_forward",
        "is_from_offline",
        "is_paid_post",
        "is_topic_message",
        "link_preview_options",
        "media_group_id",
        "message_id",
        "message_thread_id",
        "paid_star_count",
        "quote",
        "receiver_user",
        "reply_markup",
        "reply_to_checklist_task_id",
        "reply_to_message",
        "reply_to_poll_option_id",
        "reply_to_story",
        "sender_boost_count",
        "sender_business_bot",
        "sender_chat",
        "sender_tag",
        "show_caption_above_media",
        "suggested_post_info",
        "via_bot",
    }
)
# What Telegram tells about the chat itself.
SERVICE = frozenset(
    {
        "boost_added",
        "channel_chat_created",
        "chat_background_set",
        "chat_owner_changed",
        "chat_owner_left",
        "chat_shared",
        "community_chat_added",
        "community_chat_removed",
        "connected_website",
        "delete_chat_photo",
        "direct_message_price_changed",
        "forum_topic_closed",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_reopened",
        "general_forum_topic_hidden",
        "general_forum_topic_unhidden",
        "group_chat_created",
        "left_chat_member",
        "managed_bot_created",
        "message_auto_delete_timer_changed",
        "migrate_from_chat_id",
        "migrate_to_chat_id",
        "new_chat_members",
        "new_chat_title",
        "paid_message_price_changed",
        "pinned_message",
        "proximity_alert_triggered",
        "supergroup_chat_created",
        "users_shared",
        "video_chat_ended",
        "video_chat_participants_invited",
        "video_chat_scheduled",
        "video_chat_started",
        "write_access_allowed",
    }
)


class User(msgspec.Struct):
    """Who wrote; the name is not read, for nobody needs it."""

    language_code: str | None = None


class Chat(msgspec.Struct):
    """Where it was written."""

    id: int


class File(msgspec.Struct):
    """A file of any kind, or one size of a photo."""

    file_id: str
    file_unique_id: str | None = None
    file_size: int | None = None
    width: int = 0
    height: int = 0
    mime_type: str | None = None
    file_name: str | None = None
    is_animated: bool = False
    is_video: bool = False


class PaidMedia(msgspec.Struct):
    """One picture or video that was paid for."""

    photo: list[File] | None = None
    video: File | None = None
    live_photo: File | None = None


class PaidMediaInfo(msgspec.Struct):
    """The pictures and videos that were paid for."""

    paid_media: list[PaidMedia] = []


class Entity(msgspec.Struct):
    """A stretch of formatted text; a `text_link` hides its URL here."""

    url: str | None = None


class Files(msgspec.Struct):
    """Where a message, or a message of another chat that it replies to, has its files."""

    photo: list[File] | None = None
    video: File | None = None
    animation: File | None = None
    document: File | None = None
    video_note: File | None = None
    voice: File | None = None
    audio: File | None = None
    sticker: File | None = None
    live_photo: File | None = None
    paid_media: PaidMediaInfo | None = None


class Message(Files, rename={"sender": "from"}):
    """A message, as far as a hotline needs it."""

    chat: Chat = msgspec.field(default_factory=lambda: Chat(id=0))
    date: float | None = None
    edit_date: float | None = None
    sender: User | None = None
    text: str | None = None
    caption: str | None = None
    entities: list[Entity] = []
    caption_entities: list[Entity] = []
    media_group_id: str | None = None
    forward_origin: dict[str, Any] | None = None
    external_reply: Files | None = None


def said_by(message: Message, part: dict[str, Any]) -> Said | None:
    """Return what the message says, or None where nothing in it is understood."""
    links = [one.url for one in [*message.entities, *message.caption_entities] if one.url]
    text = wire.lines(message.text or message.caption, *links, *_written_out(part))
    attachments = tuple(_attachments(message))
    if text or attachments:
        return Said(MessageKind.CONTENT, text, attachments)
    if "story" in part:  # The Bot API gives no way to fetch a story; a screenshot would do.
        return Said(MessageKind.UNSUPPORTED)
    if SERVICE & part.keys() or "new_chat_photo" in part:
        return Said(MessageKind.NOTICE)
    return None


def raw_type_of(part: object) -> str:
    """Return the name of the field that says what the message is."""
    keys = part.keys() if isinstance(part, dict) else ()
    return next((str(key) for key in keys if key not in ABOUT_THE_MESSAGE), "message")


def _written_out(part: dict[str, Any]) -> Iterator[str | None]:
    """Yield places, contacts and polls as text: they may be where it happens, or who does it."""
    yield wire.text_at(part, "venue", "title")
    yield wire.text_at(part, "venue", "address")
    place = part.get("location")
    if isinstance(place, dict) and {"latitude", "longitude"} <= place.keys():
        yield f"{place['latitude']}, {place['longitude']}"
    for key in ("first_name", "last_name", "phone_number"):
        yield wire.text_at(part, "contact", key)
    poll = part.get("poll")
    if isinstance(poll, dict):
        yield wire.text_at(poll, "question")
        yield from (wire.text_at(option, "text") for option in wire.listed(poll.get("options")))


def _attachments(message: Message) -> Iterator[Attachment]:
    seen = set()
    for files in filter(None, (message, message.external_reply)):
        for file, kind in _files(files):
            # An animation comes a second time as a document, a live photo as a photo.
            identity = file.file_unique_id or file.file_id
            if identity not in seen:
                seen.add(identity)
                yield _attachment(file, kind)


def _files(files: Files) -> Iterator[tuple[File, AttachmentKind]]:
    if files.photo:
        yield largest(files.photo), AttachmentKind.IMAGE
    named = (
        (files.live_photo, AttachmentKind.VIDEO),
        (files.video, AttachmentKind.VIDEO),
        (files.animation, AttachmentKind.VIDEO),
        (files.video_note, AttachmentKind.VIDEO),
        (files.document, AttachmentKind.DOCUMENT),
        (files.voice, AttachmentKind.AUDIO),
        (files.audio, AttachmentKind.AUDIO),
        (files.sticker, AttachmentKind.STICKER),
    )
    yield from ((file, kind) for file, kind in named if file)
    for paid in files.paid_media.paid_media if files.paid_media else []:
        if paid.photo:
            yield largest(paid.photo), AttachmentKind.IMAGE
        for video in filter(None, (paid.video, paid.live_photo)):
            yield video, AttachmentKind.VIDEO


def largest(sizes: list[File]) -> File:
    """Return the size with the most pixels: the one nearest to what was sent."""
    return max(sizes, key=lambda size: (size.width * size.height, size.file_size or 0))


def _attachment(file: File, kind: AttachmentKind) -> Attachment:
    return Attachment(
        ref=file.file_id,
        kind=kind,
        media_type=file.mime_type or _media_type(file, kind),
        filename=file.file_name,
        size=file.file_size,
    )


def _media_type(file: File, kind: AttachmentKind) -> str | None:
    """Return what Telegram makes of a file whose type it does not say."""
    if kind is AttachmentKind.IMAGE:
        return "image/jpeg"
    if kind is AttachmentKind.STICKER:
        still = "application/x-tgsticker" if file.is_animated else "image/webp"
        return "video/webm" if file.is_video else still
    return None
