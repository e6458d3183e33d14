"""The adapters against the stand-in phone, over real HTTP: nothing of either side is replaced."""

from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from hotline.channels.base import Channel, ChannelError, Choice, InboundMessage
from hotline.channels.signal.adapter import Signal
from hotline.channels.signal.follow import events
from hotline.channels.telegram.adapter import Telegram
from hotline.channels.whatsapp.adapter import WhatsApp
from phone.samples import sample
from phone.tests import running

APPS = ("whatsapp", "telegram", "signal")


@pytest.fixture
def hotline() -> Iterator[running.Hotline]:
    with running.hotline() as noted:
        yield noted


@pytest.fixture
def phone(hotline: running.Hotline) -> Iterator[httpx.Client]:
    with running.phone(hotline.url) as client:
        yield client


@pytest.fixture
def channels(phone: httpx.Client) -> Iterator[dict[str, Channel]]:
    url = str(phone.base_url).rstrip("/")
    given = running.settings("")
    with (
        closing(
            WhatsApp(
                f"{url}/graph",
                "v25.0",
                given.whatsapp_number_id,
                given.whatsapp_access_token,
                given.whatsapp_app_secret,
                given.whatsapp_verify_token,
            )
        ) as whatsapp,
        closing(
            Telegram(f"{url}/telegram", given.telegram_bot_token, given.telegram_secret_token)
        ) as telegram,
        closing(Signal(f"{url}/signal", given.signal_account)) as signal,
    ):
        yield {"whatsapp": whatsapp, "telegram": telegram, "signal": signal}


def received(
    app: str, phone: httpx.Client, hotline: running.Hotline, channels: dict[str, Channel]
) -> InboundMessage:
    """Return the first message that reached the hotline, read by its adapter."""
    if app == "signal":
        with closing(events(f"{phone.base_url}/signal")) as arriving:
            body = next(arriving)
    else:
        webhook = hotline.wait_for(1)[0]
        channels[app].authenticate(webhook.headers, webhook.body)
        body = webhook.body
    [message] = channels[app].parse(body)
    return message


def send(phone: httpx.Client, **order: object) -> None:
    assert phone.post("/phone/send", json={"person": "alice", **order}).status_code == 200


@pytest.mark.parametrize("app", APPS)
def test_a_picture_arrives_byte_for_byte(
    app: str, phone: httpx.Client, hotline: running.Hotline, channels: dict[str, Channel]
) -> None:
    send(phone, app=app, sample="harbour", text="from a group")
    message = received(app, phone, hotline, channels)
    assert message.text == "from a group"
    with channels[app].download(message.attachments[0]) as chunks:
        assert b"".join(chunks) == sample("harbour")


@pytest.mark.parametrize("app", APPS)
def test_a_reply_with_choices_is_read_on_the_phone(
    app: str, phone: httpx.Client, hotline: running.Hotline, channels: dict[str, Channel]
) -> None:
    send(phone, app=app, text="hello")
    message = received(app, phone, hotline, channels)
    choices = [Choice("yes", "Yes"), Choice("no", "No"), Choice("skip", "Skip")]
    assert channels[app].send(message.address or "", "Is it you?", choices)
    chat = phone.get("/phone/messages", params={"app": app, "person": "alice"}).json()
    reply = chat["messages"][-1]
    assert reply["author"] == "hotline"
    assert len(reply["choices"]) == (0 if app == "signal" else 3)
    assert app != "signal" or reply["text"].endswith("1 Yes\n2 No\n3 Skip")


@pytest.mark.parametrize("app", APPS)
def test_during_an_outage_everything_is_worth_another_try(
    app: str, phone: httpx.Client, hotline: running.Hotline, channels: dict[str, Channel]
) -> None:
    send(phone, app=app, sample="pond")
    message = received(app, phone, hotline, channels)
    phone.post("/phone/outage", json={"app": app, "mode": "refuse"})
    with pytest.raises(ChannelError) as sending:
        channels[app].send(message.address or "", "Thanks")
    with pytest.raises(ChannelError) as fetching, channels[app].download(message.attachments[0]):
        pass
    assert not sending.value.permanent
    assert not fetching.value.permanent


@pytest.mark.parametrize("app", APPS)
def test_who_never_wrote_cannot_be_written_to(
    app: str, phone: httpx.Client, channels: dict[str, Channel]
) -> None:
    with pytest.raises(ChannelError) as error:
        channels[app].send("31600099999", "Hello")
    assert error.value.permanent


def test_the_follower_finds_its_way_back_after_an_outage(phone: httpx.Client) -> None:
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        phone.post("/phone/outage", json={"app": "signal", "mode": "none"})

    phone.post("/phone/outage", json={"app": "signal", "mode": "refuse"})
    send(phone, app="signal", text="kept\u2028whole")
    with closing(events(f"{phone.base_url}/signal", sleep=sleep)) as arriving:
        assert b"kept" in next(arriving)
    assert len(waits) == 1


def test_the_follower_waits_longer_each_time_but_never_above_half_a_minute() -> None:
    class EnoughError(Exception):
        """The test has seen enough."""

    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 12:
            raise EnoughError

    with pytest.raises(EnoughError):
        next(events("http://127.0.0.1:1/signal", sleep=sleep))
    assert waits[0] <= 0.5
    assert 15 <= waits[-1] <= 30
