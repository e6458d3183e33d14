"""The Signal follower: the daemon says each thing once, so nothing may be dropped."""

import json
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from pytest_django import Settings

from hotline.intake.models import Delivery
from hotline.management.commands import follow_signal
from hotline.pipeline import steps

EVENT = json.dumps({"envelope": {"sourceUuid": "16c68127", "timestamp": 1795467887532}}).encode()


def _events(api_url: str, account: str) -> Iterator[bytes]:
    assert (api_url, account) == ("http://127.0.0.1:9", "+31600000009")
    yield from (EVENT, EVENT + b" ")


@pytest.mark.django_db
def test_every_event_becomes_a_delivery(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    options = {"api_url": "http://127.0.0.1:9", "account": "+31600000009"}
    path = settings.CHANNELS["signal"][0]
    settings.CHANNELS = {**settings.CHANNELS, "signal": (path, options)}
    monkeypatch.setattr(follow_signal, "events", _events)
    call_command("follow_signal")
    assert [delivery.body for delivery in Delivery.objects.order_by("received_at")] == [
        EVENT,
        EVENT + b" ",
    ]


@pytest.mark.django_db
def test_an_event_waits_for_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    real = steps.receive
    waits: list[float] = []

    def away_at_first(channel: str, body: bytes) -> bool:
        if not waits:
            raise OperationalError
        return real(channel, body)

    monkeypatch.setattr(steps, "receive", away_at_first)
    monkeypatch.setattr(connection, "close", lambda: None)  # the test's own
    follow_signal.keep(EVENT, sleep=waits.append)
    assert waits == [follow_signal.WAIT_SECONDS]
    assert Delivery.objects.get().body == EVENT
