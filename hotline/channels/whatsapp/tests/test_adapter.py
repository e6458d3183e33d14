"""WhatsApp: signatures, every type of message, media that moves, and Meta's error codes."""

import hmac
import json
from collections.abc import Mapping
from hashlib import sha256
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
from hotline.channels.tests.conformance import Answer, ChannelSuite, Stream, answering, payloads
from hotline.channels.whatsapp.adapter import WhatsApp

HERE = Path(__file__).parents[1]
META = Path(__file__).parents[4].parent / "shared/payloads/whatsapp_openapi_v23_webhooks.json"
FILE = "https://lookaside.example/file"


def whatsapp(**changes: str) -> WhatsApp:
    given = {
        "api_url": "https://graph.example",
        "api_version": "v25.0",
        "phone_number_id": "1002",
        "access_token": "access-token-1",
        "app_secret": "app-secret-1",
        "verify_token": "verify-token-1",
    }
    return WhatsApp(**{**given, **changes})


def read(name: str) -> list[InboundMessage]:
    return whatsapp().parse(payloads(HERE)[name])


def n_parts(delivery: Any) -> int:
    """Return the number of things in a webhook."""
    values = [change["value"] for entry in delivery["entry"] for change in entry["changes"]]
    keys = ("messages", "statuses", "errors")
    return sum(sum(len(value.get(key, [])) for key in keys) or 1 for value in values)


def refusing(code: int, status: int = 400) -> Answer:
    return lambda _: httpx.Response(status, json={"error": {"code": code, "message": "secret"}})


class TestWhatsApp(ChannelSuite):
    """The conformance suite on WhatsApp."""

    folder = HERE
    secrets = ("access-token-1", "app-secret-1")

    def adapter(self) -> WhatsApp:
        return whatsapp()

    def signed(self, body: bytes) -> Mapping[str, str]:
        digest = hmac.new(b"app-secret-1", body, sha256).hexdigest()
        return {"x-hub-signature-256": f"sha256={digest}"}

    def count(self, delivery: Any) -> int:
        return n_parts(delivery)

    def serving(self, body: Stream) -> Answer:
        def answer(request: httpx.Request) -> httpx.Response:
            if request.url.host == "graph.example":
                assert request.url.params["phone_number_id"] == "1002"
                return httpx.Response(200, json={"url": FILE, "file_size": "123", "id": "media-1"})
            assert request.headers["authorization"] == "Bearer access-token-1"
            return httpx.Response(200, stream=body)

        return answer

    def accepting(self) -> Answer:
        return lambda _: httpx.Response(200, json={"messages": [{"id": "wamid.OURS"}]})

    def test_a_body_that_was_changed_on_the_way_is_refused(self) -> None:
        body = payloads(HERE)["text"]
        with pytest.raises(NotAuthenticError) as refusal:
            whatsapp().authenticate(self.signed(body), body.replace(b"groep", b"group"))
        assert refusal.value.status == 403

    def test_buttons_are_used_up_to_three_and_numbers_above(self) -> None:
        assert self.sent(self.accepting(), choices=3)[0]["type"] == "interactive"
        body = self.sent(self.accepting(), choices=4)[0]["text"]["body"]
        assert body.endswith("4 Choice 4")

    def test_a_text_too_long_for_one_message_is_sent_in_several(self) -> None:
        calls = self.sent(self.accepting(), text="word " * 1000)
        assert [len(call["text"]["body"]) <= 4096 for call in calls] == [True, True]

    @pytest.mark.parametrize("code", [131026, 131047, 131051, 131031, 368])
    def test_what_can_never_arrive_is_permanent(self, code: int) -> None:
        with pytest.raises(ChannelError, match=str(code)) as error:
            self.sent(refusing(code))
        assert error.value.permanent
        self.assert_keeps_secrets(error.value)

    @pytest.mark.parametrize("code", [4, 80007, 130429, 131000, 131016, 131056, 131057, 131048])
    def test_limits_and_hiccups_are_worth_another_try(self, code: int) -> None:
        with pytest.raises(ChannelError) as error:
            self.sent(refusing(code))
        assert not error.value.permanent

    @pytest.mark.parametrize("code", [0, 3, 10, 190, 200])
    def test_a_token_that_is_not_accepted_waits_for_the_engineer(self, code: int) -> None:
        with pytest.raises(ChannelError, match="access token") as error:
            self.sent(refusing(code, status=401))
        assert error.value.retry_after_seconds == 300

    def test_the_pair_limit_says_how_long_to_wait(self) -> None:
        with pytest.raises(ChannelError) as error:
            self.sent(refusing(131056))
        assert error.value.retry_after_seconds == 6


def test_without_an_app_secret_nothing_is_authentic() -> None:
    digest = hmac.new(b"", b"{}", sha256).hexdigest()
    with pytest.raises(NotAuthenticError):
        whatsapp(app_secret="").authenticate({"x-hub-signature-256": f"sha256={digest}"}, b"{}")


@pytest.mark.parametrize(
    ("mode", "token", "ours"),
    [("subscribe", "wrong", "right"), ("other", "right", "right"), ("subscribe", "", "")],
)
def test_a_wrong_handshake_is_refused(mode: str, token: str, ours: str) -> None:
    query = {"hub.mode": mode, "hub.verify_token": token, "hub.challenge": "42"}
    with pytest.raises(NotAuthenticError) as refusal:
        whatsapp(verify_token=ours).handshake(query)
    assert refusal.value.status == 403


def test_the_right_handshake_returns_the_challenge() -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "verify-token-1", "hub.challenge": "42"}
    assert whatsapp().handshake(query) == "42"


