"""A worker in the test's own process, and a reporter on a channel that is a small real class."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import ClassVar, cast

import msgspec
import pytest
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from hotline.channels.base import (
    Attachment,
    AttachmentKind,
    ChannelError,
    Choice,
    InboundMessage,
    MessageKind,
    UnreadableError,
)
from hotline.pipeline import steps


class Forward(msgspec.Struct):
    """What the fake provider delivers."""

    id: str
    address: str
    text: str | None = None
    files: list[str] = []


class FakeProvider:
    """A channel and its provider in one: deliveries in, files by name, replies out."""

    name: ClassVar[str] = "whatsapp"

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.sent: list[tuple[str, str]] = []
        self.outage = 0  # how many calls still fail

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
        return self._download(attachment.ref)

    @contextmanager
    def _download(self, name: str) -> Iterator[Iterator[bytes]]:
        self._fail_in_an_outage()
        if name not in self.files:
            raise ChannelError("The provider no longer has the file.", permanent=True)
        yield iter([self.files[name]])

    def send(self, address: str, text: str, choices: Sequence[Choice] = ()) -> str:
        self._fail_in_an_outage()
        self.sent.append((address, text))
        return f"reply-{len(self.sent)}"

    def _fail_in_an_outage(self) -> None:
        if self.outage:
            self.outage -= 1
            raise ChannelError("The provider is away.", retry_after_seconds=0.01)

    def heard_by(self, address: str) -> list[str]:
        """Return the replies that a reporter got."""
        return [text for to, text in self.sent if to == address]


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> FakeProvider:
    fake = FakeProvider()
    monkeypatch.setattr("hotline.intake.read.channel", lambda _name: fake)
    monkeypatch.setattr("hotline.intake.fetch.channel", lambda _name: fake)
    monkeypatch.setattr("hotline.intake.send.channel", lambda _name: fake)
    return fake


@pytest.fixture
def work() -> Callable[[], None]:
    """Run jobs until none is due."""

    async def run() -> None:
        connector = cast("DjangoConnector", app.connector).get_worker_connector()
        with app.replace_connector(connector):
            async with app.open_async():
                await app.run_worker_async(
                    wait=False,
                    concurrency=1,
                    listen_notify=False,
                    install_signal_handlers=False,
                    queues=["default"],
                )

    return lambda: asyncio.run(run())


@pytest.fixture
def forward(provider: FakeProvider) -> Callable[..., bool]:
    """Let a reporter forward a text or a file."""
    counter = iter(range(1000))

    def send(address: str, *, text: str | None = None, file: bytes | None = None) -> bool:
        number = next(counter)
        files = []
        if file is not None:
            files = [f"file-{number}"]
            provider.files[files[0]] = file
        body = msgspec.json.encode(Forward(f"message-{number}", address, text, files))
        return steps.receive("whatsapp", body)

    return send
