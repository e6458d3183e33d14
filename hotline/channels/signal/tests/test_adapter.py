"""Signal: one event, one message; files out of base64; results that are errors."""

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from hotline.channels.base import (
    Attachment,
    AttachmentKind,
    ChannelError,
    InboundMessage,
    MessageKind,
)
from hotline.channels.signal.adapter import Signal
from hotline.channels.tests.conformance import Answer, ChannelSuite, Stream, answering, payloads

HERE = Path(__file__).parents[1]
SERIALISED = Path(__file__).parents[4].parent / "shared/payloads/signal_cli_serialised.jsonl"


def signal() -> Signal:
    return Signal(api_url="http://127.0.0.1:1", account="+31600000000")


def read(name: str) -> InboundMessage:
    [message] = signal().parse(payloads(HERE)[name])
    return message


def result(kind: str, **more: object) -> Answer:
    one = {"recipientAddress": {"uuid": "u"}, "type": kind, **more}
    answer = {"timestamp": 1767261600000, "results": [one]}
    return lambda _: httpx.Response(200, json={"jsonrpc": "2.0", "result": answer, "id": "1"})


def rpc_error(code: int, **more: object) -> Answer:
    error = {"code": code, "message": "secret detail", **more}
    return lambda _: httpx.Response(200, json={"jsonrpc": "2.0", "error": error, "id": "1"})


class InBase64(httpx.SyncByteStream):
    """The answer of getAttachment around a body, in awkward pieces."""

    def __init__(self, body: Stream, piece: int) -> None:
        self.body, self.piece = body, piece

    def __iter__(self) -> Iterator[bytes]:
        """Yield JSON around base64."""
        content = base64.b64encode(b"".join(self.body.pieces))
        yield b'{"jsonrpc":"2.0","result":{"da'
        yield b'ta":"'
        if self.body.breaks:
            yield content[:-3]
            raise httpx.ReadError("connection lost, with a secret")
        for start in range(0, len(content), self.piece):
            yield content[start : start + self.piece]
        yield b'"},"id":"1"}'


class TestSignal(ChannelSuite):
    """The conformance suite on Signal."""

    folder = HERE
    secrets = ("+31600000000", "127.0.0.1")
    has_webhook = False

    def adapter(self) -> Signal:
        return signal()

    def signed(self, body: bytes) -> Mapping[str, str]:
        del body
        return {}

    def serving(self, body: Stream) -> Answer:
        return lambda _: httpx.Response(200, stream=InBase64(body, 1001))

    def accepting(self) -> Answer:
        return result("SUCCESS")

    @pytest.mark.parametrize("piece", [1, 2, 3, 4, 5, 1000])
    def test_base64_may_be_cut_anywhere(self, piece: int) -> None:
        content = bytes(range(251))
        stream = InBase64(Stream([content]), piece)
        assert self.fetched(lambda _: httpx.Response(200, stream=stream)) == content

    def test_choices_are_numbered_in_the_text(self) -> None:
        [call] = self.sent(self.accepting(), choices=2)
        assert call["method"] == "send"
        assert call["params"]["message"] == "Hello\n\n1 Choice 1\n2 Choice 2"

    @pytest.mark.parametrize(
        ("answer", "is_permanent", "seconds"),
        [
            (result("NETWORK_FAILURE"), False, None),
            (result("UNREGISTERED_FAILURE"), True, None),
            (result("IDENTITY_FAILURE"), False, 3600),
            (result("RATE_LIMIT_FAILURE", retryAfterSeconds=77), False, 77),
            (result("RATE_LIMIT_FAILURE"), False, 60),
            (rpc_error(-1), True, None),
            (rpc_error(-3), False, None),
            (rpc_error(-4), False, 3600),
            (rpc_error(-5), False, 60),
            (rpc_error(-32603), False, None),
            (
                rpc_error(-1, data={"response": {"results": [{"type": "NETWORK_FAILURE"}]}}),
                False,
                None,
            ),
        ],
    )
    def test_a_message_that_did_not_arrive_is_an_error(
        self, answer: Answer, is_permanent: bool, seconds: float | None
    ) -> None:
        with pytest.raises(ChannelError) as error:
            self.sent(answer)
        assert (error.value.permanent, error.value.retry_after_seconds) == (is_permanent, seconds)
        self.assert_keeps_secrets(error.value)

    def test_a_file_the_daemon_does_not_have_is_gone_for_good(self) -> None:
        with pytest.raises(ChannelError, match="does not give out") as error:
            self.fetched(rpc_error(-32603))
        assert error.value.permanent

    def test_damaged_base64_is_an_error(self) -> None:
        damaged = b'{"result":{"data":"@@@@"}}'
        with pytest.raises(ChannelError, match="damaged"):
            self.fetched(lambda _: httpx.Response(200, content=damaged))

    def test_an_empty_file_is_an_empty_file(self) -> None:
        empty = b'{"result": {"data": ""}}'
        assert self.fetched(lambda _: httpx.Response(200, content=empty)) == b""


