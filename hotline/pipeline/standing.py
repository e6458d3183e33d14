"""Where an item, and so a report, stands: from rows to one word, by pure rules."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from hotline.assessment.models import QueueEntry
from hotline.assessment.outcome import Outcome, outcome_of
from hotline.intake.models import Report, Sighting
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


def standing_of(sighting: Sighting) -> Standing:
    """Return where the sighted item stands for the report it was seen in."""
    item = sighting.item
    inspection = Inspection.objects.filter(item=item).first()
    if inspection is None or inspection.decided_at is None:
        return Standing.OPEN
    if inspection.decided_at < sighting.at:
        return Standing.OPEN  # looked up before this sighting; it is about to be again
    if inspection.decision == Decision.KNOWN:
        return _listed_since(item, sighting.at)
    entry = item.queue_entries.order_by("-queued_at").first()
    if entry is None or entry.closed_at is None:
        return Standing.OPEN
    return _decided(item, entry, sighting.at)


def _decided(item: MediaItem, entry: QueueEntry, seen_at: datetime) -> Standing:
    if entry.closing == QueueEntry.Closing.RECOGNISED:
        return _listed_since(item, seen_at)
    assessment = item.assessments.filter(at__gte=entry.queued_at).order_by("-pk").first()
    if entry.closing == QueueEntry.Closing.NOTED or assessment is None:
        return Standing.NOT_ASSESSABLE
    if _is_listed(item):
        return _listed_since(item, seen_at)
    outcome = outcome_of(frozenset(assessment.labels))
    return Standing.NOT_ILLEGAL if outcome is Outcome.NOT_ILLEGAL else Standing.ILLEGAL


def _is_listed(item: MediaItem) -> bool:
    newest = HashEntry.objects.filter(item_id=item.pk).order_by("-pk").first()
    return newest is not None and newest.state == EntryState.LISTED


def _listed_since(item: MediaItem, seen_at: datetime) -> Standing:
    """Tell whether what lists this picture was on the list before the reporter sent it."""
    entries = {match.entry_id for match in item.matches.all() if match.entry_id}
    own = HashEntry.objects.filter(item_id=item.pk).values_list("entry_id", flat=True)
    log = HashEntry.objects.filter(entry_id__in=entries | set(own), state=EntryState.LISTED)
    return Standing.KNOWN if log.filter(at__lt=seen_at).exists() else Standing.LISTED
