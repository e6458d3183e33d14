"""What stands on the phone's screen: one chat with the hotline per app and person."""

import time
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Any

MAX_BUBBLES = 500  # of one chat


@dataclass(slots=True)
class Bubble:
    """One message in a chat."""

    number: int
    author: str  # "person" or "hotline"
    text: str
    provider_id: str
    picture: str | None = None  # address of the picture, where there is one
    filename: str | None = None
    choices: list[dict[str, str]] = field(default_factory=list)
    at: float = field(default_factory=time.time)
    state: str = "sent"  # of a person's message: sent, delivered, failed


class Chats:
    """All chats, and which person an app's address belongs to."""

    def __init__(self) -> None:
        self._bubbles: dict[tuple[str, str], list[Bubble]] = defaultdict(list)
        self._people: dict[tuple[str, str], str] = {}
        self._numbers = count(1)

    def know(self, app: str, person: str, address: str) -> None:
        """Remember whose address this is, so that a reply finds its chat."""
        self._people[app, address] = person

    def person_at(self, app: str, address: str) -> str | None:
        """Return who has this address, if they ever wrote."""
        return self._people.get((app, address))

    def add(self, app: str, person: str, author: str, text: str, provider_id: str) -> Bubble:
        """Append a message to the chat."""
        bubble = Bubble(next(self._numbers), author, text, provider_id)
        chat = self._bubbles[app, person]
        chat.append(bubble)
        del chat[:-MAX_BUBBLES]
        return bubble

    def last_from_person(self, app: str, person: str) -> Bubble | None:
        """Return the newest message of the person: it opens WhatsApp's 24 hours."""
        chat = self._bubbles.get((app, person), [])
        return next((bubble for bubble in reversed(chat) if bubble.author == "person"), None)

    def find(self, app: str, person: str, number: int) -> Bubble | None:
        """Return the message of this number."""
        chat = self._bubbles.get((app, person), [])
        return next((bubble for bubble in chat if bubble.number == number), None)

    def shown(self, app: str, person: str, after: int = 0) -> list[dict[str, Any]]:
        """Return the messages after this number, as JSON."""
        chat = self._bubbles.get((app, person), [])
        return [asdict(bubble) for bubble in chat if bubble.number > after]
