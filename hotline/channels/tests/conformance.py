"""What every channel adapter must do, whoever the provider is.

A new adapter's test file makes a subclass of `ChannelSuite`, says how to build the adapter
and what its provider answers, and gets all of these tests.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotline.channels.base import (
    Attachment,
    AttachmentKind,
    Channel,
    ChannelError,
    Choice,
    InboundMessage,
    MessageKind,
    NotAuthenticError,
    UnreadableError,
)
from hotline.channels.http import Provider

Answer = Callable[[httpx.Request], httpx.Response]
ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.sampled_from(["\0", "2026", "-1", "image", "text"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "type", "text", "from", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
EXAMPLES = settings(
    max_examples=150,
    deadline=None,
    # The subclasses share this test, not its findings: so no database of them.
    database=None,
    suppress_health_check=[HealthCheck.differing_executors],
)


def answering(adapter: Any, answer: Answer) -> None:
    """Let the adapter's calls be answered by this function instead of the network."""
    provider: Provider = adapter._provider  # noqa: SLF001 - the one seam between adapter and network
    headers = provider._headers  # noqa: SLF001 - the same
    provider._client = httpx.Client(  # noqa: SLF001 - the same
        transport=httpx.MockTransport(answer), headers=headers
    )


class Stream(httpx.SyncByteStream):
    """A body that arrives in pieces, and may break off."""

    def __init__(self, pieces: list[bytes], *, breaks: bool = False) -> None:
        self.pieces, self.breaks, self.n_read = pieces, breaks, 0

    def __iter__(self) -> Iterator[bytes]:
        """Yield the pieces one by one."""
        for piece in self.pieces:
            self.n_read += 1
            yield piece
        if self.breaks:
            raise httpx.ReadError("connection lost, with a secret token in the text")


def payloads(folder: Path) -> dict[str, bytes]:
    """Return the recorded examples that lie beside an adapter."""
    return {path.stem: path.read_bytes() for path in sorted((folder / "payloads").glob("*.json"))}


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every place in a JSON value."""
    yield path
    keys = (
        value.keys()
        if isinstance(value, dict)
        else range(len(value) if isinstance(value, list) else 0)
    )
    for key in keys:
        yield from paths(value[key], (*path, key))


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Return the JSON value with another one at this place; `...` removes it."""
    if not path:
        return new
    key, *rest = path
    inner = replaced(value[key], tuple(rest), new)
    if isinstance(value, list):
        kept = [] if inner is ... else [inner]
        return [*value[:key], *kept, *value[key + 1 :]]
    return {k: (inner if k == key else v) for k, v in value.items() if k != key or inner is not ...}