@pytest.mark.parametrize(
    ("name", "kind", "raw_type"),
    [
        ("text", MessageKind.CONTENT, "dataMessage"),
        ("remote_delete", MessageKind.WITHDRAWN, "dataMessage"),
        ("edit", MessageKind.EDITED, "editMessage"),
        ("reaction", MessageKind.REACTION, "dataMessage"),
        ("exception", MessageKind.UNSUPPORTED, "exception"),
        ("typing", MessageKind.NOTICE, "typingMessage"),
        ("receipt", MessageKind.NOTICE, "receiptMessage"),
        ("call", MessageKind.NOTICE, "callMessage"),
        ("sync", MessageKind.NOTICE, "syncMessage"),
        ("group_update", MessageKind.NOTICE, "dataMessage"),
        ("story", MessageKind.UNKNOWN, "storyMessage"),
        ("payment", MessageKind.UNKNOWN, "dataMessage"),
        ("notification", MessageKind.CONTENT, "dataMessage"),
    ],
)
def test_each_event_has_its_kind(name: str, kind: MessageKind, raw_type: str) -> None:
    assert (read(name).kind, read(name).raw_type) == (kind, raw_type)


def test_a_withdrawal_and_an_edit_name_the_message_they_are_about() -> None:
    assert read("remote_delete").about == read("edit").about == read("text").id


def test_every_attachment_comes_with_what_the_app_says_of_it() -> None:
    kinds = [one.kind.value for one in read("view_once_album").attachments]
    assert kinds == ["image", "video", "document"]
    assert read("photo").attachments[0].ref == "1qeCjjWOOo9Gxv8pfdCw.jpg"


def test_previews_stickers_and_contacts_are_not_lost() -> None:
    assert read("link_preview").text == "look\nhttps://example.org/a"
    assert read("link_preview").attachments[0].ref == "p.jpg"
    assert read("sticker").attachments[0].kind is AttachmentKind.STICKER
    assert read("contact").text == "Somebody\n+31600000009"


def test_what_is_said_in_a_group_is_answered_in_private() -> None:
    assert read("group_message").address == "9b1c1f1e-0000-4000-8000-000000000001"


def test_a_sticker_is_asked_for_by_its_pack() -> None:
    adapter, calls = signal(), []

    def answer(request: httpx.Request) -> httpx.Response:
        calls.append(json.loads(request.content))
        return httpx.Response(200, json={"result": {"data": "AAAA"}})

    answering(adapter, answer)
    sticker = Attachment("sticker 3c1e 4", AttachmentKind.STICKER)
    with adapter.download(sticker) as chunks:
        assert b"".join(chunks) == b"\0\0\0"
    assert calls[0]["method"] == "getSticker"


@pytest.mark.skipif(not SERIALISED.exists(), reason="signal-cli's own envelopes are not beside us")
def test_what_signal_cli_itself_wrote_is_understood() -> None:
    found = [signal().parse(line)[0] for line in SERIALISED.read_bytes().splitlines()]
    assert [one.kind for one in found] == [
        MessageKind.CONTENT,
        MessageKind.WITHDRAWN,
        MessageKind.EDITED,
        MessageKind.NOTICE,
        MessageKind.NOTICE,
    ]
    assert found[0].address == "9b1c1f1e-0000-4000-8000-000000000001"
    assert len({one.id for one in found}) == 5
