"""Reading a list's log, and hearing of its changes."""

from collections.abc import Callable
from uuid import uuid4

import psycopg
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baken.hashlist import HashList as Copy
from hotline.accounts.models import Analyst
from hotline.registry.log import UnknownListError, deltas_after, heads
from hotline.registry.models import HashEntry, HashList, PublicationRefusal
from hotline.registry.retract import retract

Publish = Callable[..., HashEntry | PublicationRefusal]
SAME_ROWS = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None
)


@pytest.mark.django_db
def test_an_unknown_list_has_no_log() -> None:
    with pytest.raises(UnknownListError, match="There is no list 'nowhere'; the lists are:"):
        deltas_after("nowhere", 0, 10)


@pytest.fixture
def busy_list(put_on_list: Publish, alice: Analyst) -> None:
    for count in range(7):
        entry = put_on_list(item_id=uuid4())
        assert isinstance(entry, HashEntry)
        if count % 3 == 0:
            retract(entry.entry_id, "A stock photo.", actor=alice)


@SAME_ROWS
@given(limit=st.integers(1, 12))
@pytest.mark.usefixtures("busy_list")
def test_the_list_is_the_same_whatever_the_size_of_the_pages(limit: int) -> None:
    copy = Copy("baseline")
    while page := deltas_after("baseline", copy.position, limit):
        assert len(page) <= limit
        copy.apply_all(page)
    assert (copy.position, len(copy)) == (heads()["baseline"], 4)


@pytest.mark.django_db(transaction=True)
def test_a_change_is_told_at_its_commit_and_not_before(put_on_list: Publish) -> None:
    parameters = connection.get_connection_params()
    parameters.pop("cursor_factory")
    parameters.pop("context")
    with psycopg.connect(**parameters, autocommit=True) as listening:
        listening.execute("LISTEN baken_list")
        with transaction.atomic():
            put_on_list()
            assert not list(listening.notifies(timeout=0.2))
        [told] = listening.notifies(timeout=5, stop_after=1)
    assert told.payload == "baseline"


@pytest.mark.django_db
def test_a_new_installation_has_the_baseline_list() -> None:
    assert HashList.objects.filter(name="baseline", accepts=["inhope:baseline"]).exists()
