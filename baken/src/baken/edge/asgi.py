"""The little of HTTP that the check server needs, on bare ASGI: requests, answers, refusals.

No framework: at tens of thousands of checks a second most of the time would be spent in one.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import parse_qs

import msgspec

from baken.client.messages import Problem

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_encode = msgspec.json.Encoder().encode


class Refusal(Exception):  # noqa: N818  it is an answer as much as an error
    """A request is answered with a status that is not 200, a code and a sentence."""

    status: ClassVar[int] = HTTPStatus.BAD_REQUEST
    code: ClassVar[str] = "bad_request"
    headers: ClassVar[tuple[tuple[bytes, bytes], ...]] = ()

    def response(self) -> "Response":
        """Return the answer."""
        return Response(_encode(Problem(self.code, str(self))), self.status, self.headers)


class BadRequestError(Refusal):
    """Something in the request is not what it should be."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")


class BodyTooLargeError(Refusal):
    """The body has more bytes than we read."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "body_too_large"
    headers = ((b"connection", b"close"),)  # the rest of the body is not read

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than {limit} bytes.")


class BodyTooSlowError(Refusal):
    """The body did not come in time."""

    status = HTTPStatus.REQUEST_TIMEOUT
    code = "body_too_slow"
    headers = ((b"connection", b"close"),)

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The body did not arrive within {seconds:g} seconds.")


class ClientGoneError(Exception):
    """Nobody is there to be answered."""


class Response:
    """An answer in JSON."""

    __slots__ = ("body", "headers", "status")

    def __init__(
        self, body: bytes, status: int = 200, headers: tuple[tuple[bytes, bytes], ...] = ()
    ) -> None:
        self.body = body
        self.status = status
        self.headers = headers

    @classmethod
    def of(cls, message: msgspec.Struct | dict[str, Any], status: int = 200) -> "Response":
        """Return the answer that says `message`."""
        return cls(_encode(message), status)

    async def send(self, send: Send) -> None:
        """Send it."""
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(self.body)).encode()),
            (b"cache-control", b"no-store"),
            *self.headers,
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


class Request:
    """A request whose body has not been read yet."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self._query: bytes = scope["query_string"]
        self._headers: list[tuple[bytes, bytes]] = scope["headers"]
        self._receive = receive

    def header(self, name: bytes) -> str:
        """Return a header's value by its lower-case name, or nothing."""
        for key, value in self._headers:
            if key == name:
                return value.decode("latin-1")
        return ""

    def number(self, name: str, default: int, *, at_most: int) -> int:
        """Return a whole number of the query string, from 0."""
        given = parse_qs(self._query.decode("latin-1"), keep_blank_values=True).get(name)
        if given is None:
            return default
        text = given[-1]
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(at_most))):
            raise BadRequestError(name, f"must be a whole number from 0 to {at_most}.")
        if int(text) > at_most:
            raise BadRequestError(name, f"must be at most {at_most}.")
        return int(text)

    async def body(self, limit: int, seconds: float) -> bytes:
        """Return the body; refuse one that is longer, or slower, without holding more of it."""
        declared = self.header(b"content-length")
        if declared.isdigit() and int(declared) > limit:
            raise BodyTooLargeError(limit)
        try:
            async with asyncio.timeout(seconds):
                return await self._read(limit)
        except TimeoutError:
            raise BodyTooSlowError(seconds) from None

    async def _read(self, limit: int) -> bytes:
        first = await self._chunk()
        if not first[1]:
            if len(first[0]) > limit:
                raise BodyTooLargeError(limit)
            return first[0]  # nearly always: one check is one chunk
        body = bytearray(first[0])
        is_more = True
        while is_more:
            chunk, is_more = await self._chunk()
            body += chunk
            if len(body) > limit:
                raise BodyTooLargeError(limit)
        return bytes(body)

    async def _chunk(self) -> tuple[bytes, bool]:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        return message.get("body", b""), message.get("more_body", False)

    async def wait_until_gone(self) -> None:
        """Wait until the client closes the connection; for requests without a body."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
