"""The lists on the screen, and retracting."""

import uuid
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils.timezone import now

from hotline.accounts.models import Analyst
from hotline.custody.actions import Action
from hotline.custody.models import CustodyEntry
from hotline.registry.models import EntryState, HashEntry, HashList

As = Callable[[Analyst], Client]


@pytest.fixture
def listed(hash_list: HashList) -> HashEntry:
    """An entry on the list."""
    return add(hash_list)


def add(hash_list: HashList) -> HashEntry:
    hash_list.position += 1
    hash_list.save()
    return HashEntry.objects.create(
        hash_list=hash_list,
        position=hash_list.position,
        entry_id=uuid.uuid4(),
        version=1,
        state=EntryState.LISTED,
        at=now(),
        fingerprints=[{"algorithm": "md5", "value": "ab" * 16, "quality": None}],
        labels=["inhope:baseline"],
    )


@pytest.mark.usefixtures("hash_list")
def test_an_empty_list_says_how_entries_get_there(as_: As, dave: Analyst) -> None:
    assert b"when two analysts agree" in as_(dave).get("/list").content


def test_a_retraction_needs_a_reason(as_: As, alice: Analyst, listed: HashEntry) -> None:
    answer = as_(alice).post(f"/list/{listed.entry_id}/retract", {"reason": "  "})
    assert answer.status_code == 422
    assert b"Say why the entry is retracted" in answer.content
    assert HashEntry.objects.count() == 1


def test_a_partner_manager_reads_but_does_not_retract(
    as_: As, dave: Analyst, listed: HashEntry
) -> None:
    client = as_(dave)
    page = client.get(f"/list/{listed.entry_id}").content.decode()
    assert "ab" * 16 in page
    assert "Retract now" not in page
    answer = client.post(f"/list/{listed.entry_id}/retract", {"reason": "x"})
    assert answer.status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_entry_that_never_was_is_not_found(as_: As, alice: Analyst, method: str) -> None:
    address = f"/list/{uuid.uuid4()}" + ("/retract" if method == "post" else "")
    answer = getattr(as_(alice), method)(address, {"reason": "x"})
    assert answer.status_code == 404


def test_a_retraction_is_on_the_list_at_once(as_: As, alice: Analyst, listed: HashEntry) -> None:
    client = as_(alice)
    form = {"reason": "It shows an adult."}
    page = client.post(f"/list/{listed.entry_id}/retract", form, follow=True).content.decode()
    assert "Retracted at position 2" in page
    assert "It shows an adult." in page
    assert "Retract now" not in page
    assert CustodyEntry.objects.get(action=Action.ENTRY_RETRACTED).actor == f"analyst:{alice.pk}"


def test_the_list_shows_each_entry_once_as_it_is_now(
    as_: As, alice: Analyst, listed: HashEntry
) -> None:
    client = as_(alice)
    client.post(f"/list/{listed.entry_id}/retract", {"reason": "wrong"})
    assert client.get("/list").content.decode().count(f"/list/{listed.entry_id}") == 1
    assert "version 2" in client.get("/list?state=retracted").content.decode()
    assert f"{listed.entry_id}" not in client.get("/list?state=listed").content.decode()


def test_a_long_list_goes_on_on_the_next_page(as_: As, alice: Analyst, hash_list: HashList) -> None:
    first = add(hash_list)
    for _ in range(100):
        add(hash_list)
    client = as_(alice)
    page = client.get("/list").content.decode()
    assert str(first.entry_id) not in page
    older = page.partition("?before=")[2].partition('"')[0]
    assert str(first.entry_id) in client.get(f"/list?before={older}").content.decode()


@pytest.mark.parametrize("query", ["before=x", "before=99999999999999999999", "state=nonsense"])
def test_a_query_that_means_nothing_changes_nothing(
    as_: As, alice: Analyst, listed: HashEntry, query: str
) -> None:
    answer = as_(alice).get(f"/list?{query}")
    assert answer.status_code == 200
    assert str(listed.entry_id) in answer.content.decode()
