"""Count what an endpoint refused: nothing of it is kept, but a wrong secret must be seen."""

from datetime import date
from enum import StrEnum

from django.db.models import F

from hotline.intake.models import RefusedDelivery


class Cause(StrEnum):
    """Why a delivery was refused at the door."""

    SIGNATURE = "signature"
    MALFORMED = "malformed"
    TOO_LARGE = "too large"
    FLOOD = "flood"


def refuse(channel: str, cause: Cause, *, day: date) -> None:
    """Add one to the day's count."""
    row, _ = RefusedDelivery.objects.get_or_create(channel=channel, cause=cause, day=day)
    RefusedDelivery.objects.filter(pk=row.pk).update(count=F("count") + 1)
