"""Keep what a provider delivered, before anything reads it.

This is all that happens before the provider's 200: one sealed row. The caller defers the
job that reads it in the same transaction, so a report we acknowledged exists.
"""

from django.utils.timezone import now

from hotline.intake.models import BODY, Delivery
from hotline.vault.encryption import seal, tag


def receive(channel: str, body: bytes) -> Delivery | None:
    """Store a delivery and return it; None when this very body was stored before."""
    delivery, is_new = Delivery.objects.get_or_create(
        channel=channel,
        tag=tag(body, purpose=BODY),
        defaults={"body_sealed": seal(body, purpose=BODY), "received_at": now()},
    )
    return delivery if is_new else None
