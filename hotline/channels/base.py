"""What every channel is: four verbs, and the message they translate to and from.

An adapter knows one provider's wire format and nothing of Django, the database or the
conversation, so that the stand-in phone, a recorded payload and the real provider all
look the same from above. Adapters are synchronous: they run in the worker's threads.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol
from uuid import UUID


class ChannelError(Exception):
    """The provider refused or could not be reached; `permanent` says not to try again."""

    def __init__(
        self, message: str, *, permanent: bool = False, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after_seconds = retry_after_seconds


class NotAuthenticError(Exception):
    """The delivery is not signed by the provider; `status` is the HTTP status it deserves.

    401 where the proof is missing, 403 where it is wrong.
    """

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class UnreadableError(Exception):
    """The delivery's body is not the provider's format at all (no JSON, no object)."""


class AttachmentKind(StrEnum):
    """What the app called the file; what it really is, the decoder finds out."""

    IMAGE = "image"
    VIDEO = "video"
    DOCUMENT = "document"
    STICKER = "sticker"
    AUDIO = "audio"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message, before its bytes reach the vault."""

    ref: str  # what `download` needs: a media id, a file id; never shown, never logged
    kind: AttachmentKind
    media_type: str | None = None  # as the sender's app claims
    filename: str | None = None
    size: int | None = None  # bytes, as claimed
    item_id: UUID | None = None  # set when the way in has stored it already (the web form)


class MessageKind(StrEnum):
    """What a message is to the conversation."""

    CONTENT = "content"  # text, attachments, or both
    CHOICE = "choice"  # a button was pressed; `text` is the choice's id
    WITHDRAWN = "withdrawn"  # the sender revoked message `about`; evidence stays
    EDITED = "edited"  # the sender changed message `about`; `text` is the new text
    REACTION = "reaction"  # an emoji on message `about`
    BLOCKED = "blocked"  # the reporter blocked us: do not write any more
    UNSUPPORTED = "unsupported"  # a reporter sent something we cannot read; ask again
    UNKNOWN = "unknown"  # a shape this adapter has never seen: kept, and a person looks
    NOTICE = "notice"  # the provider talks about itself or our own messages; no reporter


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One thing a reporter (or the provider) said, in our words."""

    id: str  # the provider's, unique within the channel; may contain a phone number
    kind: MessageKind
    sent_at: datetime  # UTC
    address: str | None = None  # where replies go; None for notices
    text: str | None = None  # body or caption
    attachments: tuple[Attachment, ...] = ()
    about: str | None = None  # id of the message this one withdraws, edits or reacts to
    album: str | None = None  # messages that were sent together share it
    language: str | None = None  # the app's hint, as BCP 47 ("nl", "pt-BR")
    is_forwarded: bool = False
    raw_type: str = ""  # the provider's own word, for statistics and "needs a look"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer the reporter can tap."""

    id: str  # comes back as the text of a CHOICE message; at most 64 bytes
    label: str


class Channel(Protocol):
    """One way in and out; constructors take URLs and tokens. tests/conformance.py has the rules."""

    name: ClassVar[str]

    def authenticate(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raise NotAuthenticError unless the provider signed these raw bytes.

        Header names are in lower case.
        """

    def parse(self, body: bytes) -> list[InboundMessage]:
        """Return every message of the delivery, in order, losing none.

        A part with an unknown shape becomes an UNKNOWN message, never an exception; only a
        body that is not the format at all raises UnreadableError.
        """

    def download(self, attachment: Attachment) -> AbstractContextManager[Iterator[bytes]]:
        """Open the attachment's bytes as a stream of chunks; raise ChannelError."""

    def send(self, address: str, text: str, choices: Sequence[Choice] = ()) -> str:
        """Send `text`, return the provider's id for it; raise ChannelError."""