class ChannelSuite:
    """The conformance suite; subclass it as `Test<Adapter>`."""

    folder: ClassVar[Path]  # where payloads/ lies
    secrets: ClassVar[tuple[str, ...]] = ()  # may stand in no error
    has_webhook: ClassVar[bool] = True
    is_remote: ClassVar[bool] = True  # calls a provider at all
    ref: ClassVar[str] = "media-1"

    def adapter(self) -> Channel:
        """Return a new adapter, set up with made-up tokens."""
        raise NotImplementedError

    def signed(self, body: bytes) -> Mapping[str, str]:
        """Return the headers of an authentic delivery of this body."""
        raise NotImplementedError

    def count(self, delivery: Any) -> int:
        """Return how many things the delivery says, counted another way than the adapter's."""
        del delivery
        return 1

    def serving(self, body: Stream) -> Answer:
        """Return a provider that serves this body as the media."""
        raise NotImplementedError

    def accepting(self) -> Answer:
        """Return a provider that accepts any message."""
        raise NotImplementedError

    def parsed(self, body: bytes) -> list[InboundMessage]:
        """Return what the adapter reads in the body."""
        return self.adapter().parse(body)

    # Who may come in

    def test_a_delivery_without_proof_is_refused(self) -> None:
        with pytest.raises(NotAuthenticError) as refusal:
            self.adapter().authenticate({}, b"{}")
        assert refusal.value.status == (401 if self.has_webhook else 403)

    def test_a_wrong_proof_is_refused(self) -> None:
        body = next(iter(payloads(self.folder).values()))
        for name, value in self.signed(body).items():
            for wrong in (value[:-1] + ("0" if value[-1] != "0" else "1"), value + "0", "é", " "):
                with pytest.raises(NotAuthenticError):
                    self.adapter().authenticate({name: wrong}, body)

    def test_the_right_proof_is_taken(self) -> None:
        body = next(iter(payloads(self.folder).values()))
        if self.has_webhook:
            self.adapter().authenticate(self.signed(body), body)

    # What is read

    def test_every_recorded_payload_is_read_without_loss(self) -> None:
        for name, body in payloads(self.folder).items():
            assert len(self.parsed(body)) == self.count(json.loads(body)), name

    def test_ids_are_unique_and_the_same_at_each_delivery(self) -> None:
        once = [one.id for body in payloads(self.folder).values() for one in self.parsed(body)]
        again = [one.id for body in payloads(self.folder).values() for one in self.parsed(body)]
        assert once == again
        assert len(set(once)) == len(once)

    def test_times_are_in_utc(self) -> None:
        for body in payloads(self.folder).values():
            assert {one.sent_at.utcoffset() for one in self.parsed(body)} == {timedelta(0)}

    def test_only_what_a_reporter_did_has_an_address(self) -> None:
        for name, body in payloads(self.folder).items():
            for one in self.parsed(body):
                if one.kind is MessageKind.NOTICE:
                    assert one.address is None, name
                elif one.kind is not MessageKind.UNKNOWN:
                    assert one.address, name

    def test_content_has_text_or_attachments(self) -> None:
        for name, body in payloads(self.folder).items():
            for one in self.parsed(body):
                is_content = one.kind is MessageKind.CONTENT
                assert not is_content or one.text or one.attachments, name

    @pytest.mark.parametrize("body", [b"", b"\xff", b"{", b"[]", b'"x"', b"null", b"[" * 100_000])
    def test_what_is_no_json_object_is_unreadable(self, body: bytes) -> None:
        with pytest.raises(UnreadableError):
            self.parsed(body)

    def test_an_unknown_object_is_kept_as_unknown(self) -> None:
        assert [one.kind for one in self.parsed(b'{"news":{"from":"another planet"}}')] == [
            MessageKind.UNKNOWN
        ]

    def test_half_an_emoji_and_nul_do_not_lose_a_message(self) -> None:
        for body in payloads(self.folder).values():
            broken = body.replace(b'": "', b'": "\\u0000\\ud83d')
            for one in self.parsed(broken):
                assert "\0" not in repr(one).replace("\\x00", "\0")
                one.id.encode()
                (one.text or "").encode()

    @EXAMPLES
    @given(data=st.data())
    def test_no_mutation_of_a_payload_raises_or_loses_the_delivery(self, data: Any) -> None:
        body = data.draw(st.sampled_from(list(payloads(self.folder).values())))
        value = json.loads(body)
        for _ in range(data.draw(st.integers(1, 3))):
            place = data.draw(st.sampled_from(list(paths(value))))
            new = data.draw(ODD | st.just(...)) if place else data.draw(ODD)
            value = replaced(value, place, new)
        try:
            found = self.parsed(json.dumps(value).encode())
        except UnreadableError:
            assert not isinstance(value, dict)
            return
        assert found
        assert all(one.id and one.sent_at.utcoffset() == timedelta(0) for one in found)

    # Fetching media

    def attachment(self) -> Attachment:
        """Return an attachment that `serving` serves."""
        return Attachment(ref=self.ref, kind=AttachmentKind.IMAGE)

    def fetched(self, answer: Answer) -> bytes:
        """Return the whole of what the adapter downloads."""
        adapter = self.adapter()
        answering(adapter, answer)
        with adapter.download(self.attachment()) as chunks:
            return b"".join(chunks)

    def test_media_comes_whole(self) -> None:
        if self.is_remote:
            content = bytes(range(256)) * 1000
            assert self.fetched(self.serving(Stream([content]))) == content

    def test_media_that_breaks_off_is_an_error_and_never_a_short_file(self) -> None:
        if self.is_remote:
            with pytest.raises(ChannelError) as error:
                self.fetched(self.serving(Stream([b"half"] * 4, breaks=True)))
            assert not error.value.permanent
            self.assert_keeps_secrets(error.value)

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_a_download_refused_for_now_may_be_tried_again(self, status: int) -> None:
        if self.is_remote:
            with pytest.raises(ChannelError) as error:
                self.fetched(lambda _: httpx.Response(status))
            assert not error.value.permanent

    # Sending

    def sent(self, answer: Answer, *, choices: int = 0, text: str = "Hello") -> list[Any]:
        """Send one message; return the JSON bodies of the calls."""
        adapter = self.adapter()
        calls: list[Any] = []

        def recording(request: httpx.Request) -> httpx.Response:
            calls.append(json.loads(request.content))
            return answer(request)

        answering(adapter, recording)
        offered = [Choice(f"choice-{n}", f"Choice {n}") for n in range(1, choices + 1)]
        assert adapter.send("31600000001", text, offered)
        return calls

    @pytest.mark.parametrize("n_choices", [0, 1, 3, 4])
    def test_the_text_and_every_choice_are_sent(self, n_choices: int) -> None:
        if self.is_remote:
            said = json.dumps(self.sent(self.accepting(), choices=n_choices))
            assert "Hello" in said
            assert all(f"Choice {n}" in said for n in range(1, n_choices + 1))

    @pytest.mark.parametrize("status", [500, 502, 503, 429])
    def test_a_provider_that_is_out_of_order_is_worth_another_try(self, status: int) -> None:
        if self.is_remote:
            with pytest.raises(ChannelError) as error:
                self.sent(lambda _: httpx.Response(status, text="<html>secret-token</html>"))
            assert not error.value.permanent
            self.assert_keeps_secrets(error.value)

    def test_a_provider_that_cannot_be_reached_is_worth_another_try(self) -> None:
        def refuse(request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError(f"no way to {request.url}")

        if self.is_remote:
            with pytest.raises(ChannelError) as error:
                self.sent(refuse)
            assert not error.value.permanent
            self.assert_keeps_secrets(error.value)

    def assert_keeps_secrets(self, error: ChannelError) -> None:
        """Fail if the error, or one it is shown with, holds a token, an address or a URL."""
        assert error.__cause__ is None
        assert error.__suppress_context__ or error.__context__ is None
        for secret in (*self.secrets, "31600000001", "http", "secret"):
            assert secret not in str(error)
