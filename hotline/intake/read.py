"""Read a delivery: its messages become rows, join or open reports, and are answered.

What the conversation makes of a message is dialogue.py's pure decision; here it is written
down. Nothing a sender does later (withdraw, edit) changes what stands here already.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.timezone import now

from hotline.channels.base import InboundMessage, MessageKind, UnreadableError
from hotline.custody.actions import Action
from hotline.custody.actors import Actor
from hotline.custody.record import record
from hotline.intake.channels import channel
from hotline.intake.dialogue import DialogueState, Fact, Said, Stage, Turn, answer
from hotline.intake.models import TEXT, Attachment, Delivery, Message, Reply, Report, Reporter
from hotline.intake.outbox import Occasion, ask
from hotline.intake.profile import profile
from hotline.intake.reference import new_reference
from hotline.intake.reporters import lock_reporters
from hotline.intake.wording import Key
from hotline.vault.encryption import seal_text

# Whoever reports on the page is known by nothing but the code they keep.
ADDRESS_IS_REFERENCE = frozenset({"webform"})
UNWANTED = "This hotline does not take media, so the file was not fetched."
# A reply that answers no single message but the reporter or the report, and so is said once.
ONCE_PER_REPORTER = frozenset({Key.STOPPED})
ONCE_PER_REPORT = frozenset({Key.MEDIA_NOT_ACCEPTED})


@dataclass(frozen=True, slots=True)
class Reading:
    """What a delivery held that something must follow for."""

    attachments: tuple[Attachment, ...]
    replies: tuple[Reply, ...]
    reports: tuple[Report, ...]  # those that a message of this delivery added something to
    needs_a_look: bool


@transaction.atomic
def read(delivery: Delivery, *, actor: Actor) -> Reading:
    """Read the delivery once; return what still waits because of it, as often as asked."""
    delivery = Delivery.objects.select_for_update(no_key=True).get(pk=delivery.pk)
    if delivery.state == Delivery.State.WAITING:
        opened = _take_in(delivery)
        for report in opened:
            record(Action.REPORT_RECEIVED, report, actor=actor, details=_origin(delivery))
    return _reading_of(delivery)


def _origin(delivery: Delivery) -> dict[str, str]:
    return {"channel": delivery.channel, "delivery": str(delivery.pk)}


def _take_in(delivery: Delivery) -> list[Report]:
    """Write every message down and return the reports it opened."""
    delivery.state = Delivery.State.READ
    opened: list[Report] = []
    try:
        messages = channel(delivery.channel).parse(delivery.body or b"")
    except UnreadableError:
        messages = []
        delivery.state = Delivery.State.NEEDS_A_LOOK
    reporters = lock_reporters(delivery.channel, messages)
    for inbound in messages:
        if inbound.kind is MessageKind.NOTICE:
            continue  # The provider about itself.
        turn = _hear(delivery, inbound, reporters.get(inbound.address or ""), opened)
        if Fact.NEEDS_A_LOOK in turn.facts:
            delivery.state = Delivery.State.NEEDS_A_LOOK
    if delivery.state == Delivery.State.READ and not _is_tied_to_a_reporter(delivery):
        # Receipts, typing, a repetition: it may hold an address, and nobody's STOP would find it.
        delivery.body_sealed = None
    delivery.save(update_fields=["state", "body_sealed"])
    return opened


def _is_tied_to_a_reporter(delivery: Delivery) -> bool:
    return Message.objects.filter(delivery=delivery, reporter__isnull=False).exists()


def _hear(
    delivery: Delivery, inbound: InboundMessage, reporter: Reporter | None, opened: list[Report]
) -> Turn:
    """Write one message down and answer it; what was heard before changes nothing."""
    message, is_new = Message.objects.get_or_create(
        channel=delivery.channel,
        tag=Message.tag_of(delivery.channel, inbound.id),
        defaults=_row(delivery, inbound, reporter),
    )
    if not is_new:
        return Turn(DialogueState())
    report = None if reporter is None else _current_report(reporter)
    said = Said(inbound.kind, inbound.text or "", len(inbound.attachments))
    turn = answer(_state_of(reporter, report), said, profile())
    if reporter is not None:
        _note_reporter(reporter, inbound, turn)
        _follow(message, inbound, _joined_report(message, report, turn, opened), turn)
    return turn


def _follow(message: Message, inbound: InboundMessage, report: Report | None, turn: Turn) -> None:
    """Do what the turn says."""
    if Fact.IS_CONTENT in turn.facts:
        _add_attachments(message, inbound, turn)
    for key in turn.replies:
        _ask(key, message, report)
    if Fact.ASKED_BY_CODE in turn.facts:
        _tell_by_code(message, turn.code)


def _row(
    delivery: Delivery, inbound: InboundMessage, reporter: Reporter | None
) -> dict[str, object]:
    name = delivery.channel
    return {
        "delivery": delivery,
        "reporter": reporter,
        "kind": inbound.kind.value,
        "raw_type": inbound.raw_type[:60],
        "is_forwarded": inbound.is_forwarded,
        "text_sealed": seal_text(inbound.text, purpose=TEXT) if inbound.text else None,
        "about_tag": Message.tag_of(name, inbound.about) if inbound.about else None,
        "album_tag": Message.tag_of(name, inbound.album) if inbound.album else None,
        "sent_at": inbound.sent_at,
        "received_at": delivery.received_at,
    }


def _current_report(reporter: Reporter) -> Report | None:
    """Return the open report, locked so that it cannot be closed meanwhile, or the last one."""
    reports = Report.objects.filter(reporter=reporter)
    still_open = reports.exclude(state=Report.State.CLOSED).select_for_update(no_key=True)
    return still_open.order_by("opened_at").last() or reports.order_by("opened_at").last()


def _state_of(reporter: Reporter | None, report: Report | None) -> DialogueState:
    offering = Reply.objects.filter(reporter=reporter).exclude(choices=[])
    last = offering.order_by("created_at").last() if reporter else None
    offered = tuple(choice["id"] for choice in last.choices) if last else ()
    if report is None:
        return DialogueState(offered=offered)
    return DialogueState(stage=Stage(report.state), offered=offered, **report.dialogue)


def _note_reporter(reporter: Reporter, inbound: InboundMessage, turn: Turn) -> None:
    """Remember the language; and whether they blocked us, until they write again."""
    reporter.is_blocked = Fact.BLOCKED_US in turn.facts
    if inbound.language or not reporter.language:
        reporter.language = profile().language_for(inbound.language)
    reporter.save(update_fields=["is_blocked", "language"])


def _joined_report(
    message: Message, report: Report | None, turn: Turn, opened: list[Report]
) -> Report | None:
    """Attach the message to the report it belongs to, and return the report it is about."""
    is_open = report is not None and report.state != Report.State.CLOSED
    if Fact.IS_CONTENT in turn.facts and not is_open:
        report = _open_report(message)
        opened.append(report)
    if report is not None:
        report.dialogue = {
            "n_texts": turn.state.n_texts,
            "has_stopped": turn.state.has_stopped,
        }
        report.save(update_fields=["dialogue"])
    if turn.facts & {Fact.IS_CONTENT, Fact.CHANGED_LATER, Fact.NEEDS_A_LOOK}:
        message.report = report
        message.save(update_fields=["report"])
    return report


def _open_report(message: Message) -> Report:
    reporter = message.reporter
    if reporter is None:
        raise AssertionError(message)  # _hear answers only those it knows
    reference = new_reference()
    if reporter.channel in ADDRESS_IS_REFERENCE:
        reference = reporter.address or reference
    while Report.objects.filter(reference=reference).exists():
        reference = new_reference()
    return Report.objects.create(reference=reference, reporter=reporter, opened_at=now())


def _add_attachments(message: Message, inbound: InboundMessage, turn: Turn) -> None:
    is_unwanted = Fact.MEDIA_UNWANTED in turn.facts
    state = Attachment.State.FAILED if is_unwanted else Attachment.State.WAITING
    rows = [
        Attachment(
            message=message,
            ordinal=ordinal,
            details_sealed=Attachment.sealed(details),
            state=state,
            problem=UNWANTED if is_unwanted else "",
            is_acknowledged=is_unwanted,
        )
        for ordinal, details in enumerate(inbound.attachments)
    ]
    Attachment.objects.bulk_create(rows)


def _ask(key: Key, message: Message, report: Report | None) -> None:
    cause = f"{key}:{message.pk}"
    if key in ONCE_PER_REPORTER:
        cause = key.value
    elif key in ONCE_PER_REPORT and report is not None:
        cause = f"{key}:{report.pk}"
    if message.reporter is not None:
        ask(key, Occasion(message.reporter, report, cause, message))


def _tell_by_code(message: Message, code: str) -> None:
    """Answer STATUS with a code: the state of that report, to whoever knows the code."""
    if message.reporter is None:
        return
    key, reference = Key.STATUS_NONE, ""
    if report := Report.objects.filter(reference=code).first():
        key, reference = Key(f"status_{report.state}"), report.reference
    occasion = Occasion(message.reporter, None, f"{key}:{message.pk}", message)
    ask(key, occasion, reference=reference)


def _reading_of(delivery: Delivery) -> Reading:
    attachments = Attachment.objects.filter(
        message__delivery=delivery, state=Attachment.State.WAITING
    )
    replies = Reply.objects.filter(message__delivery=delivery, state=Reply.State.WAITING)
    kinds: Sequence[str] = (MessageKind.CONTENT, MessageKind.EDITED, MessageKind.CHOICE)
    reports = Report.objects.filter(messages__delivery=delivery, messages__kind__in=kinds)
    return Reading(
        attachments=tuple(attachments.order_by("message__sent_at", "ordinal")),
        replies=tuple(replies.order_by("created_at")),
        reports=tuple(reports.distinct().order_by("opened_at")),
        needs_a_look=delivery.state == Delivery.State.NEEDS_A_LOOK,
    )
