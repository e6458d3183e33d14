"""Signal through signal-cli's daemon: events in by the follower, JSON-RPC calls out.

The daemon authenticates nobody and must be reachable from this machine only.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar
from uuid import uuid4

from hotline.channels import wire
from hotline.channels.base import (
    Attachment,
    ChannelError,
    Choice,
    InboundMessage,
    NotAuthenticError,
)
from hotline.channels.http import NotConfiguredError, Provider, RefusedError, json_of
from hotline.channels.signal.base64_answer import decoded_data
from hotline.channels.signal.reading import read

STICKER = "sticker "
# Someone must tell signal-cli to trust the new key, so an hour is soon enough.
UNTRUSTED_SECONDS = 3600.0
RATE_LIMIT_SECONDS = 60.0
INTERNAL_ERRORS = {"-32603", "-3"}  # signal-cli's own failure; its connection to Signal
RATE_LIMITED, UNTRUSTED_KEY = "-5", "-4"


class NoWebhookError(NotAuthenticError):
    """Somebody posts to a webhook that Signal does not have."""

    def __init__(self) -> None:
        super().__init__("Signal has no webhook; its messages come by the follower.", status=403)


class AttachmentGoneError(ChannelError):
    """signal-cli does not have the file in its attachments folder."""

    def __init__(self, code: str) -> None:
        super().__init__(f"signal-cli does not give out this file ({code}).", permanent=True)


class Signal:
    """One Signal account of the hotline."""

    name: ClassVar[str] = "signal"

    def __init__(self, api_url: str, account: str) -> None:
        self._rpc = f"{api_url.rstrip('/')}/api/v1/rpc" if api_url else ""
        self._account = account
        # The daemon reads and encodes the whole file before its first byte.
        self._provider = Provider("Signal", read_seconds=120)

    def authenticate(self, headers: Mapping[str, str], body: bytes) -> None:  # noqa: ARG002 - nothing could convince us
        """Refuse: nothing may come in over HTTP."""
        raise NoWebhookError

    def parse(self, body: bytes) -> list[InboundMessage]:
        """Return the message of one event's data."""
        return read(body)

    @contextmanager
    def download(self, attachment: Attachment) -> Iterator[Iterator[bytes]]:
        """Open the file, decoded from base64 as it arrives."""
        method, parameters = "getAttachment", {"id": attachment.ref}
        if attachment.ref.startswith(STICKER):
            _, pack, number = attachment.ref.split(" ", 2)
            method, parameters = "getSticker", {"packId": pack, "stickerId": number}
        payload = self._request(method, parameters)
        with self._provider.stream("POST", self._rpc, payload=payload) as response:
            if not response.is_success:
                raise RefusedError("Signal", f"status {response.status_code}.")
            chunks = decoded_data(self._provider.chunks(response))
            first = next(chunks)  # an error of the daemon shows here, before the caller begins
            if isinstance(first, dict):
                raise _download_error(first)
            yield _bytes_only(first, chunks)

    def send(self, address: str, text: str, choices: Sequence[Choice] = ()) -> str:
        """Send the text with numbered choices, for Signal has no buttons."""
        parameters = {"recipient": [address], "message": wire.numbered(text, choices)}
        payload = self._request("send", parameters)
        response = self._provider.call("POST", self._rpc, payload=payload)
        answer = json_of(response)
        error = answer.get("error")
        result = answer.get("result") or wire.value_at(error, "data", "response")
        problem = _delivery_error(result)
        if problem:
            raise problem
        if error or not response.is_success or not isinstance(result, dict):
            raise _rpc_error(wire.text_at(error, "code"), response.status_code)
        return wire.text_at(result, "timestamp") or wire.content_id(result)

    def close(self) -> None:
        """Close the connections to the daemon."""
        self._provider.close()

    def _request(self, method: str, parameters: Mapping[str, object]) -> object:
        if not self._rpc:
            raise NotConfiguredError("Signal")
        account = {"account": self._account} if self._account else {}
        return {
            "jsonrpc": "2.0",
            "id": str(uuid4()),
            "method": method,
            "params": {**account, **parameters},
        }


def _bytes_only(first: bytes, rest: Iterator[bytes | dict[str, Any]]) -> Iterator[bytes]:
    yield first
    yield from (chunk for chunk in rest if isinstance(chunk, bytes))


def _download_error(answer: Mapping[str, Any]) -> ChannelError:
    code = wire.text_at(answer, "error", "code")
    if code in {"-3", RATE_LIMITED}:
        return _rpc_error(code, 200)
    # signal-cli says "internal error" for a file that is not there.
    return AttachmentGoneError(code or "no data")


def _rpc_error(code: str | None, status: int) -> ChannelError:
    if code == RATE_LIMITED:
        reason = "Signal limits how many messages we send."
        return RefusedError("Signal", reason, retry_after_seconds=RATE_LIMIT_SECONDS)
    if code == UNTRUSTED_KEY:
        return _untrusted()
    is_permanent = code is not None and code not in INTERNAL_ERRORS
    reason = f"the daemon answered status {status}, code {code or 'unknown'}."
    return RefusedError("Signal", reason, permanent=is_permanent)


def _untrusted() -> ChannelError:
    reason = "this person's safety number changed; `signal-cli trust` accepts the new one."
    return RefusedError("Signal", reason, retry_after_seconds=UNTRUSTED_SECONDS)


def _delivery_error(result: object) -> ChannelError | None:
    """Return what kept the message from its one recipient, or None."""
    results = wire.listed(wire.value_at(result, "results"))
    failed = [one for one in results if wire.text_at(one, "type") != "SUCCESS"]
    if not failed:
        return None
    kind = wire.text_at(failed[0], "type") or "unknown"
    if kind == "IDENTITY_FAILURE":
        return _untrusted()
    seconds = wire.text_at(failed[0], "retryAfterSeconds") or ""
    default = RATE_LIMIT_SECONDS if kind == "RATE_LIMIT_FAILURE" else None
    return RefusedError(
        "Signal",
        f"the message did not arrive ({kind}).",
        permanent=kind == "UNREGISTERED_FAILURE",
        retry_after_seconds=float(seconds) if seconds.isdecimal() else default,
    )
