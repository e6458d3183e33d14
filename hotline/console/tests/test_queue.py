"""The queue: what each analyst sees waiting."""

from collections.abc import Callable

import pytest
from django.test import Client

from hotline.accounts.models import Analyst
from hotline.assessment.assess import assess
from hotline.assessment.models import QueueEntry
from hotline.assessment.schema import Facets, facets_from

As = Callable[[Analyst], Client]

ADULT = facets_from({"depiction": "real", "ages": ["adult"], "conduct": ["none"]})


def test_an_empty_queue_says_so(as_: As, alice: Analyst) -> None:
    assert b"Nothing waits for you." in as_(alice).get("/queue").content


def test_a_row_tells_what_waits_without_showing_it(
    as_: As, alice: Analyst, entry: QueueEntry
) -> None:
    page = as_(alice).get("/queue").content.decode()
    assert f"/items/{entry.item_id}" in page
    assert "K7M-4Q1" in page
    assert "telegram" in page
    assert "1 sighting" in page
    assert "needs your opinion" in page
    assert "<img" not in page


def test_what_was_said_is_off_ones_own_queue_only(
    as_: As, alice: Analyst, bob: Analyst, entry: QueueEntry, baseline: Facets
) -> None:
    assess(entry, baseline, analyst=alice)
    address = f"/items/{entry.item_id}"
    assert address not in as_(alice).get("/queue").content.decode()
    page = as_(bob).get("/queue").content.decode()
    assert address in page
    assert "alice" not in page


@pytest.mark.usefixtures("item")
def test_a_dispute_waits_for_the_senior_analyst(
    as_: As,
    alice: Analyst,
    bob: Analyst,
    carol: Analyst,
    entry: QueueEntry,
    baseline: Facets,
) -> None:
    assess(entry, baseline, analyst=alice)
    assess(entry, ADULT, analyst=bob)
    assert "disputed" not in as_(alice).get("/queue").content.decode()
    assert "disputed" in as_(carol).get("/queue").content.decode()


def test_a_note_is_named_with_what_happened(as_: As, alice: Analyst, note: QueueEntry) -> None:
    page = as_(alice).get("/queue").content.decode()
    assert f"/notes/{note.pk}" in page
    assert "the provider no longer has it" in page


def test_rows_that_did_not_change_are_not_sent_again(
    as_: As, alice: Analyst, bob: Analyst, entry: QueueEntry, baseline: Facets
) -> None:
    client = as_(alice)
    tag = client.get("/queue/rows")["ETag"]
    same = client.get("/queue/rows", headers={"If-None-Match": tag})
    assert (same.status_code, same.content) == (304, b"")
    assess(entry, baseline, analyst=alice)
    changed = client.get("/queue/rows", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed["ETag"] != tag


def test_asking_whether_anything_changed_is_one_query_of_ours(
    as_: As,
    alice: Analyst,
    entry: QueueEntry,
    django_assert_max_num_queries: Callable[[int], object],
) -> None:
    client = as_(alice)
    tag = client.get("/queue/rows")["ETag"]
    with django_assert_max_num_queries(3):  # type: ignore[attr-defined]  # session, person, rows
        client.get("/queue/rows", headers={"If-None-Match": tag})
    assert entry.closed_at is None
