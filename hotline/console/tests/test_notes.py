"""Notes: what went wrong, read by somebody, off the queue."""

from collections.abc import Callable

import pytest
from django.test import Client

from hotline.accounts.models import Analyst
from hotline.assessment.models import QueueEntry

As = Callable[[Analyst], Client]


def test_an_item_is_no_note(as_: As, alice: Analyst, entry: QueueEntry) -> None:
    assert as_(alice).get(f"/notes/{entry.pk}").status_code == 404
    assert as_(alice).post(f"/notes/{entry.pk}/noted").status_code == 404


def test_a_note_says_what_happened(as_: As, alice: Analyst, note: QueueEntry) -> None:
    client = as_(alice)
    page = client.get(f"/notes/{note.pk}").content.decode()
    assert "the provider no longer has it" in page
    assert "I found this in a chat." not in page
    assert b"I found this in a chat." in client.get(f"/notes/{note.pk}/text").content


@pytest.mark.parametrize("times", [1, 2])
def test_noting_takes_it_off_the_queue_once(
    as_: As, alice: Analyst, note: QueueEntry, times: int
) -> None:
    client = as_(alice)
    for _ in range(times):
        answer = client.post(f"/notes/{note.pk}/noted", follow=True)
        assert b"It is off the queue." in answer.content
    assert f"/notes/{note.pk}" not in answer.content.decode()
    note.refresh_from_db()
    assert note.closing == QueueEntry.Closing.NOTED


def test_a_message_whose_seal_is_broken_does_not_hide_the_page(
    as_: As, alice: Analyst, note: QueueEntry
) -> None:
    assert note.report is not None
    note.report.messages.update(text_sealed=b"broken")
    answer = as_(alice).get(f"/notes/{note.pk}/text")
    assert b"cannot be unsealed" in answer.content
