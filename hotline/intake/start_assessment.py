"""Say of a report that somebody will look at it, so that STATUS can tell."""

from hotline.custody.actors import Actor
from hotline.intake.models import Report


def start_assessment(report: Report, *, actor: Actor) -> bool:  # noqa: ARG001  # every verb names its actor; the queue entry is what the log holds
    """Move a received report on; return whether it moved (a second time does nothing)."""
    received = Report.objects.filter(pk=report.pk, state=Report.State.RECEIVED)
    return received.update(state=Report.State.IN_ASSESSMENT) == 1
