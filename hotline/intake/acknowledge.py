"""Tell the reporter that we have what they sent, and that they can delete it now.

"You can delete it now" is a promise: it may leave only when every file it speaks of lies in
the vault. So one reply answers a whole burst or album, once none of its files is on its
way any more, and says exactly which of them we have.
"""

from collections.abc import Sequence

from django.db import transaction

from hotline.custody.actors import Actor
from hotline.intake.models import Attachment, Reply, Report
from hotline.intake.outbox import Occasion, ask
from hotline.intake.wording import Key


def text_for(attachments: Sequence[Attachment], *, is_first: bool) -> Key:
    """Return which text is true of these settled attachments."""
    n_safe = sum(_is_safe(attachment) for attachment in attachments)
    if n_safe == len(attachments):
        return Key.RECEIVED if is_first else Key.RECEIVED_MORE
    if n_safe:
        return Key.RECEIVED_SOME
    if any(attachment.state == Attachment.State.TOO_LARGE for attachment in attachments):
        return Key.TOO_LARGE
    if any(attachment.item for attachment in attachments):
        return Key.EMPTY_FILE
    return Key.NOT_RECEIVED


@transaction.atomic
def acknowledge(report: Report, *, actor: Actor) -> Reply | None:  # noqa: ARG001  # every verb names its actor; what is acknowledged stands in the log as sightings
    """Return the one reply about what arrived since the last; None while something is under way."""
    report = Report.objects.select_for_update(no_key=True).get(pk=report.pk)
    attachments = Attachment.objects.filter(message__report=report).select_related("item")
    fresh = [attachment for attachment in attachments if not attachment.is_acknowledged]
    if not fresh or any(one.state == Attachment.State.WAITING for one in fresh):
        return None
    key = text_for(fresh, is_first=len(fresh) == len(attachments))
    newest = max(str(attachment.pk) for attachment in fresh)
    reply = ask(
        key,
        Occasion(report.reporter, report, cause=f"acknowledgement:{newest}"),
        n_stored=sum(_is_safe(attachment) for attachment in fresh),
        n_all=len(fresh),
    )
    Attachment.objects.filter(pk__in=[one.pk for one in fresh]).update(is_acknowledged=True)
    return reply


def _is_safe(attachment: Attachment) -> bool:
    """Whether the vault holds the file, and there is something in it."""
    item = attachment.item
    is_stored = attachment.state == Attachment.State.STORED and item is not None
    return is_stored and item is not None and item.disposed_at is None and item.size > 0
