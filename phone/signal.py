"""A stand-in for signal-cli's daemon: events over SSE, JSON-RPC in.

Like the daemon with --receive-mode=on-connection it keeps messages while nobody listens, and
gives each to the listeners of that moment, once.
"""

import asyncio
import base64
import json
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from phone import people
from phone.chats import Bubble
from phone.deliver import Delivery
from phone.media import MediaStore
from phone.pictures import look_at
from phone.provider import Desk, Message, Outgoing

APP = "signal"
# An outage ends a stream within half a second; a keep-alive is written each 15 seconds.
LOOK_UP_SECONDS, LOOK_UPS_PER_KEEP_ALIVE = 0.5, 30
FOR_EVER = 10 * 365 * 86400.0  # signal-cli never cleans its attachments folder
USER_ERROR, INTERNAL_ERROR, METHOD_NOT_FOUND = -1, -32603, -32601
PARSE_ERROR, INVALID_REQUEST = -32700, -32600
EXTENSIONS = {"image/jpeg": ".jpg", "image/png": ".png", "video/mp4": ".mp4"}


class RpcError(Exception):
    """A JSON-RPC error; `data` is what signal-cli adds to it."""

    def __init__(self, code: int, message: str, data: object = None) -> None:
        super().__init__(message)
        self.code, self.data = code, data


