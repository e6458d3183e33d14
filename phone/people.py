"""The people who hold the phone: invented ones, known to each app by its own kind of name."""

import hashlib
from uuid import NAMESPACE_URL, uuid5


def _number(person: str, digits: int) -> int:
    digest = hashlib.sha256(person.encode()).hexdigest()
    return int(digest[:24], 16) % int("1" + "0" * digits)


def whatsapp_number(person: str) -> str:
    """Return a Dutch mobile number of a range that is not given out."""
    return f"316000{_number(person, 5):05}"


def telegram_id(person: str) -> int:
    """Return a Telegram user id; the chat with the bot has the same."""
    return 7_000_000_000 + _number(person, 9)


def signal_uuid(person: str) -> str:
    """Return a Signal account id (ACI)."""
    return str(uuid5(NAMESPACE_URL, f"phone:{person}"))
