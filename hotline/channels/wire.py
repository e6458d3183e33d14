"""Read what a provider sent without ever falling over it, and losing nothing of it.

Providers add fields, leave fields out and change types without notice, and one odd message
must not take the others of its delivery with it. So a body is first opened as plain JSON;
each part is then read by a tolerant model, and a part that no model fits becomes an UNKNOWN
message that a person looks at.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from hotline.channels.base import (
    Attachment,
    Choice,
    InboundMessage,
    MessageKind,
    UnreadableError,
)

MAX_DEPTH = 64  # no provider nests deeper than about 12
MAX_INTEGER_BITS = 64
Model = TypeVar("Model")


class NotJsonError(UnreadableError):
    """The body cannot be read as JSON at all."""

    def __init__(self) -> None:
        super().__init__("The delivery is not JSON.")


class NotAnObjectError(UnreadableError):
    """The body is JSON, but not the object that every provider sends."""

    def __init__(self) -> None:
        super().__init__("The delivery is JSON, but not an object.")


class NestedTooDeepError(UnreadableError):
    """The body is nested deeper than any real delivery."""

    def __init__(self) -> None:
        super().__init__(f"The delivery is nested deeper than {MAX_DEPTH} levels.")


@dataclass(frozen=True, slots=True)
class Said:
    """What a message says, apart from who said it and when."""

    kind: MessageKind
    text: str | None = None
    attachments: tuple[Attachment, ...] = ()
    about: str | None = None


def opened(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a delivery, its strings safe to store."""
    value = _cleaned(_decoded(body), 0)
    if not isinstance(value, dict):
        raise NotAnObjectError
    return value


def _decoded(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except RecursionError:
        raise NestedTooDeepError from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    # Half an emoji (a lone surrogate) is no reason to lose a report; this reader takes it.
    try:
        return json.loads(body)
    except RecursionError:
        raise NestedTooDeepError from None
    except ValueError:
        raise NotJsonError from None


def _cleaned(value: object, depth: int) -> object:
    """Return the value with what a database cannot hold replaced: NUL, half emoji, huge numbers."""
    if depth > MAX_DEPTH:
        raise NestedTooDeepError
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_cleaned(one, depth + 1) for one in value]
    if isinstance(value, dict):
        return {str(_cleaned(key, depth)): _cleaned(one, depth + 1) for key, one in value.items()}
    if isinstance(value, int) and value.bit_length() > MAX_INTEGER_BITS:
        return None
    return value


def listed(value: object) -> list[Any]:
    """Return the value as a list: a provider's single object counts as a list of one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def modelled(part: object, model: type[Model]) -> Model | None:
    """Return the part as the model, or None where it does not fit."""
    try:
        return msgspec.convert(part, model, strict=False)
    except msgspec.ValidationError:
        return None


def moment(timestamp: float | None, *, per_second: int = 1) -> datetime:
    """Return a provider's timestamp in UTC; one that is missing or absurd counts as now."""
    now = datetime.now(UTC)
    if timestamp is None:
        return now
    try:
        return datetime.fromtimestamp(timestamp / per_second, UTC)
    except (OverflowError, ValueError, OSError):
        return now


def value_at(part: object, *keys: str) -> object:
    """Return whatever stands at this path, or None."""
    for key in keys:
        part = part.get(key) if isinstance(part, dict) else None
    return part


def text_at(part: object, *keys: str) -> str | None:
    """Return the non-empty string (or number, as a string) at this path, or None."""
    value = value_at(part, *keys)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_number or (isinstance(value, str) and value) else None


def content_id(part: object) -> str:
    """Return an id for a part that brings none, the same at each re-delivery."""
    content = json.dumps(part, sort_keys=True).encode()
    return f"content:{hashlib.sha256(content).hexdigest()}"


def unknown(
    part: object, raw_type: str, *, message_id: str | None = None, address: str | None = None
) -> InboundMessage:
    """Return a part that no model fits, kept so that a person looks at it."""
    return InboundMessage(
        id=message_id or content_id(part),
        kind=MessageKind.UNKNOWN,
        sent_at=datetime.now(UTC),
        address=address,
        raw_type=raw_type,
    )


def lines(*parts: object) -> str | None:
    """Return the parts that are there, one per line; None where there are none."""
    return "\n".join(str(part) for part in parts if part not in (None, "")) or None


def numbered(text: str, choices: Sequence[Choice]) -> str:
    """Return the text with its choices as numbered lines, where a channel has no buttons."""
    if not choices:
        return text
    options = (f"{number} {choice.label}" for number, choice in enumerate(choices, start=1))
    return "\n".join([text, "", *options])


def pages(text: str, max_length: int) -> list[str]:
    """Return the text in parts no longer than the provider takes, cut between words."""
    found = []
    while len(text) > max_length:
        cut = max(text.rfind("\n", 1, max_length), text.rfind(" ", 1, max_length))
        cut = cut if cut > 0 else max_length
        found.append(text[:cut])
        text = text[cut:].lstrip()
    return [*found, text] if text or not found else found
