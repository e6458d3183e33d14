"""WhatsApp Business Cloud API: signed webhooks in, Graph API calls out."""

import hmac
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import ClassVar
from urllib.parse import quote

import httpx

from hotline.channels import wire
from hotline.channels.base import (
    Attachment,
    Choice,
    InboundMessage,
    NotAuthenticError,
)
from hotline.channels.http import NotConfiguredError, Provider, UnreachableError, json_of
from hotline.channels.whatsapp.errors import InsecureAddressError, MediaGoneError, error_of
from hotline.channels.whatsapp.reading import read

MAX_TEXT = 4096
MAX_TEXT_WITH_BUTTONS = 1024
MAX_BUTTONS = 3
MAX_BUTTON_LABEL = 20
EXPIRED = {401, 403, 404, 410}  # what an old media URL may answer


class UnsignedError(NotAuthenticError):
    """The delivery carries no signature."""

    def __init__(self) -> None:
        super().__init__("The delivery has no X-Hub-Signature-256 header.", status=401)


class WrongSignatureError(NotAuthenticError):
    """The signature is not the one our app secret gives, or we have no app secret."""

    def __init__(self) -> None:
        super().__init__("The delivery is not signed with our app secret.", status=403)


class WrongVerifyTokenError(NotAuthenticError):
    """Somebody who does not know the verify token tries to subscribe."""

    def __init__(self) -> None:
        super().__init__("The subscription does not carry our verify token.", status=403)


class WhatsApp:
    """One WhatsApp number of the hotline."""

    name: ClassVar[str] = "whatsapp"

    def __init__(
        self,
        api_url: str,
        api_version: str,
        phone_number_id: str,
        access_token: str,
        app_secret: str,
        verify_token: str,
    ) -> None:
        self._root = f"{api_url.rstrip('/')}/{api_version}"
        self._number = phone_number_id
        self._secret = app_secret.encode()
        self._verify_token = verify_token.encode()
        self._is_set_up = bool(phone_number_id and access_token)
        self._provider = Provider("WhatsApp", {"Authorization": f"Bearer {access_token}"})

    def authenticate(self, headers: Mapping[str, str], body: bytes) -> None:
        """Check the HMAC over the raw bytes."""
        given = headers.get("x-hub-signature-256", "")
        if not given:
            raise UnsignedError
        expected = f"sha256={hmac.new(self._secret, body, sha256).hexdigest()}"
        # An empty secret would let anybody sign.
        if not self._secret or not hmac.compare_digest(expected.encode(), given.lower().encode()):
            raise WrongSignatureError

    def handshake(self, query: Mapping[str, str]) -> str:
        """Return the challenge Meta sends when the webhook is subscribed."""
        token = query.get("hub.verify_token", "").encode()
        is_ours = bool(self._verify_token) and hmac.compare_digest(token, self._verify_token)
        if query.get("hub.mode") != "subscribe" or not is_ours:
            raise WrongVerifyTokenError
        return query.get("hub.challenge", "")

    def parse(self, body: bytes) -> list[InboundMessage]:
        """Return every message, status and error of the webhook."""
        return read(body)

    @contextmanager
    def download(self, attachment: Attachment) -> Iterator[Iterator[bytes]]:
        """Open the media: by the URL that came with it while that lives, else by a new one."""
        self._require_set_up()
        media_id, _, url = attachment.ref.partition(" ")
        if url:
            with self._provider.stream("GET", self._checked(url)) as response:
                if response.is_success:
                    yield self._provider.chunks(response)
                    return
                _refuse_unless_expired(response)
        with self._provider.stream("GET", self._url_of(media_id)) as response:
            if not response.is_success:
                _refuse_unless_expired(response)
                raise UnreachableError("WhatsApp", "the media's address expired at once")
            yield self._provider.chunks(response)

    def send(self, address: str, text: str, choices: Sequence[Choice] = ()) -> str:
        """Send the text with buttons where they fit, else with numbered choices."""
        self._require_set_up()
        if _fit_buttons(text, choices):
            return self._post(address, "interactive", _buttons(text, choices))
        sent = [
            self._post(address, "text", {"body": page, "preview_url": False})
            for page in wire.pages(wire.numbered(text, choices), MAX_TEXT)
        ]
        return sent[-1]

    def close(self) -> None:
        """Close the connections to Meta."""
        self._provider.close()

    def _require_set_up(self) -> None:
        if not self._is_set_up:
            raise NotConfiguredError("WhatsApp")

    def _post(self, address: str, kind: str, content: object) -> str:
        # A number is all digits; a business-scoped user id begins with a country ("NL.13…").
        to = "to" if address.isdigit() else "recipient"
        payload = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            to: address,
            "type": kind,
            kind: content,
        }
        response = self._provider.call(
            "POST", f"{self._root}/{self._number}/messages", payload=payload
        )
        answer = json_of(response)
        messages = wire.listed(answer.get("messages"))
        message_id = wire.text_at(messages[0], "id") if messages else None
        if not response.is_success or message_id is None:
            raise error_of(response, answer)
        return message_id

    def _url_of(self, media_id: str) -> str:
        """Ask Meta where the media lies for the next five minutes."""
        query = httpx.QueryParams({"phone_number_id": self._number})
        url = f"{self._root}/{quote(media_id, safe='')}?{query}"
        response = self._provider.call("GET", url)
        answer = json_of(response)
        media_url = wire.text_at(answer, "url")
        if response.status_code == httpx.codes.NOT_FOUND:
            raise MediaGoneError
        if not response.is_success or media_url is None:
            raise error_of(response, answer)
        return self._checked(media_url)

    def _checked(self, url: str) -> str:
        """Return the URL unless our access token would travel over it in the clear."""
        if self._root.startswith("https://") and not url.startswith("https://"):
            raise InsecureAddressError
        return url


def _refuse_unless_expired(response: httpx.Response) -> None:
    if response.status_code not in EXPIRED:
        raise error_of(response, {})


def _fit_buttons(text: str, choices: Sequence[Choice]) -> bool:
    return (
        0 < len(choices) <= MAX_BUTTONS
        and len(text) <= MAX_TEXT_WITH_BUTTONS
        and all(len(choice.label) <= MAX_BUTTON_LABEL for choice in choices)
    )


def _buttons(text: str, choices: Sequence[Choice]) -> object:
    buttons = [
        {"type": "reply", "reply": {"id": choice.id, "title": choice.label}} for choice in choices
    ]
    return {"type": "button", "body": {"text": text}, "action": {"buttons": buttons}}
