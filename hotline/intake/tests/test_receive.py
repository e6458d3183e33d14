"""Receipt: durable, sealed, and once."""

import pytest
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from hotline.intake.channels import UnknownChannelError, channel
from hotline.intake.models import Delivery, RefusedDelivery
from hotline.intake.receive import receive
from hotline.intake.refuse import Cause, refuse


@pytest.mark.django_db
def test_a_delivery_is_kept_sealed() -> None:
    delivery = receive("fake", b'{"from": "+31600000001"}')
    assert delivery is not None
    assert b"+31600000001" not in bytes(delivery.body_sealed or b"")
    assert delivery.body == b'{"from": "+31600000001"}'
    assert delivery.state == Delivery.State.WAITING


@pytest.mark.django_db
def test_a_delivery_that_comes_again_is_one_row() -> None:
    assert receive("fake", b"{}") is not None
    assert receive("fake", b"{}") is None
    assert receive("other", b"{}") is not None
    assert Delivery.objects.count() == 2


@pytest.mark.django_db
def test_the_database_itself_refuses_a_second_row() -> None:
    delivery = receive("fake", b"{}")
    assert delivery is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.create(
            channel="fake", tag=delivery.tag, body_sealed=b"", received_at=now()
        )


@pytest.mark.django_db
def test_refusals_are_counted_by_day_and_cause() -> None:
    today = now().date()
    for _ in range(3):
        refuse("fake", Cause.SIGNATURE, day=today)
    refuse("fake", Cause.MALFORMED, day=today)
    counts = dict(RefusedDelivery.objects.values_list("cause", "count"))
    assert counts == {"signature": 3, "malformed": 1}


def test_a_channel_is_built_once_from_the_settings() -> None:
    assert channel("fake") is channel("fake")
    with pytest.raises(UnknownChannelError, match="There is no channel 'pigeon'"):
        channel("pigeon")
