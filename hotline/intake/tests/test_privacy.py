"""What may never stand in a log: who reported, what they said, and what opens anything."""

import base64
import hashlib
import logging
from collections.abc import Callable

import pytest
from django.test import Client

from hotline.channels.base import ChannelError, InboundMessage
from hotline.custody.actors import Process
from hotline.custody.models import CustodyEntry
from hotline.intake.acknowledge import acknowledge
from hotline.intake.errors import TryAgainError
from hotline.intake.fetch import fetch
from hotline.intake.models import Delivery, Reply
from hotline.intake.read import read
from hotline.intake.send import send
from hotline.intake.tests.fake_channel import Provider, body_of

Photo = Callable[..., InboundMessage]
ADDRESS = "+31600000077"
TEXT = "a very particular sentence"
CONTENT = b"drawn by code, and nothing else"
SECRET = "open sesame"  # the fake channel's
DIGESTS = [hashlib.new(name, CONTENT) for name in ("md5", "sha1", "sha256")]


@pytest.mark.django_db
def test_no_log_line_and_no_custody_entry_tells_who_said_what(
    client: Client, photo: Photo, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    message = photo(CONTENT, id="wamid.77", address=ADDRESS, text=TEXT)
    drive(client, message, provider)
    digests = [form for digest in DIGESTS for form in forms_of(digest.digest())]
    secrets = [ADDRESS, ADDRESS[1:], TEXT, SECRET, "wamid.77", "ref-1", CONTENT.decode(), *digests]
    logged = " ".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    details = " ".join(
        f"{entry.subject_id} {entry.details}" for entry in CustodyEntry.objects.all()
    )
    assert CustodyEntry.objects.exists()
    assert [secret for secret in secrets if secret in logged + details] == []


def drive(client: Client, message: InboundMessage, provider: Provider) -> None:
    """Take a report through everything that could log it, failures included."""
    for secret in ("guess", SECRET):
        client.post(
            "/webhooks/fake",
            body_of(message),
            content_type="application/json",
            headers={"x-secret": secret},
        )
    reading = read(Delivery.objects.get(), actor=Process.WORKER)
    provider.problem = ChannelError("Busy.")
    with pytest.raises(TryAgainError):
        fetch(reading.attachments[0], actor=Process.WORKER)
    provider.problem = None
    fetch(reading.attachments[0], actor=Process.WORKER)
    acknowledge(reading.reports[0], actor=Process.WORKER)
    for reply in Reply.objects.all():
        send(reply)
    assert provider.sent


def forms_of(digest: bytes) -> list[str]:
    return [digest.hex(), digest.hex().upper(), base64.b64encode(digest).decode()]