def test_a_forwarded_image_brings_its_caption_and_id() -> None:
    [message] = read("image_forwarded")
    assert (message.kind, message.text) == (MessageKind.CONTENT, "from a group")
    assert message.is_forwarded
    assert [(one.ref, one.kind) for one in message.attachments] == [
        ("1000000000000101", AttachmentKind.IMAGE)
    ]


def test_a_hidden_number_is_answered_at_the_user_id() -> None:
    assert read("hidden_number")[0].address == "NL.13491208655302741918"
    assert read("identity_in_contact_only")[0].address == "NL.13491208655302741919"


def test_a_user_id_is_sent_to_as_recipient_and_a_number_as_to() -> None:
    adapter, calls = whatsapp(), []

    def answer(request: httpx.Request) -> httpx.Response:
        calls.append(json.loads(request.content))
        return httpx.Response(200, json={"messages": [{"id": "wamid.OURS"}]})

    answering(adapter, answer)
    adapter.send("31600000001", "Hello")
    adapter.send("NL.1349", "Hello")
    assert [(one.get("to"), one.get("recipient")) for one in calls] == [
        ("31600000001", None),
        (None, "NL.1349"),
    ]


def test_all_entries_changes_and_messages_are_read_in_order() -> None:
    texts = [message.text for message in read("several_entries_changes_messages")]
    assert texts == ["one", "two", "four", "three"]


@pytest.mark.parametrize(
    ("name", "kind", "text", "about"),
    [
        ("revoke", MessageKind.WITHDRAWN, None, "wamid.EXAMPLE0001"),
        ("edit", MessageKind.EDITED, "Ik kreeg dit in een klassengroep", "wamid.EXAMPLE0001"),
        ("reaction", MessageKind.REACTION, "👍", "wamid.EXAMPLE0001"),
        ("button", MessageKind.CHOICE, "yes", None),
        ("button_reply", MessageKind.CHOICE, "no", None),
        ("list_reply", MessageKind.CHOICE, "skip", None),
        ("unsupported_too_large", MessageKind.UNSUPPORTED, None, None),
        ("unknown_type", MessageKind.UNKNOWN, None, None),
        ("system_changed_number", MessageKind.NOTICE, None, None),
        ("account_update", MessageKind.NOTICE, None, None),
        ("field_never_seen", MessageKind.UNKNOWN, None, None),
    ],
)
def test_each_type_has_its_kind(
    name: str, kind: MessageKind, text: str | None, about: str | None
) -> None:
    [message] = read(name)
    assert (message.kind, message.text, message.about) == (kind, text, about)


def test_statuses_and_errors_name_their_code() -> None:
    types = [message.raw_type for message in read("statuses") + read("errors_inbound_lost")]
    assert types == [
        "status:delivered",
        "status:read",
        "status:failed:131047",
        "error:131035",
    ]


def test_a_place_and_a_contact_are_written_out() -> None:
    place, contact = read("location_and_contact")
    assert place.text == "Central Station\nStationsplein\n52.37, 4.89"
    assert contact.text == "Somebody\n+31600000009"


def test_one_part_that_cannot_be_read_takes_no_other_with_it() -> None:
    delivery = json.loads(payloads(HERE)["several_entries_changes_messages"])
    delivery["entry"][0]["changes"][0]["value"]["messages"][0]["text"] = ["not", "text"]
    kinds = [one.kind for one in whatsapp().parse(json.dumps(delivery).encode())]
    assert kinds == [MessageKind.UNKNOWN] + [MessageKind.CONTENT] * 3


def fetch(answer: Answer, ref: str) -> bytes:
    adapter = whatsapp()
    answering(adapter, answer)
    with adapter.download(Attachment(ref, AttachmentKind.IMAGE)) as chunks:
        return b"".join(chunks)


@pytest.mark.parametrize("status", [401, 404, 410])
def test_an_expired_address_is_asked_for_again(status: int) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/old":
            return httpx.Response(status)
        if request.url.host == "graph.example":
            return httpx.Response(200, json={"url": FILE})
        return httpx.Response(200, content=b"bytes")

    assert fetch(answer, "1003 https://lookaside.example/old") == b"bytes"


def test_an_address_that_came_with_the_message_saves_a_call() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "lookaside.example"
        return httpx.Response(200, content=b"bytes")

    assert fetch(answer, "1003 https://lookaside.example/new") == b"bytes"


def test_media_that_meta_has_deleted_is_gone_for_good() -> None:
    with pytest.raises(ChannelError, match="any more") as error:
        fetch(lambda _: httpx.Response(404, json={"error": {"code": 100}}), "1003")
    assert error.value.permanent


def test_our_token_never_travels_unencrypted() -> None:
    with pytest.raises(ChannelError, match="not encrypted"):
        fetch(lambda _: httpx.Response(200, json={"url": "http://lookaside.example/x"}), "1003")


def test_a_channel_without_a_token_says_so() -> None:
    with pytest.raises(ChannelError, match="not set up"):
        whatsapp(access_token="").send("31600000001", "Hello")


@pytest.mark.skipif(not META.exists(), reason="Meta's OpenAPI examples are not beside us")
def test_all_examples_of_meta_are_read_without_loss() -> None:
    examples = json.loads(META.read_text())
    assert len(examples) == 16
    for name, delivery in examples.items():
        found = whatsapp().parse(json.dumps(delivery).encode())
        assert len(found) == n_parts(delivery), name
        is_order = name == "Order Message"  # a shop's order: nothing a hotline sells
        assert [one.kind is MessageKind.UNKNOWN for one in found] == [is_order], name
