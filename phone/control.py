"""What the page, the tests and the bench do with the phone; no provider has any of it.

POST /phone/send        app, person, and text, a file or samples; see `Order`
POST /phone/choose      {"app", "person", "message": number, "choice": id}
GET  /phone/messages    ?app=&person=&after=number: the chat, both sides, with times
POST /phone/redeliver   {"app"}: the last delivery again, byte for byte
POST /phone/outage      {"app", "mode": "refuse" | "none"}: the provider's API answers 503
GET  /phone/samples     the pictures that can be sent; /phone/samples/NAME.jpg is one
"""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from phone.chats import Bubble
from phone.deliver import Delivery
from phone.media import MediaStore
from phone.pictures import look_at, re_encoded
from phone.provider import Desk, Message, Outgoing, Provider, outgoing
from phone.samples import SAMPLES, sample

MAX_FILE_BYTES = 256 << 20
MAX_TIMES = 100
PERSON = re.compile(r"[A-Za-z0-9_-]{1,64}")
SHOWN_SECONDS = 86400.0
NO_CACHE = {"Cache-Control": "no-store"}


class OrderError(Exception):
    """The page or a test asks for something that cannot be done."""


@dataclass(frozen=True, slots=True)
class Order:
    """What /phone/send is asked for, as a form or as JSON.

    `sample` may name several pictures, separated by commas: they are sent as an album.
    `times` sends the same again and again. `quality` (1-95) and `scale` (0.05-1) re-encode the
    picture as an app does. `wait` answers only when the hotline has taken every message.
    """

    app: str
    person: str
    text: str = ""
    sample: str = ""
    times: int = 1
    quality: int | None = None
    scale: float = 1.0
    forwarded: bool = True
    language: str = "en"
    wait: bool = False


def order_of(given: Mapping[str, Any]) -> Order:
    """Return the order, or raise OrderError with a sentence for who made it."""
    quality = _number(given, "quality", 0, 0, 95)
    return Order(
        app=str(given.get("app", "")),
        person=person_of(given),
        text=str(given.get("text", "")).strip(),
        sample=str(given.get("sample", "")),
        times=int(_number(given, "times", 1, 1, MAX_TIMES)),
        quality=int(quality) or None,
        scale=_number(given, "scale", 1, 0.05, 1),
        forwarded=_flag(given, "forwarded", default=True),
        language=str(given.get("language", "en")),
        wait=_flag(given, "wait", default=False),
    )


def person_of(given: Mapping[str, Any]) -> str:
    """Return the person the order is about."""
    person = str(given.get("person", ""))
    if not PERSON.fullmatch(person):
        raise OrderError("person must be 1-64 letters, digits, - or _.")
    return person


def _number(given: Mapping[str, Any], name: str, default: float, low: float, high: float) -> float:
    try:
        value = float(given.get(name) or default)
    except (TypeError, ValueError):
        raise OrderError(f"{name} must be a number.") from None
    if not low <= value <= high:
        raise OrderError(f"{name} must be between {low} and {high}.")
    return value


def _flag(given: Mapping[str, Any], name: str, *, default: bool) -> bool:
    return str(given.get(name, default)).lower() in {"true", "1", "yes", "on"}


