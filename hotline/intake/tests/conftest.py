"""A channel to talk through, and a reporter who talks."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest
from pytest_django import Settings

from hotline.channels.base import Attachment, AttachmentKind, InboundMessage
from hotline.custody.actors import Process
from hotline.intake.models import Report
from hotline.intake.read import Reading, read
from hotline.intake.receive import receive
from hotline.intake.tests.fake_channel import PATH, PROVIDER, Provider, body_of, said

Hear = Callable[..., Reading]


@pytest.fixture(autouse=True)
def provider(settings: Settings) -> Iterator[Provider]:
    """The fake channel's other end, empty."""
    settings.CHANNELS = {**settings.CHANNELS, "fake": (PATH, {"secret": "open sesame"})}
    settings.PROFILE = "nl"
    PROVIDER.__init__()  # type: ignore[misc]  # as new
    yield PROVIDER
    PROVIDER.__init__()  # type: ignore[misc]  # as new


@pytest.fixture
def hear(db: None) -> Hear:
    """Let the hotline hear messages, in one delivery."""

    def hear(*messages: InboundMessage) -> Reading:
        delivery = receive("fake", body_of(*messages))
        assert delivery is not None
        return read(delivery, actor=Process.WORKER)

    return hear


@pytest.fixture
def photo(provider: Provider) -> Callable[..., InboundMessage]:
    """Make a message with a file that the provider holds."""
    numbers = count(1)

    def photo(content: bytes = b"drawn by code", **changes: object) -> InboundMessage:
        number = next(numbers)
        ref = f"ref-{number}"
        provider.files[ref] = content
        file = Attachment(ref=ref, kind=AttachmentKind.IMAGE, filename="IMG.jpg", size=None)
        values = {"id": f"photo {number}", "attachments": (file,), **changes}
        return said(**values)  # type: ignore[arg-type]  # a message's fields

    return photo


@pytest.fixture
def report(hear: Hear) -> Report:
    """A report that is only text."""
    return hear(said("I saw something on example.org")).reports[0]
