"""Retracting: what is refused, and what remains."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from hotline.accounts.models import Analyst
from hotline.custody.models import CustodyEntry
from hotline.registry.log import deltas_after
from hotline.registry.lookup import current_entry, listed_entry_of
from hotline.registry.models import HashEntry, HashList, PublicationRefusal
from hotline.registry.retract import ReasonMissingError, UnknownEntryError, retract

Publish = Callable[..., HashEntry | PublicationRefusal]


@pytest.fixture
def entry(put_on_list: Publish) -> HashEntry:
    entry = put_on_list()
    assert isinstance(entry, HashEntry)
    return entry


def test_a_retraction_needs_a_reason(entry: HashEntry, alice: Analyst) -> None:
    with pytest.raises(ReasonMissingError, match="Say why"):
        retract(entry.entry_id, " \n", actor=alice)
    assert current_entry(entry.entry_id) == entry


@pytest.mark.django_db
def test_an_unknown_entry_cannot_be_retracted(alice: Analyst) -> None:
    with pytest.raises(UnknownEntryError, match="no entry"):
        retract(uuid4(), "A stock photo.", actor=alice)


def test_a_retracted_entry_leaves_a_bare_tombstone(
    entry: HashEntry, hash_list: HashList, item_id: UUID, alice: Analyst
) -> None:
    retract(entry.entry_id, "A stock photo.", actor=alice)
    assert listed_entry_of(item_id, hash_list) is None
    [delta] = deltas_after("baseline", 1, 10)
    assert (delta.position, delta.version, delta.state) == (2, 2, "retracted")
    assert (delta.fingerprints, delta.labels) == ((), ())
    last = CustodyEntry.objects.latest("position")
    assert (last.action, last.details["reason"]) == ("entry:retracted", "A stock photo.")


def test_our_own_record_keeps_what_was_retracted(entry: HashEntry, alice: Analyst) -> None:
    tombstone = retract(entry.entry_id, "A stock photo.", actor=alice)
    assert (tombstone.fingerprints, tombstone.item_id) == (entry.fingerprints, entry.item_id)


def test_retracting_twice_is_once(entry: HashEntry, alice: Analyst, bob: Analyst) -> None:
    first = retract(entry.entry_id, "A stock photo.", actor=alice)
    assert retract(entry.entry_id, "Another reason.", actor=bob) == first
    assert (HashEntry.objects.count(), CustodyEntry.objects.count()) == (2, 2)
