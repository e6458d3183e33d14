"""Publishing: what is refused, what the log says, and that twice is once."""

import threading
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from baken.fingerprint import Fingerprint
from hotline.accounts.models import Analyst
from hotline.custody.actors import Process
from hotline.custody.models import CustodyEntry
from hotline.registry.log import deltas_after, heads
from hotline.registry.lookup import listed_entry_of
from hotline.registry.models import HashEntry, HashList, PublicationRefusal
from hotline.registry.publish import publish
from hotline.registry.retract import retract

VALUE = bytes(range(32)).hex()
Publish = Callable[..., HashEntry | PublicationRefusal]


def _actions() -> list[str]:
    return list(CustodyEntry.objects.order_by("position").values_list("action", flat=True))


def test_one_person_s_word_is_refused_and_the_reason_kept(
    put_on_list: Publish, hash_list: HashList, item_id: UUID, alice: Analyst
) -> None:
    refusal = put_on_list(approved_by=[alice.pk, alice.pk])
    assert isinstance(refusal, PublicationRefusal)
    assert refusal.reasons == ["Only 1 of the 2 analysts who must agree have said so."]
    assert listed_entry_of(item_id, hash_list) is None
    assert (heads()["baseline"], _actions()) == (0, ["entry:publication_refused"])


def test_a_refusal_is_written_once(put_on_list: Publish) -> None:
    assert put_on_list(approved_by=[]) == put_on_list(approved_by=[])
    assert PublicationRefusal.objects.count() == CustodyEntry.objects.count() == 1


def test_an_item_is_listed_with_all_its_fingerprints(
    put_on_list: Publish, hash_list: HashList, item_id: UUID
) -> None:
    entry = put_on_list()
    assert listed_entry_of(item_id, hash_list) == entry
    [delta] = deltas_after("baseline", 0, 10)
    assert (delta.position, delta.version, delta.state) == (1, 1, "listed")
    assert [listed.algorithm for listed in delta.fingerprints] == ["md5", "pdq"]
    assert (delta.fingerprints[1].value, delta.fingerprints[1].quality) == (VALUE, 97)
    assert _actions() == ["entry:published"]


def test_publishing_twice_is_publishing_once(put_on_list: Publish) -> None:
    assert put_on_list() == put_on_list()
    assert (heads(), HashEntry.objects.count(), len(_actions())) == ({"baseline": 1}, 1, 1)


def test_rows_name_themselves_without_a_digest(put_on_list: Publish, hash_list: HashList) -> None:
    item_id = uuid4()
    names = [str(hash_list), str(put_on_list()), str(put_on_list(item_id=item_id, approved_by=[]))]
    assert names == ["baseline", "baseline:1 listed", f"{item_id} not on baseline"]


def test_the_custody_log_holds_no_digest(put_on_list: Publish) -> None:
    put_on_list()
    assert bytes(range(16)).hex() not in str(CustodyEntry.objects.get().details)


def test_a_new_label_is_a_new_version(put_on_list: Publish) -> None:
    first = put_on_list()
    second = put_on_list(labels=["inhope:baseline"])
    assert isinstance(first, HashEntry)
    assert isinstance(second, HashEntry)
    assert (second.entry_id, second.version, second.position) == (first.entry_id, 2, 2)


def test_after_a_retraction_it_needs_new_opinions(put_on_list: Publish, alice: Analyst) -> None:
    first = put_on_list()
    assert isinstance(first, HashEntry)
    retract(first.entry_id, "A stock photo.", actor=alice)
    assert isinstance(put_on_list(approved_by=[]), PublicationRefusal)
    again = put_on_list()
    assert isinstance(again, HashEntry)
    assert (again.entry_id, again.version, again.position) == (first.entry_id, 3, 3)


@pytest.mark.parametrize("table", ["registry_hashentry", "registry_publicationrefusal"])
@pytest.mark.parametrize("change", ["UPDATE {} SET at = now()", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_database_refuses_changes(put_on_list: Publish, table: str, change: str) -> None:
    put_on_list()
    put_on_list(item_id=uuid4(), approved_by=[])
    refused = pytest.raises(DatabaseError, match="append-only")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # or TRUNCATE would wait for them
        cursor.execute(change.format(table))


@pytest.mark.django_db(transaction=True)
def test_positions_have_no_gaps_and_follow_the_commits(
    fingerprints: list[Fingerprint], run_in_thread: Callable[..., threading.Thread]
) -> None:
    hash_list = HashList.objects.create(name="other", accepts=["inhope:baseline"])

    def put(item_id: UUID) -> None:
        publish(
            hash_list,
            item_id=item_id,
            fingerprints=fingerprints,
            labels=["inhope:baseline"],
            approved_by=[uuid4(), uuid4()],
            actor=Process.WORKER,
        )

    first, second, abandoned = uuid4(), uuid4(), uuid4()
    with transaction.atomic():
        put(abandoned)
        transaction.set_rollback(True)
    with transaction.atomic():
        put(first)
        thread = run_in_thread(lambda: put(second))
        thread.join(0.3)
        assert thread.is_alive()  # It waits for our commit: position 2 is never seen before 1.
    thread.join(5)
    written = HashEntry.objects.order_by("position").values_list("position", "item_id")
    assert list(written) == [(1, first), (2, second)]
