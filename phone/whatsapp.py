"""A stand-in for WhatsApp's Graph API: signed webhooks out, media and messages in.

Shapes and error codes follow Meta's public documentation of v25.0 and its OpenAPI examples.
"""

import hmac
import json
import re
import secrets
import time
from hashlib import sha256
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from phone import people
from phone.chats import Bubble
from phone.deliver import Delivery
from phone.media import Media, MediaStore
from phone.provider import Desk, Message

APP = "whatsapp"
MAX_MEDIA_BYTES = 100 << 20
MEDIA_SECONDS = 7 * 86400
ADDRESS_SECONDS = 300
CUSTOMER_SERVICE_SECONDS = 86400
MAX_TEXT, MAX_BUTTON_TEXT, MAX_BUTTONS, MAX_LABEL = 4096, 1024, 3, 20
VERSION = re.compile(r"v\d{1,2}\.0")


def _media_id() -> str:
    return str(secrets.randbelow(9 * 10**15) + 10**15)


def _message_id() -> str:
    return f"wamid.{secrets.token_urlsafe(36)}"


def refusal(status: int, code: int, message: str) -> JSONResponse:
    """Return an error in the shape of the Graph API."""
    error = {
        "message": message,
        "type": "OAuthException",
        "code": code,
        "error_data": {"messaging_product": "whatsapp", "details": message},
        "fbtrace_id": secrets.token_urlsafe(12),
    }
    return JSONResponse({"error": error}, status_code=status)


