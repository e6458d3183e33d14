"""A small real channel for tests: its wire format is our own words as JSON."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

import msgspec

from hotline.channels.base import (
    Attachment,
    ChannelError,
    Choice,
    InboundMessage,
    MessageKind,
    NotAuthenticError,
    UnreadableError,
)

AT = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
PATH = "hotline.intake.tests.fake_channel.FakeChannel"


@dataclass
class Provider:
    """What stands at the other end: files to download, and a phone that gets replies."""

    files: dict[str, bytes] = field(default_factory=dict)
    sent: list[tuple[str, str, list[str]]] = field(default_factory=list)
    downloads: list[str] = field(default_factory=list)
    problem: ChannelError | None = None


PROVIDER = Provider()


class FakeChannel:
    """Adapter to PROVIDER."""

    name: ClassVar[str] = "fake"

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def authenticate(self, headers: Mapping[str, str], body: bytes) -> None:  # noqa: ARG002  # signs no body
        """Check the secret."""
        if "x-secret" not in headers:
            raise NotAuthenticError("No secret.", status=401)
        if headers["x-secret"] != self._secret:
            raise NotAuthenticError("Wrong secret.", status=403)

    def handshake(self, query: Mapping[str, str]) -> str:
        """Return the challenge to whoever knows the secret."""
        if query.get("token") != self._secret:
            raise NotAuthenticError("Wrong token.", status=403)
        return query["challenge"]

    def parse(self, body: bytes) -> list[InboundMessage]:
        """Return the messages."""
        try:
            return msgspec.json.decode(body, type=dict[str, list[InboundMessage]])["messages"]
        except (msgspec.MsgspecError, KeyError):
            raise UnreadableError("Not ours.") from None

    @contextmanager
    def download(self, attachment: Attachment) -> Iterator[Iterator[bytes]]:
        """Open PROVIDER's file."""
        PROVIDER.downloads.append(attachment.ref)
        if PROVIDER.problem:
            raise PROVIDER.problem
        content = PROVIDER.files[attachment.ref]
        yield (content[start : start + 1000] for start in range(0, len(content), 1000))

    def send(self, address: str, text: str, choices: Sequence[Choice] = ()) -> str:
        """Show the reply on PROVIDER's phone."""
        if PROVIDER.problem:
            raise PROVIDER.problem
        PROVIDER.sent.append((address, text, [choice.id for choice in choices]))
        return f"sent-{len(PROVIDER.sent)}"


def said(text: str | None = None, **changes: Any) -> InboundMessage:
    """Return a message from the reporter "+31600000001"."""
    values: dict[str, Any] = {
        "id": f"message {text}",
        "kind": MessageKind.CONTENT,
        "sent_at": AT,
        "address": "+31600000001",
        "text": text,
        "language": "en",
    }
    return InboundMessage(**{**values, **changes})


def body_of(*messages: InboundMessage) -> bytes:
    """Return the delivery of these messages."""
    return json.dumps({"messages": msgspec.to_builtins(messages)}).encode()