class Control:
    """The phone's own interface, beside those of the providers."""

    def __init__(self, desk: Desk, providers: Mapping[str, Provider]) -> None:
        self._desk, self._providers = desk, providers
        # What the chat shows of one's own pictures.
        self._shown = MediaStore(
            lambda: secrets.token_urlsafe(9),
            media_seconds=SHOWN_SECONDS,
            address_seconds=SHOWN_SECONDS,
        )

    def routes(self) -> list[Route]:
        """Return the phone's own interface."""
        return [
            Route("/phone/send", self.send, methods=["POST"]),
            Route("/phone/choose", self.choose, methods=["POST"]),
            Route("/phone/messages", self.messages),
            Route("/phone/redeliver", self.redeliver, methods=["POST"]),
            Route("/phone/outage", self.outage, methods=["POST"]),
            Route("/phone/samples", self.samples),
            Route("/phone/samples/{name}.jpg", self.sample),
            Route("/phone/pictures/{name}", self.picture),
        ]

    async def send(self, request: Request) -> Response:
        """Send what a person typed or picked."""
        given = await _given(request)
        order = order_of(given)
        provider = self._provider(order.app)
        files = await _files(order, given.get("file"))
        await request.close()  # the upload's temporary file
        if not files and not order.text:
            raise OrderError("There is nothing to send: no text, no file, no sample.")
        album = secrets.token_hex(8) if len(files) > 1 else None
        sent = [
            self._say(
                provider,
                Message(
                    order.person,
                    order.text if position == 0 else "",
                    file,
                    order.forwarded,
                    album,
                    order.language,
                ),
            )
            for _ in range(order.times)
            for position, file in enumerate(files or [None])
        ]
        return JSONResponse({"messages": [await _outcome(*one, wait=order.wait) for one in sent]})

    def _say(self, provider: Provider, message: Message) -> tuple[Bubble, Delivery | None]:
        """Let the provider send it, and show it in the chat."""
        bubble, delivery = provider.say(message)
        file = message.file
        if file:
            bubble.filename = file.filename
        if file and file.media_type.startswith("image/"):
            media = self._shown.add(file.content, file.media_type)
            bubble.picture = f"/phone/pictures/{media.id}"
        return bubble, delivery

    def _provider(self, app: str) -> Provider:
        provider = self._providers.get(app)
        if provider is None:
            raise OrderError(f"app must be one of {', '.join(self._providers)}.")
        return provider

    async def choose(self, request: Request) -> Response:
        """Press a button under one of the hotline's messages."""
        given = await _given(request)
        app, person = str(given.get("app", "")), person_of(given)
        provider = self._provider(app)
        number = int(_number(given, "message", 0, 0, 2**53))
        bubble = self._desk.chats.find(app, person, number)
        offered = bubble.choices if bubble else []
        choice = next((one for one in offered if one["id"] == given.get("choice")), None)
        if bubble is None or choice is None:
            raise OrderError("There is no such message or no such choice under it.")
        provider.choose(person, bubble, choice)
        return JSONResponse({})

    async def messages(self, request: Request) -> Response:
        """Return the chat of one person in one app, oldest first."""
        given = request.query_params
        app, person = given.get("app", ""), person_of(given)
        self._provider(app)
        after = int(_number(given, "after", 0, 0, 2**53))
        shown = self._desk.chats.shown(app, person, after)
        return JSONResponse({"messages": shown}, headers=NO_CACHE)

    async def redeliver(self, request: Request) -> Response:
        """Send the app's last delivery once more."""
        app = str((await _given(request)).get("app", ""))
        outcome = await self._provider(app).repeat()
        if outcome is None:
            raise OrderError("Nothing was sent in this app yet.")
        return JSONResponse(outcome)

    async def outage(self, request: Request) -> Response:
        """Put a provider's API out of order, or back in order."""
        given = await _given(request)
        app, mode = str(given.get("app", "")), given.get("mode")
        self._provider(app)
        if mode not in {"refuse", "none"}:
            raise OrderError('mode must be "refuse" or "none".')
        if mode == "refuse":
            self._desk.out_of_order.add(app)
        else:
            self._desk.out_of_order.discard(app)
        return JSONResponse({"app": app, "mode": mode})

    async def samples(self, _: Request) -> Response:
        """Return the names of the pictures that can be sent."""
        found = [
            {"name": name, "title": title, "url": f"/phone/samples/{name}.jpg"}
            for name, (title, _) in SAMPLES.items()
        ]
        return JSONResponse({"samples": found})

    async def sample(self, request: Request) -> Response:
        """Return one of the pictures."""
        name = request.path_params["name"]
        if name not in SAMPLES:
            return Response("Not found", status_code=404)
        return Response(await run_in_threadpool(sample, name), media_type="image/jpeg")

    async def picture(self, request: Request) -> Response:
        """Return a picture that stands in a chat."""
        media = self._shown.find(request.path_params["name"])
        if media is None:
            return Response("Not found", status_code=404)
        return Response(media.content, media_type=media.media_type)


async def _given(request: Request) -> Mapping[str, Any]:
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            value = json.loads(await request.body())
        except ValueError:
            raise OrderError("The body must be JSON.") from None
        if not isinstance(value, dict):
            raise OrderError("The body must be a JSON object.")
        return value
    return await request.form(max_part_size=MAX_FILE_BYTES)


async def _files(order: Order, upload: object) -> list[Outgoing]:
    """Return what is to be sent, re-encoded where that is asked for."""
    found = []
    if isinstance(upload, UploadFile) and upload.filename:
        if (upload.size or 0) > MAX_FILE_BYTES:
            raise OrderError(f"The file must be no larger than {MAX_FILE_BYTES >> 20} MiB.")
        claimed = upload.content_type or ""
        content = await upload.read()
        found.append(await run_in_threadpool(outgoing, content, claimed, upload.filename))
    for name in filter(None, order.sample.split(",")):
        if name not in SAMPLES:
            raise OrderError(f"There is no sample '{name}'.")
        content = await run_in_threadpool(sample, name)
        found.append(Outgoing(content, "image/jpeg", f"{name}.jpg"))
    return [await run_in_threadpool(_prepared, file, order) for file in found]


def _prepared(file: Outgoing, order: Order) -> Outgoing:
    is_plain = order.quality is None and order.scale == 1
    if is_plain or look_at(file.content) is None:
        return file
    content = re_encoded(file.content, quality=order.quality or 85, scale=order.scale)
    return Outgoing(content, "image/jpeg", file.filename)


async def _outcome(bubble: Bubble, delivery: Delivery | None, *, wait: bool) -> dict[str, object]:
    if delivery and wait:
        await delivery.done.wait()
    outcome = delivery.as_json() if delivery else {}
    return {"number": bubble.number, "id": bubble.provider_id, **outcome}
