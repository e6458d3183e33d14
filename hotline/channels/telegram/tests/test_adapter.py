"""Telegram: the secret, every kind of update, files up to 20 MB, and its flood control."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from hotline.channels.base import (
    Attachment,
    AttachmentKind,
    ChannelError,
    InboundMessage,
    MessageKind,
    NotAuthenticError,
)
from hotline.channels.telegram.adapter import Telegram
from hotline.channels.tests.conformance import Answer, ChannelSuite, Stream, answering, payloads

HERE = Path(__file__).parents[1]
SCHEMA = Path(__file__).parents[4].parent / "shared/payloads/telegram_bot_api_10.2_schema.json"
OFFICIAL = "https://api.telegram.example"


def telegram(**changes: str) -> Telegram:
    given = {"api_url": OFFICIAL, "bot_token": "7000000000:bot-token", "secret_token": "secret-1"}
    return Telegram(**{**given, **changes})


def read(name: str) -> InboundMessage:
    [message] = telegram().parse(payloads(HERE)[name])
    return message


def refusing(status: int, description: str, **parameters: int) -> Answer:
    problem = {"ok": False, "error_code": status, "description": description}
    return lambda _: httpx.Response(status, json={**problem, "parameters": parameters})


class TestTelegram(ChannelSuite):
    """The conformance suite on Telegram."""

    folder = HERE
    secrets = ("bot-token", "7000000000")

    def adapter(self) -> Telegram:
        return telegram()

    def signed(self, body: bytes) -> Mapping[str, str]:
        del body  # Telegram repeats a secret; it signs nothing.
        return {"x-telegram-bot-api-secret-token": "secret-1"}

    def serving(self, body: Stream) -> Answer:
        def answer(request: httpx.Request) -> httpx.Response:
            if request.url.path == "/bot7000000000:bot-token/getFile":
                result = {"file_id": "media-1", "file_path": "photos/file_1.jpg"}
                return httpx.Response(200, json={"ok": True, "result": result})
            assert request.url.path == "/file/bot7000000000:bot-token/photos/file_1.jpg"
            return httpx.Response(200, stream=body)

        return answer

    def accepting(self) -> Answer:
        result = {"message_id": 5, "chat": {"id": 31600000001}}
        return lambda _: httpx.Response(200, json={"ok": True, "result": result})

    def test_choices_are_buttons_under_the_last_part_of_a_long_text(self) -> None:
        first, last = self.sent(self.accepting(), choices=2, text="word " * 1000)
        assert "reply_markup" not in first
        assert last["reply_markup"]["inline_keyboard"][1] == [
            {"text": "Choice 2", "callback_data": "choice-2"}
        ]

    def test_flood_control_says_how_long_to_wait(self) -> None:
        with pytest.raises(ChannelError) as error:
            self.sent(refusing(429, "Too Many Requests: retry after 7", retry_after=7))
        assert (error.value.permanent, error.value.retry_after_seconds) == (False, 7)

    @pytest.mark.parametrize(
        ("status", "description"),
        [(403, "Forbidden: bot was blocked by the user"), (400, "Bad Request: chat not found")],
    )
    def test_who_cannot_be_written_to_is_not_tried_again(
        self, status: int, description: str
    ) -> None:
        with pytest.raises(ChannelError) as error:
            self.sent(refusing(status, description))
        assert error.value.permanent
        self.assert_keeps_secrets(error.value)

    @pytest.mark.parametrize("status", [401, 404])
    def test_a_wrong_token_waits_for_the_engineer(self, status: int) -> None:
        with pytest.raises(ChannelError, match="bot token") as error:
            self.sent(refusing(status, "Unauthorized"))
        assert error.value.retry_after_seconds == 300
        self.assert_keeps_secrets(error.value)

    def test_a_file_above_20_mb_is_refused_for_good_and_says_why(self) -> None:
        with pytest.raises(ChannelError, match="20 MB") as error:
            self.fetched(refusing(400, "Bad Request: file is too big"))
        assert error.value.permanent


def test_without_a_secret_nothing_is_authentic() -> None:
    headers = {"x-telegram-bot-api-secret-token": ""}
    with pytest.raises(NotAuthenticError):
        telegram(secret_token="").authenticate(headers, b"{}")


def test_a_wrong_secret_is_403_and_a_missing_one_401() -> None:
    with pytest.raises(NotAuthenticError) as wrong:
        telegram().authenticate({"x-telegram-bot-api-secret-token": "other"}, b"{}")
    assert wrong.value.status == 403


def test_of_a_photo_the_largest_size_is_taken() -> None:
    message = read("photo_forwarded")
    assert (message.text, message.is_forwarded) == ("from a group", True)
    assert [(one.ref[-1], one.kind, one.size) for one in message.attachments] == [
        ("l", AttachmentKind.IMAGE, 93399)
    ]


def test_an_album_is_held_together_by_its_id() -> None:
    first, second = read("album_first"), read("album_second")
    assert first.album == second.album == "7000000001:13370001"


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("document_image", ["document"]),
        ("animation", ["video"]),
        ("sticker", ["sticker"]),
        ("voice", ["audio"]),
        ("audio", ["audio"]),
        ("video_note", ["video"]),
        ("live_photo", ["image", "video"]),
        ("paid_media", ["image", "video"]),
        ("reply_to_another_chat", ["image"]),
    ],
)
def test_files_of_every_kind_are_found(name: str, kinds: list[str]) -> None:
    assert [one.kind.value for one in read(name).attachments] == kinds


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("text", MessageKind.CONTENT),
        ("story", MessageKind.UNSUPPORTED),
        ("dice", MessageKind.UNKNOWN),
        ("pinned", MessageKind.NOTICE),
        ("edited", MessageKind.EDITED),
        ("callback", MessageKind.CHOICE),
        ("blocked", MessageKind.BLOCKED),
        ("unblocked", MessageKind.NOTICE),
        ("reaction", MessageKind.REACTION),
        ("poll", MessageKind.NOTICE),
        ("channel_post", MessageKind.UNKNOWN),
        ("kind_never_seen", MessageKind.UNKNOWN),
    ],
)
def test_each_update_has_its_kind(name: str, kind: MessageKind) -> None:
    assert read(name).kind is kind


def test_an_edit_names_the_message_it_changes() -> None:
    assert read("edited").about == read("text").id
    assert read("edited").text == "Dit stond in twee kanalen"


def test_a_button_brings_the_choice_and_the_language() -> None:
    message = read("callback")
    assert (message.text, message.address, message.language) == ("yes", "7000000001", "nl")


def test_hidden_links_places_and_contacts_are_written_out() -> None:
    assert read("text_with_hidden_link").text == "look here\nhttps://example.org/a"
    assert read("venue").text == "Central Station\nStationsplein\n52.37, 4.89"
    assert read("contact").text == "Somebody\n+31600000009"


def test_what_is_said_in_a_group_is_answered_in_private() -> None:
    assert read("group_message").address == "7000000001"


def test_an_expired_file_address_may_be_tried_again() -> None:
    adapter = telegram()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/getFile"):
            return httpx.Response(200, json={"ok": True, "result": {"file_path": "photos/a"}})
        return httpx.Response(404)

    answering(adapter, answer)
    with (
        pytest.raises(ChannelError, match="expired") as error,
        adapter.download(Attachment("f", AttachmentKind.IMAGE)),
    ):
        pass
    assert not error.value.permanent


def types_of_schema() -> dict[str, Any]:
    schema = json.loads(SCHEMA.read_text())
    return {one["name"]: one for group in schema["items"] for one in group["children"]}


def example(types: dict[str, Any], kind: str, depth: int = 0) -> Any:
    """Return a value of this type of the schema, with all that is required in it."""
    simple: dict[str, Any] = {"Integer": 5, "String": "x", "Boolean": True, "True": True}
    if kind.startswith("Array of "):
        return [example(types, kind.removeprefix("Array of "), depth)]
    if kind in simple or depth > 6:
        return simple.get(kind, {})
    fields = types.get(kind, {}).get("annotations") or []
    needed = [one for one in fields if one["required"]]
    return {one["name"]: example(types, one["type"], depth + 1) for one in needed}


@pytest.mark.skipif(not SCHEMA.exists(), reason="the Bot API's schema is not beside us")
def test_every_field_of_an_update_is_understood_or_named() -> None:
    types = types_of_schema()
    fields = [one for one in types["Update"]["annotations"] if one["name"] != "update_id"]
    assert len(fields) == 26
    for field in fields:
        update = {"update_id": 7, field["name"]: example(types, field["type"])}
        [message] = telegram().parse(json.dumps(update).encode())
        is_named = message.raw_type in {field["name"], "message"}
        assert is_named, field["name"]


@pytest.mark.skipif(not SCHEMA.exists(), reason="the Bot API's schema is not beside us")
def test_every_field_of_a_message_is_understood_or_named() -> None:
    types = types_of_schema()
    whole = example(types, "Message")
    understood = {}
    for field in types["Message"]["annotations"]:
        part = {**whole, field["name"]: example(types, field["type"])}
        [message] = telegram().parse(json.dumps({"update_id": 7, "message": part}).encode())
        understood[field["name"]] = message.kind
        names_nothing = field["name"] in whole or message.raw_type == "message"
        assert names_nothing or message.raw_type == field["name"]
    media = {"photo", "video", "animation", "document", "video_note", "voice", "audio", "sticker"}
    media |= {"text", "live_photo", "location", "venue", "contact", "poll"}
    assert {name for name, kind in understood.items() if kind is MessageKind.CONTENT} >= media