class WhatsApp:
    """The provider of one business number."""

    def __init__(self, desk: Desk, media: MediaStore | None = None) -> None:
        self._desk = desk
        self._number = desk.settings.whatsapp_number_id
        self._media = media or MediaStore(
            _media_id, media_seconds=MEDIA_SECONDS, address_seconds=ADDRESS_SECONDS
        )

    def routes(self) -> list[Route]:
        """Return the Graph API."""
        return [
            Route("/graph/media/{name}", self._file),
            Route("/graph/{version}/{object_id}", self._object, methods=["GET", "DELETE"]),
            Route("/graph/{version}/{number}/messages", self._messages, methods=["POST"]),
        ]

    def say(self, message: Message) -> tuple[Bubble, Delivery | None]:
        """Send a person's message to the hotline's webhook."""
        content = self._content(message)
        if message.is_forwarded and message.file:
            content["context"] = {"forwarded": True}
        return self._post(message.person, message.text, content)

    def choose(self, person: str, bubble: Bubble, choice: dict[str, str]) -> None:
        """Press a reply button."""
        reply = {"id": choice["id"], "title": choice["label"]}
        content = {
            "context": {"from": self._number, "id": bubble.provider_id},
            "type": "interactive",
            "interactive": {"type": "button_reply", "button_reply": reply},
        }
        self._post(person, choice["label"], content)

    async def repeat(self) -> dict[str, object] | None:
        """Send the last webhook again, byte for byte."""
        delivery = await self._desk.deliverer.repeat(APP)
        return delivery.as_json() if delivery else None

    def _content(self, message: Message) -> dict[str, Any]:
        file = message.file
        if file is None:
            return {"type": "text", "text": {"body": message.text}}
        if len(file.content) > MAX_MEDIA_BYTES:
            details = "Media file size too big. Max file size we currently support: 100 MB."
            error = {"code": 131052, "title": "Media download error", "message": details}
            return {"type": "unsupported", "errors": [error]}
        media = self._media.add(file.content, file.media_type, file.filename)
        described: dict[str, Any] = {
            "mime_type": media.media_type,
            "sha256": media.sha256,
            "id": media.id,
        }
        if message.text:
            described["caption"] = message.text
        if file.family == "document":
            described["filename"] = file.filename
        return {"type": file.family, file.family: described}

    def _post(
        self, person: str, text: str, content: dict[str, Any]
    ) -> tuple[Bubble, Delivery | None]:
        number, message_id = people.whatsapp_number(person), _message_id()
        self._desk.chats.know(APP, person, number)
        bubble = self._desk.chats.add(APP, person, "person", text, message_id)
        message = {
            "from": number,
            "id": message_id,
            "timestamp": str(int(time.time())),
            **content,
        }
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "31600000000", "phone_number_id": self._number},
            "contacts": [{"profile": {"name": "Reporter"}, "wa_id": number}],
            "messages": [message],
        }
        entry = {"id": "100000000000001", "changes": [{"value": value, "field": "messages"}]}
        body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
        return bubble, self._desk.post(APP, self.signed(body), bubble)

    def signed(self, body: bytes) -> Delivery:
        """Return the webhook with the signature Meta puts on it."""
        secret = self._desk.settings.whatsapp_app_secret.encode()
        signature = hmac.new(secret, body, sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-Hub-Signature-256": f"sha256={signature}",
            "User-Agent": "facebookexternalua",
        }
        return Delivery(f"{self._desk.settings.hotline}/webhooks/whatsapp", headers, body)

    def _problem(self, request: Request) -> Response | None:
        """Return why this call is refused before it is read, or None."""
        if APP in self._desk.out_of_order:
            return refusal(503, 131016, "(#131016) Service unavailable")
        given = request.headers.get("authorization", "").encode()
        expected = f"Bearer {self._desk.settings.whatsapp_access_token}".encode()
        if not hmac.compare_digest(given, expected):
            return refusal(401, 190, "Invalid OAuth access token - Cannot parse access token")
        version = request.path_params.get("version", "v25.0")
        if not VERSION.fullmatch(version):
            return refusal(400, 2500, "Unknown path components")
        return None

    async def _object(self, request: Request) -> Response:
        """Tell where a media file lies, or delete it."""
        media_id = request.path_params["object_id"]
        problem = self._problem(request)
        media = self._media.find(media_id)
        wanted_number = request.query_params.get("phone_number_id", self._number)
        if problem:
            return problem
        if media is None or wanted_number != self._number:
            return refusal(404, 100, f"Unsupported request. Object '{media_id}' does not exist")
        if request.method == "DELETE":
            return JSONResponse({"success": self._media.remove(media_id)})
        return JSONResponse(self._described(request, media))

    def _described(self, request: Request, media: Media) -> dict[str, Any]:
        return {
            "url": f"{request.base_url}graph/media/{self._media.address(media)}",
            "mime_type": media.media_type,
            "sha256": media.sha256,
            "file_size": str(len(media.content)),
            "id": media.id,
            "messaging_product": "whatsapp",
        }

    async def _file(self, request: Request) -> Response:
        """Give out the bytes, to who has the token, for five minutes."""
        problem = self._problem(request)
        media = self._media.at_address(request.path_params["name"])
        if problem:
            return problem
        if media is None:
            return Response("Not found", status_code=404)
        return Response(media.content, media_type=media.media_type)

    async def _messages(self, request: Request) -> Response:
        """Take a message for a person, or a mark that a message was read."""
        problem = self._problem(request)
        if problem:
            return problem
        if request.path_params["number"] != self._number:
            return refusal(400, 100, "Unsupported post request. Object does not exist")
        try:
            payload = json.loads(await request.body())
            if payload["messaging_product"] != "whatsapp":
                raise KeyError  # noqa: TRY301 - a wrong value and a missing one are answered alike
            if payload.get("status") == "read":
                return JSONResponse({"success": True})
            return self._take(payload)
        except (KeyError, TypeError, ValueError):
            return refusal(400, 100, "(#100) Invalid parameter")

    def _take(self, payload: dict[str, Any]) -> Response:
        address = payload.get("to") or payload["recipient"]
        person = self._desk.chats.person_at(APP, address.removeprefix("+"))
        if person is None:
            return refusal(400, 131026, "(#131026) Message undeliverable")
        newest = self._desk.chats.last_from_person(APP, person)
        if newest is None or time.time() - newest.at > CUSTOMER_SERVICE_SECONDS:
            return refusal(400, 131047, "(#131047) Re-engagement message")
        text, choices = _shown(payload)
        message_id = _message_id()
        bubble = self._desk.chats.add(APP, person, "hotline", text, message_id)
        bubble.choices = choices
        answer = {
            "messaging_product": "whatsapp",
            "contacts": [{"input": address, "wa_id": address.removeprefix("+")}],
            "messages": [{"id": message_id}],
        }
        return JSONResponse(answer)


def _shown(payload: dict[str, Any]) -> tuple[str, list[dict[str, str]]]:
    """Return text and buttons, within the limits that Meta enforces."""
    if payload.get("type", "text") == "text":
        text, replies = payload["text"]["body"], []
        is_valid = 0 < len(text) <= MAX_TEXT
    else:
        interactive = payload["interactive"]
        text = interactive["body"]["text"]
        replies = [button["reply"] for button in interactive["action"]["buttons"]]
        is_valid = 0 < len(text) <= MAX_BUTTON_TEXT and 0 < len(replies) <= MAX_BUTTONS
        is_valid = is_valid and all(0 < len(one["title"]) <= MAX_LABEL for one in replies)
    if not is_valid:
        raise ValueError
    return text, [{"id": reply["id"], "label": reply["title"]} for reply in replies]
