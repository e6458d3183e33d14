"""The triage queue: who sees what, in which order, and what comes back."""

from collections.abc import Callable
from uuid import UUID, uuid4

import msgspec
import pytest
from django.utils.timezone import now
from pytest_django import DjangoAssertNumQueries

from baken.fingerprint import Algorithm, Fingerprint
from hotline.accounts.models import Analyst
from hotline.assessment.assess import assess
from hotline.assessment.close_entry import close_entry
from hotline.assessment.enqueue import enqueue_item, enqueue_note
from hotline.assessment.models import QueueEntry, Verdict
from hotline.assessment.opinions import agreed_on
from hotline.assessment.queue import waiting_for
from hotline.assessment.schema import Facets
from hotline.custody.actors import Process
from hotline.custody.models import CustodyEntry
from hotline.intake.models import Attachment, Delivery, Message, Report, Sighting
from hotline.matching.models import Match
from hotline.registry.models import HashEntry, HashList
from hotline.registry.publish import publish
from hotline.registry.retract import retract
from hotline.vault.models import MediaItem

Kind, Closing = QueueEntry.Kind, QueueEntry.Closing
MakeItem = Callable[[], MediaItem]


def _queue(item: MediaItem, report: Report | None = None) -> QueueEntry:
    return enqueue_item(item, report, kind=Kind.ITEM, actor=Process.WORKER)


def _sight(item: MediaItem, report: Report) -> None:
    times = {"received_at": now()}
    delivery = Delivery.objects.create(channel="x", tag=uuid4().bytes, body_sealed=b"", **times)
    message = Message.objects.create(
        delivery=delivery, channel="x", tag=uuid4().bytes, kind="new", sent_at=now(), **times
    )
    attachment = Attachment.objects.create(message=message, ordinal=0, details_sealed=b"")
    Sighting.objects.create(item=item, report=report, attachment=attachment, at=now())


def _publish(item_id: UUID, hash_list: HashList, approved_by: list[UUID]) -> HashEntry:
    entry = publish(
        hash_list,
        item_id=item_id,
        fingerprints=[Fingerprint(Algorithm.MD5, uuid4().bytes)],
        labels=["inhope:baseline"],
        approved_by=approved_by,
        actor=Process.WORKER,
    )
    assert isinstance(entry, HashEntry)
    return entry


@pytest.mark.usefixtures("queued")
def test_who_does_not_assess_sees_no_queue(dave: Analyst, erin: Analyst, mallory: Analyst) -> None:
    assert not any(waiting_for(person).exists() for person in (dave, erin, mallory))


def test_who_has_said_so_sees_it_no_more(
    queued: QueueEntry, baseline: Facets, alice: Analyst, bob: Analyst
) -> None:
    assess(queued, baseline, analyst=alice)
    assert list(waiting_for(alice)) == []
    assert list(waiting_for(bob)) == [queued]


def test_the_second_analyst_cannot_tell_that_there_was_a_first(
    queued: QueueEntry, baseline: Facets, alice: Analyst, bob: Analyst
) -> None:
    [before] = waiting_for(bob).values()
    assess(queued, baseline, analyst=alice)
    [after] = waiting_for(bob).values()
    assert after == before
    assert vars(waiting_for(bob)[0]).keys() == {*vars(queued), "n_sightings"} | {"_state"}


def test_a_dispute_waits_for_seniors_only(
    queued: QueueEntry,
    baseline: Facets,
    harmless: Facets,
    alice: Analyst,
    carol: Analyst,
    frank: Analyst,
) -> None:
    assess(queued, baseline, analyst=alice)
    assess(queued, harmless, analyst=carol)
    assert list(waiting_for(alice)) == []
    assert list(waiting_for(carol)) == list(waiting_for(frank)) == [queued]


def test_the_most_urgent_comes_first(
    make_item: MakeItem, report: Report, baseline: Facets, alice: Analyst, carol: Analyst
) -> None:
    oldest, seen_twice, ongoing, immediate = (_queue(make_item()) for _ in range(4))
    note = enqueue_note(Kind.TEXT, uuid4(), report, "Text only.", actor=Process.WORKER)
    for entry, urgency in ((ongoing, "ongoing"), (immediate, "immediate")):
        assess(entry, msgspec.structs.replace(baseline, urgency=urgency), analyst=alice)
    assert seen_twice.item
    _sight(seen_twice.item, report)
    _sight(seen_twice.item, report)
    assert list(waiting_for(carol)) == [immediate, ongoing, seen_twice, oldest, note]
    assert [entry.n_sightings for entry in waiting_for(carol)] == [0, 0, 2, 0, 0]  # type: ignore[attr-defined]  # annotated


