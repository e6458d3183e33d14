"""What a reporter wrote, unsealed for the moment somebody reads it."""

from dataclasses import dataclass
from datetime import datetime

from hotline.intake.models import Report
from hotline.vault.encryption import UnsealError


@dataclass(frozen=True)
class Said:
    """One message."""

    at: datetime
    text: str
    is_forwarded: bool
    is_withdrawn: bool
    is_readable: bool = True


def texts_of(report: Report) -> list[Said]:
    """Return the report's messages that have a text, oldest first."""
    written = report.messages.exclude(text_sealed=None).order_by("sent_at", "pk")
    said = []
    for message in written:
        try:
            text, is_readable = message.text, True
        except UnsealError:  # One broken seal must not hide the other messages.
            text, is_readable = "", False
        withdrawn = message.is_withdrawn
        said.append(Said(message.sent_at, text, message.is_forwarded, withdrawn, is_readable))
    return said
