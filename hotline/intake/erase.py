"""Erase how a reporter can be reached, wherever it lies. What they reported stays."""

from django.db import transaction
from django.utils.timezone import now

from hotline.custody.actions import Action
from hotline.custody.actors import Actor
from hotline.custody.record import record
from hotline.intake.models import Delivery, Reporter


@transaction.atomic
def erase(reporter: Reporter, *, actor: Actor) -> None:
    """Forget the address and every raw body that holds it; a second time does nothing.

    A raw body may hold messages of other reporters too. Everything in it that was
    understood stands in rows of its own by now; the raw form is what goes.
    """
    reporter = Reporter.objects.select_for_update(no_key=True).get(pk=reporter.pk)
    if reporter.address_erased_at:
        return
    reporter.address_tag = None
    reporter.address_sealed = None
    reporter.address_erased_at = now()
    reporter.save(update_fields=["address_tag", "address_sealed", "address_erased_at"])
    Delivery.objects.filter(messages__reporter=reporter).update(body_sealed=None)
    record(Action.ADDRESS_ERASED, reporter, actor=actor)