def test_a_dispute_comes_first_for_a_senior(
    make_item: MakeItem,
    baseline: Facets,
    harmless: Facets,
    alice: Analyst,
    bob: Analyst,
    carol: Analyst,
) -> None:
    older, disputed = _queue(make_item()), _queue(make_item())
    assess(disputed, baseline, analyst=alice)
    assess(disputed, harmless, analyst=bob)
    assert list(waiting_for(carol)) == [disputed, older]


def test_the_queue_is_one_query(
    make_item: MakeItem,
    report: Report,
    alice: Analyst,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(3):
        _queue(make_item(), report)
    with django_assert_num_queries(1):
        assert {entry.report for entry in waiting_for(alice) if entry.item} == {report}


def test_a_disposed_item_waits_for_nobody(queued: QueueEntry, alice: Analyst) -> None:
    assert queued.item
    MediaItem.objects.update(disposed_at=now(), wrapped_key=None)
    assert list(waiting_for(alice)) == []


def test_queueing_twice_is_queueing_once(item: MediaItem, report: Report) -> None:
    assert _queue(item, report) == _queue(item, report)
    first = enqueue_note(Kind.REFUSED, report.pk, report, "Too large.", actor=Process.WORKER)
    assert first == enqueue_note(Kind.REFUSED, report.pk, report, "", actor=Process.WORKER)
    actions = CustodyEntry.objects.order_by("position").values_list("action", flat=True)
    assert list(actions) == ["media:queued", "note:queued"]


def test_closing_twice_is_closing_once(queued: QueueEntry, alice: Analyst) -> None:
    closed = close_entry(queued, Closing.RECOGNISED, actor=Process.WORKER)
    assert close_entry(queued, Closing.NOTED, actor=alice) == closed
    assert list(waiting_for(alice)) == []
    last = CustodyEntry.objects.latest("position")
    assert (last.action, last.subject_id) == ("media:recognised", str(queued.item_id))


def test_a_note_that_was_read_is_closed(report: Report, alice: Analyst) -> None:
    note = enqueue_note(Kind.TEXT, report.pk, report, "Text only.", actor=Process.WORKER)
    assert close_entry(note, Closing.NOTED, actor=alice).closing == Closing.NOTED
    assert CustodyEntry.objects.latest("position").action == "note:closed"


@pytest.fixture
def decided(queued: QueueEntry, baseline: Facets, alice: Analyst, bob: Analyst) -> QueueEntry:
    assess(queued, baseline, analyst=alice)
    assess(queued, baseline, analyst=bob)
    queued.refresh_from_db()
    return queued


def test_what_was_decided_is_not_queued_again(decided: QueueEntry) -> None:
    assert decided.item
    assert _queue(decided.item).closed_at == decided.closed_at


def test_a_retracted_item_needs_two_new_opinions(
    decided: QueueEntry, hash_list: HashList, harmless: Facets, alice: Analyst, bob: Analyst
) -> None:
    assert decided.item
    entry = _publish(decided.item.pk, hash_list, [alice.pk, bob.pk])
    retract(entry.entry_id, "A stock photo.", actor=alice)
    assert agreed_on(decided).approved_by == ()  # Nothing puts it back meanwhile.
    again = _queue(decided.item)
    assert (again, again.verdict, again.closed_at) == (decided, Verdict.PENDING, None)
    assert list(waiting_for(alice)) == [decided]
    assert assess(again, harmless, analyst=alice) is Verdict.PENDING
    assert assess(again, harmless, analyst=bob) is Verdict.CONFIRMED
    assert "inhope:not-illegal" in agreed_on(QueueEntry.objects.get()).labels


def test_what_was_recognised_by_a_retracted_entry_is_seen_after_all(
    queued: QueueEntry, hash_list: HashList, alice: Analyst, bob: Analyst
) -> None:
    assert queued.item
    entry = _publish(uuid4(), hash_list, [alice.pk, bob.pk])
    Match.objects.create(
        item=queued.item,
        method="near",
        algorithm="pdq",
        distance=4,
        entry_id=entry.entry_id,
        at=now(),
    )
    close_entry(queued, Closing.RECOGNISED, actor=Process.WORKER)
    assert _queue(queued.item).closed_at
    retract(entry.entry_id, "A stock photo.", actor=alice)
    assert _queue(queued.item).closed_at is None
