"""Where an item, and so a report, stands: from rows to one word, by pure rules."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from django.db.models import Q

from hotline.assessment.models import QueueEntry
from hotline.assessment.opinions import agreed_on
from hotline.assessment.outcome import Outcome, outcome_of
from hotline.intake.models import Attachment, Report, Sighting
from hotline.matching.models import Decision, Inspection
from hotline.registry.models import EntryState, HashEntry
from hotline.vault.models import MediaItem


class Standing(StrEnum):
    """Where one item stands, seen from one report."""

    OPEN = "open"  # still on its way, or waiting for analysts
    KNOWN = "known"  # on the list before the report came
    LISTED = "listed"  # on the list since
    ILLEGAL = "illegal"  # confirmed, but not on a list
    NOT_ILLEGAL = "not illegal"
    NOT_ASSESSABLE = "not assessable"


# What the reporter hears is the weightiest thing that their report led to.
WEIGHT = (
    (Standing.LISTED, Report.Outcome.LISTED),
    (Standing.KNOWN, Report.Outcome.KNOWN),
    (Standing.ILLEGAL, Report.Outcome.ILLEGAL),
    (Standing.NOT_ILLEGAL, Report.Outcome.NOT_ILLEGAL),
    (Standing.NOT_ASSESSABLE, Report.Outcome.NOTHING_TO_ASSESS),
)


def outcome_of_report(standings: Sequence[Standing]) -> Report.Outcome | None:
    """Return what a report led to; None while something in it is open."""
    if Standing.OPEN in standings:
        return None
    for standing, outcome in WEIGHT:
        if standing in standings:
            return outcome
    return Report.Outcome.NOTHING_TO_ASSESS


def standings_of(report: Report) -> list[Standing]:
    """Return where everything in the report stands."""
    sightings = report.sightings.select_related("item")
    standings = [standing_of(sighting) for sighting in sightings]
    waiting = Attachment.objects.filter(
        message__report=report, state=Attachment.State.WAITING
    ).exists()
    if waiting or report.queue_entries.filter(item=None, closed_at=None).exists():
        standings.append(Standing.OPEN)
    return standings


def standing_of(sighting: Sighting) -> Standing:
    """Return where the sighted item stands for the report it was seen in."""
    item = sighting.item
    inspection = Inspection.objects.filter(item=item).first()
    # An item that was looked up before this sighting is about to be looked up again.
    if inspection is None or not inspection.decided_at or inspection.decided_at < sighting.at:
        return Standing.OPEN
    if inspection.decision == Decision.KNOWN:
        return _listed_since(item, sighting.at)
    entry = QueueEntry.objects.filter(item=item).first()
    if entry is None or entry.closed_at is None:
        return Standing.OPEN
    return _decided(item, entry, sighting.at)


def _decided(item: MediaItem, entry: QueueEntry, seen_at: datetime) -> Standing:
    if entry.closing == QueueEntry.Closing.NOTED:
        return Standing.NOT_ASSESSABLE
    if entry.closing == QueueEntry.Closing.RECOGNISED:
        return _listed_since(item, seen_at)
    outcome = outcome_of(agreed_on(entry).labels)
    if outcome is Outcome.UNCLEAR:
        return Standing.NOT_ASSESSABLE
    return Standing.NOT_ILLEGAL if outcome is Outcome.NOT_ILLEGAL else Standing.ILLEGAL


def _listed_since(item: MediaItem, seen_at: datetime) -> Standing:
    """Tell whether what lists this picture was on the list before the reporter sent it."""
    matched = item.matches.exclude(entry_id=None).values("entry_id")
    listed = HashEntry.objects.filter(
        Q(item_id=item.pk) | Q(entry_id__in=matched), state=EntryState.LISTED
    )
    return Standing.KNOWN if listed.filter(at__lt=seen_at).exists() else Standing.LISTED
