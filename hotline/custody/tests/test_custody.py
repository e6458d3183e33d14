"""The custody log: what it holds, what it refuses, and what `verify` finds."""

import threading
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from hotline.accounts.models import Analyst
from hotline.custody.actions import Action
from hotline.custody.actors import Process
from hotline.custody.models import CustodyEntry
from hotline.custody.record import NoTransactionError, record
from hotline.custody.verify import BrokenChainError, Head, verify


def _tamper(sql: str) -> None:
    """Do what somebody with all rights on the database could do."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("SET LOCAL session_replication_role = origin")


def _verify(noted: Head | None = None) -> Head:
    return verify(CustodyEntry.objects.order_by("position"), noted=noted)


@pytest.fixture
def three_entries(alice: Analyst) -> Analyst:
    for count in range(3):
        record(Action.SIGNED_IN, alice, actor=alice, details={"n": count})
    return alice


def test_an_entry_says_who_did_what_to_which_object(alice: Analyst) -> None:
    entry = record(Action.ANALYST_ADDED, alice, actor=Process.COMMAND, details={"role": "analyst"})
    assert (entry.position, entry.action, entry.actor) == (1, "analyst:added", "process:command")
    assert (entry.subject_type, entry.subject_id) == ("analyst", str(alice.pk))


@pytest.mark.django_db(transaction=True)
def test_an_entry_without_a_transaction_is_refused() -> None:
    alice = Analyst.objects.create(username="alice")
    with pytest.raises(NoTransactionError, match="analyst:signed_in"):
        record(Action.SIGNED_IN, alice, actor=alice)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE custody_custodyentry SET actor = 'nobody' WHERE position = 2",
        "DELETE FROM custody_custodyentry WHERE position = 3",
        "TRUNCATE custody_custodyentry",
    ],
)
@pytest.mark.usefixtures("three_entries")
def test_the_database_refuses_changes(sql: str) -> None:
    refused = pytest.raises(DatabaseError, match="append-only")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.usefixtures("three_entries")
def test_a_whole_log_verifies() -> None:
    assert _verify() == Head(3, CustodyEntry.objects.get(position=3).hash)


@pytest.mark.parametrize(
    ("sql", "position", "problem"),
    [
        ("UPDATE custody_custodyentry SET details = '{}' WHERE position = 2", 2, "was changed"),
        ("DELETE FROM custody_custodyentry WHERE position = 2", 2, "is missing"),
        ("DELETE FROM custody_custodyentry WHERE position = 1", 1, "is missing"),
        (
            """UPDATE custody_custodyentry SET position = -(3 - position) WHERE position < 3;
            UPDATE custody_custodyentry SET position = -position WHERE position < 0""",
            1,
            "was changed",
        ),
    ],
    ids=["changed", "missing", "first missing", "reordered"],
)
@pytest.mark.usefixtures("three_entries")
def test_verify_finds_what_was_tampered_with(sql: str, position: int, problem: str) -> None:
    _tamper(sql)
    with pytest.raises(BrokenChainError, match=problem) as broken:
        _verify()
    assert broken.value.position == position


@pytest.mark.usefixtures("three_entries")
def test_verify_finds_a_row_replaced_by_one_that_fits_itself() -> None:
    _tamper("DELETE FROM custody_custodyentry WHERE position > 1")
    forged = record(Action.SIGNED_IN, Analyst.objects.get(), actor=Process.SERVER)
    record(Action.SIGNED_IN, Analyst.objects.get(), actor=Process.SERVER)
    _tamper("UPDATE custody_custodyentry SET previous_hash = 'other' WHERE position = 3")
    assert forged.position == 2
    with pytest.raises(BrokenChainError, match="Custody entry 3"):
        _verify()


@pytest.mark.usefixtures("three_entries")
def test_a_cut_off_end_shows_against_a_head_noted_earlier() -> None:
    noted = _verify()
    _tamper("DELETE FROM custody_custodyentry WHERE position = 3")
    assert _verify().position == 2
    with pytest.raises(BrokenChainError, match="the log ends at 2"):
        _verify(noted)


@pytest.mark.usefixtures("three_entries")
def test_the_command_prints_the_head_and_names_the_tampered_row() -> None:
    out = StringIO()
    call_command("verify_custody", stdout=out)
    head = out.getvalue().splitlines()[-1]
    call_command("verify_custody", noted=head, stdout=out)
    _tamper("UPDATE custody_custodyentry SET actor = 'nobody' WHERE position = 2")
    with pytest.raises(CommandError, match="Custody entry 2"):
        call_command("verify_custody", stdout=out)
    with pytest.raises(CommandError, match="POSITION:HASH"):
        call_command("verify_custody", noted="yesterday", stdout=out)


@pytest.mark.django_db(transaction=True)
def test_two_transactions_take_turns(run_in_thread: Callable[..., threading.Thread]) -> None:
    alice = Analyst.objects.create(username="alice")

    def second() -> None:
        with transaction.atomic():
            record(Action.SIGNED_IN, alice, actor=alice)

    with transaction.atomic():
        record(Action.ANALYST_ADDED, alice, actor=alice)
        thread = run_in_thread(second)
        thread.join(0.3)
        assert thread.is_alive()  # it waits for our commit
    thread.join(5)
    assert _verify().position == 2
