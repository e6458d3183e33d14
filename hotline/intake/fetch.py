"""Bring an attachment's bytes into the vault, as a stream, whatever goes wrong on the way.

A failure never loses the message. What fails for now is tried again for days; what fails
for good says so in a sentence for the analyst, and the reporter is told to send it again.
"""

from dataclasses import replace

from django.conf import settings
from django.db import transaction
from django.utils.timezone import now

from hotline.channels.base import Attachment as Details
from hotline.channels.base import ChannelError
from hotline.custody.actions import Action
from hotline.custody.actors import Actor
from hotline.custody.record import record
from hotline.intake.channels import channel
from hotline.intake.errors import MAX_TRIES, TryAgainError, wait_seconds
from hotline.intake.models import Attachment, Reply, Sighting
from hotline.intake.outbox import Occasion, ask
from hotline.intake.wording import Key
from hotline.vault import store
from hotline.vault.models import MediaItem

TRIES_IN_SILENCE = 1  # a hiccup is over before "not yet" could be read
GONE = "The page that took this file no longer has it in the vault."


def fetch(attachment: Attachment, *, actor: Actor) -> MediaItem | None:
    """Return the stored item; None when it is refused for good. May raise TryAgainError."""
    attachment = Attachment.objects.select_related("message", "item").get(pk=attachment.pk)
    if attachment.state != Attachment.State.WAITING:
        return attachment.item
    details = attachment.details
    try:
        item = _stored(attachment.message.channel, details, actor)
    except store.TooLargeError as error:
        _refuse(attachment, Attachment.State.TOO_LARGE, str(error), actor)
        return None
    except ChannelError as error:
        if not error.permanent:
            _raise_unless_too_often(attachment, error)
        _refuse(attachment, Attachment.State.FAILED, str(error), actor)
        return None
    if item is None:
        _refuse(attachment, Attachment.State.FAILED, GONE, actor)
        return None
    return _link(attachment, item, actor)


def _stored(name: str, details: Details, actor: Actor) -> MediaItem | None:
    """Return the item of the attachment's bytes; None when the web form's item is gone."""
    if details.item_id is not None:
        return MediaItem.objects.filter(pk=details.item_id, disposed_at=None).first()
    if (details.size or 0) > settings.MAX_ATTACHMENT_BYTES:
        raise store.TooLargeError(settings.MAX_ATTACHMENT_BYTES)
    with channel(name).download(details) as chunks:
        item, _ = store.put(chunks, actor=actor)
    return item


@transaction.atomic
def _link(attachment: Attachment, item: MediaItem, actor: Actor) -> MediaItem:
    """Note where the item was seen. Killed before this, the same bytes find the same item."""
    attachment = _locked(attachment)
    if attachment.state != Attachment.State.WAITING or attachment.message.report is None:
        return attachment.item or item
    attachment.item = item
    _settle(attachment, Attachment.State.STORED, "")
    report = attachment.message.report
    Sighting.objects.create(item=item, report=report, attachment=attachment, at=now())
    details = {"report": str(report.pk), "attachment": str(attachment.pk)}
    record(Action.MEDIA_SIGHTED, item, actor=actor, details=details)
    return item


@transaction.atomic
def _refuse(attachment: Attachment, state: Attachment.State, problem: str, actor: Actor) -> None:
    attachment = _locked(attachment)
    if attachment.state != Attachment.State.WAITING:
        return
    _settle(attachment, state, problem)
    record(Action.ATTACHMENT_REFUSED, attachment, actor=actor, details={"state": state.value})


def _raise_unless_too_often(attachment: Attachment, error: ChannelError) -> None:
    """Note the failure and raise TryAgainError; return only after days of that."""
    with transaction.atomic():
        attachment = _locked(attachment)
        attachment.n_tries += 1
        attachment.problem = str(error)
        attachment.save(update_fields=["n_tries", "problem"])
        reply = _not_yet(attachment)
    if attachment.n_tries < MAX_TRIES:
        wait = wait_seconds(attachment.n_tries, error.retry_after_seconds)
        raise TryAgainError(wait, reply)


def _not_yet(attachment: Attachment) -> Reply | None:
    """Tell the reporter to keep the file: once in a report, and not for a hiccup."""
    report = attachment.message.report
    if attachment.n_tries <= TRIES_IN_SILENCE or report is None:
        return None
    occasion = Occasion(report.reporter, report, f"{Key.NOT_YET}:{report.pk}", attachment.message)
    return ask(Key.NOT_YET, occasion)


def _settle(attachment: Attachment, state: Attachment.State, problem: str) -> None:
    """Write the end of it, and forget the provider's reference: it may name the reporter."""
    attachment.state = state
    attachment.problem = problem
    attachment.details_sealed = Attachment.sealed(replace(attachment.details, ref=""))
    attachment.save(update_fields=["state", "problem", "item", "details_sealed"])


def _locked(attachment: Attachment) -> Attachment:
    rows = Attachment.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("message__report__reporter", "item").get(pk=attachment.pk)
