"""Looking: who may, what they get, and that it is written down."""

import io
import uuid
from collections.abc import Callable

import pytest
from django.test import Client
from PIL import Image, ImageFilter, ImageStat

from hotline.accounts.models import Analyst
from hotline.assessment.assess import assess
from hotline.assessment.models import QueueEntry
from hotline.assessment.schema import Facets
from hotline.custody.actions import Action
from hotline.custody.actors import Process
from hotline.custody.models import CustodyEntry
from hotline.vault import store
from hotline.vault.models import MediaItem

As = Callable[[Analyst], Client]


def looks() -> list[tuple[str, dict[str, object]]]:
    opened = CustodyEntry.objects.filter(action__in=[Action.MEDIA_OPENED, Action.MEDIA_HIDDEN])
    return list(opened.order_by("position").values_list("action", "details"))


def edges_of(image: Image.Image) -> float:
    """How much there is to see in a picture."""
    return ImageStat.Stat(image.convert("L").filter(ImageFilter.FIND_EDGES)).mean[0]


@pytest.mark.parametrize("look", ["still", "reveal", "hidden"])
def test_nobody_looks_at_what_is_not_theirs(
    as_: As, alice: Analyst, item: MediaItem, look: str
) -> None:
    QueueEntry.objects.all().delete()
    client = as_(alice)
    ask = client.get if look == "still" else client.post
    assert ask(f"/items/{item.pk}/{look}").status_code == 403
    assert ask(f"/items/{uuid.uuid4()}/{look}").status_code == 404
    assert looks() == []


@pytest.mark.usefixtures("item")
def test_a_look_that_changes_nothing_but_the_log_needs_a_post(
    as_: As, alice: Analyst, item: MediaItem
) -> None:
    assert as_(alice).get(f"/items/{item.pk}/reveal").status_code == 405
    assert looks() == []


def test_the_still_is_small_grey_and_blurred(as_: As, alice: Analyst, item: MediaItem) -> None:
    client = as_(alice)
    answer = client.get(f"/items/{item.pk}/still")
    still = Image.open(io.BytesIO(answer.content))
    assert (answer["Content-Type"], still.mode, max(still.size)) == ("image/jpeg", "L", 320)
    full = Image.open(io.BytesIO(client.post(f"/items/{item.pk}/reveal").content))
    assert edges_of(still) < edges_of(full.resize(still.size)) / 2
    assert looks()[0] == (Action.MEDIA_OPENED, {"reason": "still"})


def test_the_revealed_picture_is_not_the_senders_file(
    as_: As, alice: Analyst, item: MediaItem, picture: bytes
) -> None:
    answer = as_(alice).post(f"/items/{item.pk}/reveal")
    shown = Image.open(io.BytesIO(answer.content))
    assert (shown.size, shown.mode) == ((1200, 800), "RGB")
    assert answer.content != picture
    assert "no-store" in answer["Cache-Control"]
    assert looks() == [(Action.MEDIA_OPENED, {"reason": "reveal"})]


def test_how_long_a_look_took_is_kept(as_: As, alice: Analyst, item: MediaItem) -> None:
    answer = as_(alice).post(f"/items/{item.pk}/hidden", {"seconds": "2.345"})
    assert answer.status_code == 204
    assert looks() == [(Action.MEDIA_HIDDEN, {"seconds": 2.3})]


@pytest.mark.parametrize("seconds", ["", "long", "-1", "nan", "inf"])
def test_a_time_that_is_none_is_refused(
    as_: As, alice: Analyst, item: MediaItem, seconds: str
) -> None:
    answer = as_(alice).post(f"/items/{item.pk}/hidden", {"seconds": seconds})
    assert answer.status_code == 400
    assert looks() == []


def test_who_assessed_it_may_look_again(
    as_: As, alice: Analyst, item: MediaItem, entry: QueueEntry, baseline: Facets
) -> None:
    assess(entry, baseline, analyst=alice)
    assert as_(alice).get(f"/items/{item.pk}/still").status_code == 200


def test_what_was_disposed_of_is_gone(
    as_: As, alice: Analyst, item: MediaItem, entry: QueueEntry, baseline: Facets
) -> None:
    assess(entry, baseline, analyst=alice)
    store.dispose(item, actor=Process.WORKER, reason="due")
    answer = as_(alice).post(f"/items/{item.pk}/reveal")
    assert answer.status_code == 410
    assert b"was disposed of" in answer.content


def test_what_the_decoder_refuses_is_said_in_words(
    as_: As, alice: Analyst, item: MediaItem
) -> None:
    broken, _ = store.put([b"no picture at all"], actor=Process.WORKER)
    QueueEntry.objects.update(item=broken)
    answer = as_(alice).post(f"/items/{broken.pk}/reveal")
    assert answer.status_code == 422
    assert answer["Content-Type"] == "text/plain"
    assert item.pk != broken.pk
