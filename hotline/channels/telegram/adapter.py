"""Telegram Bot API: updates in by webhook (or polling), messages out by method calls."""

import hmac
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar
from urllib.parse import quote

import httpx

from hotline.channels import wire
from hotline.channels.base import (
    Attachment,
    ChannelError,
    Choice,
    InboundMessage,
    NotAuthenticError,
)
from hotline.channels.http import (
    MISCONFIGURED_SECONDS,
    NotConfiguredError,
    Provider,
    RefusedError,
    is_worth_retrying,
    json_of,
    retry_after,
)
from hotline.channels.telegram.reading import message_id, read

MAX_TEXT = 4096


class NoSecretError(NotAuthenticError):
    """The delivery carries no secret."""

    def __init__(self) -> None:
        super().__init__("The delivery has no X-Telegram-Bot-Api-Secret-Token header.", status=401)


class WrongSecretError(NotAuthenticError):
    """The secret is not the one given to setWebhook, or we have none."""

    def __init__(self) -> None:
        super().__init__("The delivery does not carry our webhook secret.", status=403)


class FileTooBigError(ChannelError):
    """Telegram's own servers give bots no file above 20 MB; a local Bot API server does."""

    def __init__(self) -> None:
        super().__init__(
            "Telegram gives bots no file larger than 20 MB; a local Bot API server lifts this.",
            permanent=True,
        )


class Telegram:
    """One bot of the hotline."""

    name: ClassVar[str] = "telegram"

    def __init__(self, api_url: str, bot_token: str, secret_token: str) -> None:
        # Both hold the token: they go nowhere but into the HTTP client.
        self._methods = f"{api_url.rstrip('/')}/bot{bot_token}"
        self._files = f"{api_url.rstrip('/')}/file/bot{bot_token}"
        self._is_set_up = bool(bot_token)
        self._secret = secret_token.encode()
        self._provider = Provider("Telegram")

    def authenticate(self, headers: Mapping[str, str], body: bytes) -> None:  # noqa: ARG002 - Telegram signs no body
        """Check the secret that Telegram repeats with every delivery."""
        given = headers.get("x-telegram-bot-api-secret-token", "").encode()
        if not given:
            raise NoSecretError
        # An empty secret would let anybody in.
        if not self._secret or not hmac.compare_digest(self._secret, given):
            raise WrongSecretError

    def parse(self, body: bytes) -> list[InboundMessage]:
        """Return what the update says."""
        return read(body)

    @contextmanager
    def download(self, attachment: Attachment) -> Iterator[Iterator[bytes]]:
        """Open the file: ask where it lies, for the next hour at least, and read it there."""
        answer = self._call("getFile", {"file_id": attachment.ref})
        path = wire.text_at(answer, "file_path")
        if path is None:
            raise FileTooBigError
        with self._provider.stream("GET", f"{self._files}/{quote(path)}") as response:
            if not response.is_success:
                raise error_of(response, {})
            yield self._provider.chunks(response)

    def send(self, address: str, text: str, choices: Sequence[Choice] = ()) -> str:
        """Send the text, in several messages where it is long, the choices under the last."""
        *before, last = wire.pages(text, MAX_TEXT)
        for page in before:
            self._send_page(address, page)
        return self._send_page(address, last, choices)

    def close(self) -> None:
        """Close the connections to Telegram."""
        self._provider.close()

    def _send_page(self, address: str, text: str, choices: Sequence[Choice] = ()) -> str:
        payload: dict[str, Any] = {
            "chat_id": address,
            "text": text,
            "link_preview_options": {"is_disabled": True},
        }
        if choices:
            rows = [[{"text": choice.label, "callback_data": choice.id}] for choice in choices]
            payload["reply_markup"] = {"inline_keyboard": rows}
        answer = self._call("sendMessage", payload)
        return message_id(answer) or wire.content_id(answer)

    def _call(self, method: str, payload: object) -> Any:
        if not self._is_set_up:
            raise NotConfiguredError("Telegram")
        response = self._provider.call("POST", f"{self._methods}/{method}", payload=payload)
        answer = json_of(response)
        if not response.is_success or answer.get("ok") is not True:
            raise error_of(response, answer)
        return answer.get("result")


def error_of(response: httpx.Response, answer: Mapping[str, Any]) -> ChannelError:
    """Return the error for an answer of Telegram, without its text: it may name the person."""
    status = response.status_code
    description = wire.text_at(answer, "description") or ""
    if "file is too big" in description.lower():
        return FileTooBigError()
    if status in {401, 404} and answer:  # an answer to a method: the token in its path is wrong
        reason = f"the bot token is not accepted ({status})."
        return RefusedError("Telegram", reason, retry_after_seconds=MISCONFIGURED_SECONDS)
    if status == httpx.codes.FORBIDDEN:
        return RefusedError("Telegram", "this person cannot be written to (403).", permanent=True)
    if status == httpx.codes.NOT_FOUND:  # a file's address expired; the next try asks for a new one
        return RefusedError("Telegram", "the file's address expired (404).")
    seconds = wire.text_at(answer, "parameters", "retry_after") or ""
    is_temporary = response.is_success or is_worth_retrying(status)
    return RefusedError(
        "Telegram",
        f"status {status}.",
        permanent=not is_temporary,
        retry_after_seconds=float(seconds) if seconds.isdecimal() else retry_after(response),
    )
