"""What each of the three stand-in providers can do, and what they share."""

from dataclasses import dataclass
from typing import Protocol

from starlette.routing import Route

from phone.chats import Bubble, Chats
from phone.deliver import Deliverer, Delivery
from phone.pictures import look_at
from phone.settings import Settings

EVERYTHING_ELSE = "application/octet-stream"
FAMILIES = {"video", "audio"}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A file as it leaves the phone."""

    content: bytes
    media_type: str
    filename: str

    @property
    def family(self) -> str:
        """Return "image" for what apps show as a photo, "video", "audio" or "document"."""
        if self.media_type in {"image/jpeg", "image/png"}:
            return "image"
        family = self.media_type.partition("/")[0]
        return family if family in FAMILIES else "document"


def outgoing(content: bytes, claimed_type: str, filename: str) -> Outgoing:
    """Return the file with its type: of a picture the real one, else what the browser claims."""
    picture = look_at(content)
    if picture:
        return Outgoing(content, picture.media_type, filename)
    is_false = claimed_type.startswith("image/")
    return Outgoing(content, EVERYTHING_ELSE if is_false else claimed_type, filename)


@dataclass(frozen=True, slots=True)
class Message:
    """What a person sends."""

    person: str
    text: str = ""
    file: Outgoing | None = None
    is_forwarded: bool = True
    album: str | None = None  # pictures sent together share it
    language: str = "en"


class Desk:
    """What all three share: the chats, the deliveries, and which of them is out of order."""

    def __init__(self, settings: Settings, chats: Chats, deliverer: Deliverer) -> None:
        self.settings, self.chats, self.deliverer = settings, chats, deliverer
        self.out_of_order: set[str] = set()
        self.is_closing = False

    def serves(self, app: str) -> bool:
        """Return whether streams of this app may stay open."""
        return app not in self.out_of_order and not self.is_closing

    def post(self, app: str, delivery: Delivery, bubble: Bubble) -> Delivery:
        """Deliver the webhook, and show on the phone what became of it."""

        def show(state: str) -> None:
            bubble.state = state

        return self.deliverer.start(app, delivery, show)


class Provider(Protocol):
    """One stand-in: its HTTP interface, and what a person can do in its app."""

    def routes(self) -> list[Route]:
        """Return the provider's own HTTP interface."""

    def say(self, message: Message) -> tuple[Bubble, Delivery | None]:
        """Send what a person typed or picked."""

    def choose(self, person: str, bubble: Bubble, choice: dict[str, str]) -> None:
        """Press a button under one of the hotline's messages."""

    async def repeat(self) -> dict[str, object] | None:
        """Send the last delivery once more."""
