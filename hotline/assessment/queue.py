"""What waits for one analyst, most urgent first, in one query.

The second opinion is blind: nothing on these rows says what others said. Only senior analysts
see disputed items, and there the verdict says no more than that opinions differ.
"""

from django.db.models import (
    Case,
    Count,
    Exists,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models import Value as Is
from django.db.models.functions import Coalesce

from hotline.accounts.models import Analyst
from hotline.accounts.permissions import Permission, may
from hotline.assessment.models import Assessment, QueueEntry, Verdict
from hotline.intake.models import Sighting

DISPUTED = Q(verdict=Verdict.DISPUTED)
URGENCY_RANKS = {"immediate": 0, "ongoing": 1}  # as schema.URGENCY; else last


def waiting_for(analyst: Analyst) -> QuerySet[QueueEntry]:
    """Return the open entries that wait for this analyst.

    Disputed items first, then what the first opinion called urgent, then what was seen most
    often, then the oldest. Each entry has `n_sightings`; item and report come along.
    """
    if not may(analyst, Permission.ASSESS):
        return QueueEntry.objects.none()
    said = Assessment.objects.filter(item=OuterRef("item"), at__gte=OuterRef("queued_at"))
    waiting = ~Exists(said.filter(analyst=analyst)) & ~DISPUTED
    if may(analyst, Permission.SETTLE_DISPUTES):
        waiting |= DISPUTED
    return (
        QueueEntry.objects.filter(waiting, closed_at=None, item__disposed_at=None)
        .select_related("item", "report")
        .annotate(n_sightings=Coalesce(Subquery(_n_sightings(), output_field=IntegerField()), 0))
        # Aliases order the rows without standing on them.
        .alias(urgency=Subquery(said.order_by("pk").values("facets__urgency")[:1]))
        .alias(is_disputed=Case(When(DISPUTED, then=Is(1)), default=Is(0)), rank=_urgency_rank())
        .order_by("-is_disputed", "rank", "-n_sightings", "queued_at", "pk")
    )


def _n_sightings() -> QuerySet[Sighting, int]:
    sightings = Sighting.objects.filter(item=OuterRef("item")).order_by().values("item")
    return sightings.annotate(n=Count("pk")).values_list("n", flat=True)


def _urgency_rank() -> Case:
    ranks = [When(urgency=name, then=Is(rank)) for name, rank in URGENCY_RANKS.items()]
    return Case(*ranks, default=Is(len(ranks)))
