"""Write a reply into the outbox, once per cause; sending it is intake/send.py's work."""

from typing import NamedTuple

from django.utils.timezone import now

from hotline.channels.base import Choice
from hotline.intake.models import REPLY, Message, Reply, Report, Reporter
from hotline.intake.profile import fill, profile
from hotline.intake.wording import BUTTONS, Key, wordings
from hotline.vault.encryption import seal_text

WITH_BUTTONS = frozenset({Key.RECEIVED, Key.TEXT_RECEIVED, Key.HELP})


class Occasion(NamedTuple):
    """Whom a reply is for, what it is about, and what makes it one."""

    reporter: Reporter
    report: Report | None
    cause: str
    message: Message | None = None


def ask(key: Key, occasion: Occasion, **values: object) -> Reply | None:
    """Return the reply for this occasion, new or not; None to somebody we must not write to."""
    reporter, report = occasion.reporter, occasion.report
    if reporter.is_blocked or reporter.address_erased_at:
        return None
    language = profile().language_for(reporter.language)
    if report is not None:
        values = {"reference": report.reference, **values}
    text = fill(key, language, **values)
    reply, _ = Reply.objects.get_or_create(
        reporter=reporter,
        cause=occasion.cause,
        defaults={
            "report": report,
            "message": occasion.message,
            "key": key,
            "text_sealed": seal_text(text, purpose=REPLY),
            "choices": _buttons(language) if key in WITH_BUTTONS else [],
            "created_at": now(),
        },
    )
    return reply


def choices_of(reply: Reply) -> list[Choice]:
    """Return the reply's buttons as a channel takes them."""
    return [Choice(id=one["id"], label=one["label"]) for one in reply.choices]


def _buttons(language: str) -> list[dict[str, str]]:
    labels = wordings()[language].choices
    return [{"id": command.value, "label": labels[command]} for command in BUTTONS]
