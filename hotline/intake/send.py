"""Send one reply of the outbox. The reporter's address is unsealed here and nowhere else.

At least once: the reply is marked as sent after the provider took it, so a crash in between
says it twice rather than never (docs/decisions/0004-replies-at-least-once.md).
"""

from django.db import transaction
from django.utils.timezone import now

from hotline.channels.base import ChannelError
from hotline.custody.actors import Process
from hotline.intake.channels import channel
from hotline.intake.close import CLOSING_TEXTS
from hotline.intake.erase import erase
from hotline.intake.errors import MAX_TRIES, TryAgainError, wait_seconds
from hotline.intake.models import Reply, Report
from hotline.intake.outbox import choices_of
from hotline.intake.wording import Key

# STOP means now: if the provider is down we do not keep an address for days to say goodbye.
MAX_GOODBYE_TRIES = 3


def send(reply: Reply) -> None:
    """Send the reply if it still waits; raise TryAgainError when that cannot be done now."""
    with transaction.atomic():
        # The lock makes a second worker pass by instead of saying the same again.
        waiting = Reply.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
        waiting = waiting.filter(pk=reply.pk, state=Reply.State.WAITING)
        mine = waiting.select_related("reporter").first()
        wait = None if mine is None else _try(mine)
    if wait is not None:
        raise TryAgainError(wait)


def _try(reply: Reply) -> float | None:
    """Send, note how it went, and return how long to wait before the next try."""
    reporter = reply.reporter
    address = None if reporter.is_blocked else reporter.address
    if address is None:
        _settle(reply, Reply.State.DROPPED)
        return None
    try:
        channel(reporter.channel).send(address, reply.text, choices_of(reply))
    except ChannelError as error:
        return _failed(reply, error)
    _settle(reply, Reply.State.SENT)
    return None


def _failed(reply: Reply, error: ChannelError) -> float | None:
    reply.n_tries += 1
    reply.problem = str(error)
    limit = MAX_GOODBYE_TRIES if reply.key == Key.STOPPED else MAX_TRIES
    if error.permanent or reply.n_tries >= limit:
        _settle(reply, Reply.State.FAILED)
        return None
    reply.save(update_fields=["n_tries", "problem"])
    return wait_seconds(reply.n_tries, error.retry_after_seconds)


def _settle(reply: Reply, state: Reply.State) -> None:
    """Mark the reply; and once the last word is said (or cannot be), erase the address."""
    reply.state = state
    reply.sent_at = now() if state == Reply.State.SENT else None
    reply.save(update_fields=["state", "sent_at", "n_tries", "problem"])
    if _was_the_last_word(reply):
        erase(reply.reporter, actor=Process.WORKER)


def _was_the_last_word(reply: Reply) -> bool:
    if reply.key == Key.STOPPED:
        return True
    to_them = Reply.objects.filter(reporter=reply.reporter)
    still_to_say = to_them.filter(state=Reply.State.WAITING)
    still_open = Report.objects.filter(reporter=reply.reporter).exclude(state=Report.State.CLOSED)
    is_closed = to_them.filter(key__in=CLOSING_TEXTS.values()).exists()
    return is_closed and not still_open.exists() and not still_to_say.exists()
