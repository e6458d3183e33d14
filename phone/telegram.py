"""A stand-in for Telegram's Bot API 10.2: updates out by webhook or polling, methods in."""

import asyncio
import hmac
import json
import secrets
import time
from collections import deque
from contextlib import suppress
from itertools import count
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from phone import people
from phone.chats import Bubble
from phone.deliver import Delivery
from phone.media import Media, MediaStore
from phone.pictures import look_at, preview
from phone.provider import Desk, Message, Outgoing

APP = "telegram"
MAX_FILE_BYTES = 20 << 20
MAX_TEXT, MAX_CALLBACK_BYTES = 4096, 64
FILE_SECONDS = 365 * 86400
ADDRESS_SECONDS = 3600
PREVIEWS = (90, 320)
MAX_POLL_SECONDS, LOOK_UP_SECONDS = 50, 0.2
BOT = {"id": 7000000000, "is_bot": True, "first_name": "Hotline", "username": "hotline_bot"}
# The app's own word for each family of files, and the folder Telegram keeps it in.
FIELDS = {"video": "video", "audio": "audio", "document": "document"}


class RefusalError(Exception):
    """The Bot API's answer to a call that it does not carry out."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status = status


class Telegram:
    """The provider of one bot."""

    def __init__(self, desk: Desk, media: MediaStore | None = None) -> None:
        self._desk = desk
        self._media = media or MediaStore(
            lambda: f"AgACAgQ{secrets.token_urlsafe(30)}",
            media_seconds=FILE_SECONDS,
            address_seconds=ADDRESS_SECONDS,
        )
        # As with Telegram, ids go on where they were after a restart.
        self._updates = count(int(time.time()))
        self._messages = count(int(time.time()) % 10**8 * 10)
        self.webhook = f"{desk.settings.hotline}/webhooks/telegram"
        self._waiting: deque[dict[str, Any]] = deque(maxlen=10_000)
        self._arrived = asyncio.Event()

    def routes(self) -> list[Route]:
        """Return the Bot API."""
        return [
            Route("/telegram/bot{token}/{method}", self._call, methods=["GET", "POST"]),
            Route("/telegram/file/bot{token}/{folder}/{name}", self._file),
        ]

    def say(self, message: Message) -> tuple[Bubble, Delivery | None]:
        """Send a person's message as an update."""
        content: dict[str, Any] = {"text": message.text}
        if message.file:
            content = self._attached(message.file)
            content |= {"caption": message.text} if message.text else {}
            content |= {"media_group_id": message.album} if message.album else {}
            if message.is_forwarded:
                origin = {"type": "hidden_user", "sender_user_name": "Somebody"}
                content["forward_origin"] = {**origin, "date": int(time.time()) - 3600}
        number = next(self._messages)
        chat = self._chat(message.person)
        whole = {
            "message_id": number,
            "from": self._user(message.person, message.language),
            "chat": chat,
            "date": int(time.time()),
            **content,
        }
        bubble = self._desk.chats.add(APP, message.person, "person", message.text, str(number))
        return bubble, self._post({"message": whole}, bubble)

    def choose(self, person: str, bubble: Bubble, choice: dict[str, str]) -> None:
        """Press an inline button."""
        mine = self._desk.chats.add(APP, person, "person", choice["label"], "")
        answered = {
            "message_id": int(bubble.provider_id),
            "from": BOT,
            "chat": self._chat(person),
            "date": int(bubble.at),
            "text": bubble.text,
        }
        query = {
            "id": str(secrets.randbelow(10**18)),
            "from": self._user(person, "en"),
            "message": answered,
            "chat_instance": str(people.telegram_id(person)),
            "data": choice["id"],
        }
        self._post({"callback_query": query}, mine)

    async def repeat(self) -> dict[str, object] | None:
        """Send the last webhook again, byte for byte."""
        delivery = await self._desk.deliverer.repeat(APP)
        return delivery.as_json() if delivery else None

    def _chat(self, person: str) -> dict[str, Any]:
        number = people.telegram_id(person)
        self._desk.chats.know(APP, person, str(number))
        return {"id": number, "type": "private", "first_name": "Reporter"}

    @staticmethod
    def _user(person: str, language: str) -> dict[str, Any]:
        identity = {"id": people.telegram_id(person), "is_bot": False}
        return {**identity, "first_name": "Reporter", "language_code": language}

    def _attached(self, file: Outgoing) -> dict[str, Any]:
        """Return the file as Telegram describes it; a JPEG becomes a photo in three sizes."""
        picture = look_at(file.content) if file.media_type == "image/jpeg" else None
        if picture is None:
            # Apps send other pictures "as a file", and so they arrive.
            name = FIELDS.get(file.family, "document")
            described = self._described(file.content, file.media_type, file.filename)
            extra = {"duration": 1, "width": 640, "height": 480} if name == "video" else {}
            return {name: {**described, **extra, **({"duration": 1} if name == "audio" else {})}}
        smaller = [side for side in PREVIEWS if side < max(picture.width, picture.height)]
        sizes = [preview(file.content, side) for side in smaller]
        return {"photo": [self._size(one) for one in [*sizes, file.content]]}

    def _size(self, content: bytes) -> dict[str, Any]:
        picture = look_at(content)
        size = {"width": picture.width, "height": picture.height} if picture else {}
        media = self._media.add(content, "image/jpeg")
        return {**_file_fields(media), **size}

    def _described(self, content: bytes, media_type: str, filename: str) -> dict[str, Any]:
        media = self._media.add(content, media_type, filename)
        return {**_file_fields(media), "file_name": filename, "mime_type": media_type}

    def _post(self, part: dict[str, Any], bubble: Bubble) -> Delivery | None:
        update = {"update_id": next(self._updates), **part}
        if not self.webhook:
            self._waiting.append(update)
            self._arrived.set()
            return None
        headers = {
            "Content-Type": "application/json",
            "X-Telegram-Bot-Api-Secret-Token": self._desk.settings.telegram_secret_token,
        }
        body = json.dumps(update).encode()
        return self._desk.post(APP, Delivery(self.webhook, headers, body), bubble)

    def _refuse_wrong_callers(self, request: Request) -> None:
        if APP in self._desk.out_of_order:
            raise RefusalError(502, "Bad Gateway")
        given = request.path_params["token"].encode()
        if not hmac.compare_digest(given, self._desk.settings.telegram_bot_token.encode()):
            raise RefusalError(401, "Unauthorized")

    async def _call(self, request: Request) -> Response:
        """Carry out a method of the Bot API."""
        try:
            self._refuse_wrong_callers(request)
            method = self._METHODS.get(request.path_params["method"].lower())
            if method is None:
                raise RefusalError(404, "Not Found")  # noqa: TRY301 - answered where all are
            result = await method(self, await _parameters(request))
        except RefusalError as error:
            problem = {"ok": False, "error_code": error.status, "description": str(error)}
            return JSONResponse(problem, status_code=error.status)
        return JSONResponse({"ok": True, "result": result})

    async def _file(self, request: Request) -> Response:
        """Give out the bytes under the path that getFile named."""
        try:
            self._refuse_wrong_callers(request)
        except RefusalError as error:
            return Response(str(error), status_code=error.status)
        media = self._media.at_address(request.path_params["name"])
        if media is None:
            return Response("Not Found", status_code=404)
        return Response(media.content, media_type="application/octet-stream")

    async def _get_me(self, _: dict[str, Any]) -> object:
        return BOT

    async def _get_file(self, given: dict[str, Any]) -> object:
        media = self._media.find(str(given.get("file_id", "")))
        if media is None:
            raise RefusalError(
                400, "Bad Request: wrong file_id or the file is temporarily unavailable"
            )
        if len(media.content) > MAX_FILE_BYTES:
            raise RefusalError(400, "Bad Request: file is too big")
        folder = "photos" if media.media_type == "image/jpeg" else "documents"
        return {**_file_fields(media), "file_path": f"{folder}/{self._media.address(media)}"}

    async def _send_message(self, given: dict[str, Any]) -> object:
        text, chat = str(given.get("text", "")), str(given.get("chat_id", ""))
        person = self._desk.chats.person_at(APP, chat)
        if person is None:
            raise RefusalError(400, "Bad Request: chat not found")
        if not text:
            raise RefusalError(400, "Bad Request: message text is empty")
        if len(text) > MAX_TEXT:
            raise RefusalError(400, "Bad Request: message is too long")
        choices = _choices(given.get("reply_markup"))
        number = next(self._messages)
        bubble = self._desk.chats.add(APP, person, "hotline", text, str(number))
        bubble.choices = choices
        sent = {"message_id": number, "from": BOT, "chat": self._chat(person)}
        return {**sent, "date": int(bubble.at), "text": text}

    async def _set_webhook(self, given: dict[str, Any]) -> object:
        self.webhook = str(given.get("url", ""))
        return True

    async def _delete_webhook(self, _: dict[str, Any]) -> object:
        self.webhook = ""
        return True

    async def _get_webhook_info(self, _: dict[str, Any]) -> object:
        waiting = {"has_custom_certificate": False, "pending_update_count": len(self._waiting)}
        return {"url": self.webhook, **waiting}

    async def _get_updates(self, given: dict[str, Any]) -> object:
        """Return the updates from `offset` on, which confirms all before it."""
        if self.webhook:
            reason = "Conflict: can't use getUpdates method while webhook is active"
            raise RefusalError(409, reason)
        offset, seconds = int(given.get("offset", 0)), int(given.get("timeout", 0))
        while self._waiting and self._waiting[0]["update_id"] < offset:
            self._waiting.popleft()
        deadline = time.monotonic() + min(seconds, MAX_POLL_SECONDS)
        while not self._waiting and time.monotonic() < deadline and self._desk.serves(APP):
            self._arrived.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._arrived.wait(), LOOK_UP_SECONDS)
        return list(self._waiting)[: int(given.get("limit", 100))]

    async def _agree(self, _: dict[str, Any]) -> object:
        """Say yes to what shows nothing on this phone."""
        return True

    _METHODS = {
        "answercallbackquery": _agree,
        "deletemessage": _agree,
        "deletewebhook": _delete_webhook,
        "getfile": _get_file,
        "getme": _get_me,
        "getupdates": _get_updates,
        "getwebhookinfo": _get_webhook_info,
        "sendchataction": _agree,
        "sendmessage": _send_message,
        "setwebhook": _set_webhook,
    }


def _file_fields(media: Media) -> dict[str, Any]:
    size = len(media.content)
    return {"file_id": media.id, "file_unique_id": media.unique_id, "file_size": size}


async def _parameters(request: Request) -> dict[str, Any]:
    """Return a call's parameters, which may come in any of three ways."""
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            value = json.loads(await request.body())
        except ValueError:
            raise RefusalError(400, "Bad Request: can't parse JSON") from None
        return value if isinstance(value, dict) else {}
    async with request.form() as form:
        return {**request.query_params, **form}


def _choices(markup: object) -> list[dict[str, str]]:
    """Return the buttons of an inline keyboard, which may be JSON in a string."""
    value = json.loads(markup) if isinstance(markup, str) else markup
    rows = value.get("inline_keyboard", []) if isinstance(value, dict) else []
    found = [{"id": one["callback_data"], "label": one["text"]} for row in rows for one in row]
    if any(not 0 < len(choice["id"].encode()) <= MAX_CALLBACK_BYTES for choice in found):
        raise RefusalError(400, "Bad Request: BUTTON_DATA_INVALID")
    return found