class Signal:
    """The daemon of one account."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._media = MediaStore(
            lambda: secrets.token_urlsafe(15), media_seconds=FOR_EVER, address_seconds=FOR_EVER
        )
        self._names: dict[str, str] = {}  # attachment name with extension -> media id
        self._listeners: set[asyncio.Queue[bytes]] = set()
        self._waiting: deque[tuple[bytes, Bubble]] = deque(maxlen=10_000)
        self._last: bytes | None = None
        self._newest_timestamp = 0

    def routes(self) -> list[Route]:
        """Return the daemon's HTTP interface."""
        return [
            Route("/signal/api/v1/check", self._check),
            Route("/signal/api/v1/events", self._events),
            Route("/signal/api/v1/rpc", self._rpc, methods=["POST"]),
        ]

    def say(self, message: Message) -> tuple[Bubble, Delivery | None]:
        """Send a person's message to whoever listens; Signal marks no forwarded messages."""
        timestamp = self._timestamp()
        address = people.signal_uuid(message.person)
        self._desk.chats.know(APP, message.person, address)
        data: dict[str, Any] = {
            "timestamp": timestamp,
            "message": message.text or None,
            "expiresInSeconds": 0,
            "viewOnce": False,
        }
        if message.file:
            data["attachments"] = [self._attached(message.file, timestamp)]
        envelope = {
            "source": address,
            "sourceNumber": None,
            "sourceUuid": address,
            "sourceName": "",
            "sourceDevice": 1,
            "timestamp": timestamp,
            "serverReceivedTimestamp": timestamp,
            "serverDeliveredTimestamp": timestamp,
            "dataMessage": data,
        }
        event = {"envelope": envelope, "account": self._desk.settings.signal_account}
        bubble = self._desk.chats.add(APP, message.person, "person", message.text, str(timestamp))
        self._waiting.append((json.dumps(event).encode(), bubble))
        self._flush()
        return bubble, None

    def choose(self, person: str, bubble: Bubble, choice: dict[str, str]) -> None:  # noqa: ARG002 - no app quotes what it answers
        """Signal has no buttons; a person types the answer."""
        self.say(Message(person, choice["id"]))

    async def repeat(self) -> dict[str, object] | None:
        """Give the last event to the listeners once more."""
        if self._last is None:
            return None
        for queue in self._listeners:
            queue.put_nowait(self._last)
        return {"delivered": bool(self._listeners)}

    def _timestamp(self) -> int:
        # Signal knows a message by its sender and moment: no two in one millisecond.
        self._newest_timestamp = max(int(time.time() * 1000), self._newest_timestamp + 1)
        return self._newest_timestamp

    def _attached(self, file: Outgoing, timestamp: int) -> dict[str, Any]:
        media = self._media.add(file.content, file.media_type, file.filename)
        name = f"{media.id}{EXTENSIONS.get(file.media_type, '')}"
        self._names[name] = media.id
        picture = look_at(file.content)
        return {
            "contentType": file.media_type,
            "filename": file.filename,
            "id": name,
            "size": len(file.content),
            "width": picture.width if picture else None,
            "height": picture.height if picture else None,
            "caption": None,
            "uploadTimestamp": timestamp,
        }

    def _flush(self) -> None:
        """Give what waits to the listeners, if there are any."""
        while self._waiting and self._listeners and APP not in self._desk.out_of_order:
            self._last, bubble = self._waiting.popleft()
            for queue in self._listeners:
                queue.put_nowait(self._last)
            bubble.state = "delivered"

    async def _check(self, _: Request) -> Response:
        return Response(status_code=503 if APP in self._desk.out_of_order else 200)

    async def _events(self, _: Request) -> Response:
        if APP in self._desk.out_of_order:
            return Response(status_code=503)
        return StreamingResponse(self._stream(), media_type="text/event-stream")

    async def _stream(self) -> AsyncIterator[bytes]:
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            yield b":\n\n"
            self._flush()
            n_quiet = 0
            while self._desk.serves(APP):
                try:
                    data = await asyncio.wait_for(queue.get(), LOOK_UP_SECONDS)
                except TimeoutError:
                    n_quiet += 1
                    if n_quiet % LOOK_UPS_PER_KEEP_ALIVE == 0:
                        yield b":\n\n"
                else:
                    yield b"event:receive\ndata:" + data + b"\n\n"
        finally:
            self._listeners.discard(queue)

    async def _rpc(self, request: Request) -> Response:
        if APP in self._desk.out_of_order:
            return Response(status_code=503)
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            return Response(status_code=415)
        identity: object = None
        try:
            call = _call_of(await request.body())
            identity = call.get("id")
            result = self._carry_out(str(call.get("method")), call.get("params") or {})
        except RpcError as error:
            problem = {"code": error.code, "message": str(error), "data": error.data}
            return JSONResponse({"jsonrpc": "2.0", "error": problem, "id": identity})
        return JSONResponse({"jsonrpc": "2.0", "result": result, "id": identity})

    def _carry_out(self, method: str, given: dict[str, Any]) -> object:
        if method == "send":
            return self._send(given)
        if method == "getAttachment":
            return self._get_attachment(given)
        if method in {"sendReceipt", "sendTyping"}:
            return {"timestamp": self._timestamp(), "results": []}
        if method == "version":
            return {"version": "0.14.0"}
        raise RpcError(METHOD_NOT_FOUND, "Method not implemented")

    def _send(self, given: dict[str, Any]) -> object:
        recipients = given.get("recipient") or []
        recipients = [recipients] if isinstance(recipients, str) else recipients
        if not recipients:
            raise RpcError(USER_ERROR, "No recipients given")
        timestamp = self._timestamp()
        results = [
            self._arrive(one, str(given.get("message", "")), timestamp) for one in recipients
        ]
        answer = {"timestamp": timestamp, "results": results}
        if all(result["type"] != "SUCCESS" for result in results):
            raise RpcError(USER_ERROR, "Failed to send message", {"response": answer})
        return answer

    def _arrive(self, recipient: str, text: str, timestamp: int) -> dict[str, Any]:
        address = {"uuid": recipient, "number": None, "username": None}
        person = self._desk.chats.person_at(APP, recipient)
        if person is None:
            return {"recipientAddress": address, "type": "UNREGISTERED_FAILURE"}
        self._desk.chats.add(APP, person, "hotline", text, str(timestamp))
        return {"recipientAddress": address, "type": "SUCCESS"}

    def _get_attachment(self, given: dict[str, Any]) -> object:
        media = self._media.find(self._names.get(str(given.get("id")), ""))
        if media is None:
            raise RpcError(INTERNAL_ERROR, "An error occurred reading attachment")
        return {"data": base64.b64encode(media.content).decode()}


def _call_of(body: bytes) -> dict[str, Any]:
    try:
        call = json.loads(body)
    except ValueError:
        raise RpcError(PARSE_ERROR, "Parse error") from None
    if not isinstance(call, dict) or call.get("jsonrpc") != "2.0":
        raise RpcError(INVALID_REQUEST, "Invalid request")
    return call
