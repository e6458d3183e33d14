"""Assessing media items: who must agree, what is refused, and what is logged."""

import threading
from collections.abc import Callable
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils.timezone import now

from hotline.accounts.models import Analyst, Role
from hotline.assessment.assess import (
    AlreadySaidError,
    ItemDisposedError,
    NotQueuedError,
    SeniorNeededError,
    assess,
    note_of,
)
from hotline.assessment.enqueue import enqueue_note
from hotline.assessment.models import Assessment, QueueEntry, Verdict
from hotline.assessment.opinions import agreed_on
from hotline.assessment.schema import Facets
from hotline.custody.actors import Process
from hotline.custody.models import CustodyEntry
from hotline.vault.models import MediaItem


def test_a_disposed_item_takes_no_opinions(
    queued: QueueEntry, baseline: Facets, alice: Analyst
) -> None:
    MediaItem.objects.update(disposed_at=now(), wrapped_key=None)
    with pytest.raises(ItemDisposedError, match="Reload the queue"):
        assess(queued, baseline, analyst=alice)
    assert not Assessment.objects.exists()


def test_a_note_takes_no_opinions(item: MediaItem, baseline: Facets, alice: Analyst) -> None:
    note = enqueue_note(
        QueueEntry.Kind.UNREADABLE, item.pk, None, "A strange message.", actor=Process.WORKER
    )
    with pytest.raises(NotQueuedError, match="Nobody waits"):
        assess(note, baseline, analyst=alice)


def test_nobody_speaks_twice(queued: QueueEntry, baseline: Facets, alice: Analyst) -> None:
    assert assess(queued, baseline, analyst=alice) is Verdict.PENDING
    with pytest.raises(AlreadySaidError, match="somebody else"):
        assess(queued, baseline, analyst=alice)
    assert Assessment.objects.count() == 1


def test_two_analysts_who_agree_confirm_and_close(
    queued: QueueEntry, baseline: Facets, alice: Analyst, bob: Analyst
) -> None:
    assert assess(queued, baseline, analyst=alice) is Verdict.PENDING
    assert assess(queued, baseline, analyst=bob) is Verdict.CONFIRMED
    queued.refresh_from_db()
    assert (queued.verdict, queued.closing) == (Verdict.CONFIRMED, QueueEntry.Closing.DECIDED)
    agreed = agreed_on(queued)
    assert "inhope:baseline" in agreed.labels
    assert set(agreed.approved_by) == {alice.pk, bob.pk}
    said = CustodyEntry.objects.filter(action="media:assessed").order_by("position")
    assert [entry.actor for entry in said] == [f"analyst:{alice.pk}", f"analyst:{bob.pk}"]


def test_a_confirmed_item_takes_no_further_opinions(
    queued: QueueEntry, baseline: Facets, alice: Analyst, bob: Analyst, carol: Analyst
) -> None:
    assess(queued, baseline, analyst=alice)
    assess(queued, baseline, analyst=bob)
    with pytest.raises(NotQueuedError, match="Nobody waits"):
        assess(queued, baseline, analyst=carol)


@pytest.fixture
def disputed(
    queued: QueueEntry, baseline: Facets, harmless: Facets, alice: Analyst, bob: Analyst
) -> QueueEntry:
    assess(queued, baseline, analyst=alice)
    assert assess(queued, harmless, analyst=bob) is Verdict.DISPUTED
    return queued


def test_a_dispute_is_not_put_to_a_vote(disputed: QueueEntry, baseline: Facets) -> None:
    third = Analyst.objects.create(username="grace", role=Role.ANALYST)
    with pytest.raises(SeniorNeededError, match="a senior analyst settles it"):
        assess(disputed, baseline, analyst=third)


def test_a_senior_settles_a_dispute(
    disputed: QueueEntry, baseline: Facets, alice: Analyst, carol: Analyst
) -> None:
    assert assess(disputed, baseline, analyst=carol) is Verdict.CONFIRMED
    assert set(agreed_on(disputed).approved_by) == {alice.pk, carol.pk}


def test_a_senior_with_a_third_opinion_needs_another(
    disputed: QueueEntry, national: Facets, harmless: Facets, carol: Analyst, frank: Analyst
) -> None:
    assert assess(disputed, national, analyst=carol) is Verdict.DISPUTED
    assert assess(disputed, harmless, analyst=frank) is Verdict.CONFIRMED


def test_what_was_said_is_kept_as_it_was_said(
    queued: QueueEntry, baseline: Facets, alice: Analyst
) -> None:
    assess(queued, baseline, analyst=alice, note=" The room is known. ")
    said = Assessment.objects.get()
    assert note_of(said) == "The room is known."
    assert note_of(Assessment()) == ""
    assert b"room" not in bytes(said.note_sealed or b"")
    assert "room" not in str(CustodyEntry.objects.latest("position").details)
    assert said.facets == baseline.to_json()
    assert said.packs.keys() == {"nl", "inhope", "interpol"}


@pytest.mark.parametrize("change", ["UPDATE {} SET labels = '[]'", "DELETE FROM {}"])
def test_the_database_refuses_to_change_an_opinion(
    queued: QueueEntry, baseline: Facets, alice: Analyst, change: str
) -> None:
    assess(queued, baseline, analyst=alice)
    refused = pytest.raises(DatabaseError, match="append-only")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change.format("assessment_assessment"))


@pytest.mark.django_db(transaction=True)
def test_two_opinions_at_one_moment_take_turns(
    queued: QueueEntry,
    baseline: Facets,
    alice: Analyst,
    bob: Analyst,
    run_in_thread: Callable[..., threading.Thread],
) -> None:
    found: list[Verdict] = []
    with transaction.atomic():
        assess(queued, baseline, analyst=alice)
        thread = run_in_thread(lambda: found.append(assess(queued, baseline, analyst=bob)))
        thread.join(0.3)
        assert thread.is_alive()  # It waits for our commit, and then counts our opinion.
    thread.join(5)
    assert found == [Verdict.CONFIRMED]
    assert UUID(int=0) not in agreed_on(queued).approved_by
