"""Close a report: everything in it is decided, and the reporter hears what came of it."""

from django.db import transaction
from django.utils.timezone import now

from hotline.custody.actions import Action
from hotline.custody.actors import Actor
from hotline.custody.record import record
from hotline.intake.models import Attachment, Reply, Report
from hotline.intake.outbox import Occasion, ask
from hotline.intake.wording import Key

CLOSING_TEXTS = {
    Report.Outcome.KNOWN: Key.CLOSING_KNOWN,
    Report.Outcome.LISTED: Key.CLOSING_LISTED,
    Report.Outcome.ILLEGAL: Key.CLOSING_ILLEGAL,
    Report.Outcome.NOT_ILLEGAL: Key.CLOSING_NOT_ILLEGAL,
    Report.Outcome.NOTHING_TO_ASSESS: Key.CLOSING_NOTHING_TO_ASSESS,
}


@transaction.atomic
def close(report: Report, outcome: Report.Outcome, *, actor: Actor) -> Reply | None:
    """Close the report and return the closing message.

    None, and nothing happens, when it is closed already, or while the reporter was not told
    of every file: "we have it" comes before "this came of it", and a file may be on its way.
    None also when we cannot write to the reporter; the report is closed all the same.
    """
    report = Report.objects.select_for_update(no_key=True).get(pk=report.pk)
    untold = Attachment.objects.filter(message__report=report, is_acknowledged=False)
    if report.state == Report.State.CLOSED or untold.exists():
        return None
    report.state = Report.State.CLOSED
    report.outcome = outcome
    report.closed_at = now()
    report.save(update_fields=["state", "outcome", "closed_at"])
    occasion = Occasion(report.reporter, report, cause=f"closing:{report.pk}")
    reply = ask(CLOSING_TEXTS[outcome], occasion)
    record(Action.REPORT_CLOSED, report, actor=actor, details={"outcome": outcome.value})
    return reply
