"""The item page: who may see it, and saying what it is."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import now
from procrastinate.contrib.django.models import ProcrastinateJob

from hotline.accounts.models import Analyst
from hotline.assessment.assess import assess
from hotline.assessment.models import Assessment, QueueEntry, Verdict
from hotline.assessment.schema import Facets, facets_from
from hotline.intake.models import Report, Sighting
from hotline.registry.models import EntryState, HashEntry, HashList, PublicationRefusal
from hotline.vault.models import MediaItem

As = Callable[[Analyst], Client]
BASELINE = {"depiction": "real", "ages": ["7-10", "adult"], "conduct": ["sexual-act"]}
ADULT = facets_from({"depiction": "real", "ages": ["adult"], "conduct": ["none"]})


def page_of(client: Client, item: MediaItem) -> str:
    return client.get(f"/items/{item.pk}").content.decode()


def test_an_item_that_does_not_wait_for_one_is_refused(
    as_: As, alice: Analyst, item: MediaItem
) -> None:
    QueueEntry.objects.update(closed_at=now())
    answer = as_(alice).get(f"/items/{item.pk}")
    assert answer.status_code == 403
    assert b"not in your queue" in answer.content


def test_the_facts_stand_on_the_page_and_nothing_is_chosen(
    as_: As, alice: Analyst, item: MediaItem
) -> None:
    page = page_of(as_(alice), item)
    assert "image/jpeg, 1200 \u00d7 800" in page
    assert "None: not on any list we hold" in page
    assert " checked" not in page


def test_what_the_reporter_wrote_is_shown_on_demand_and_escaped(
    as_: As, alice: Analyst, item: MediaItem, sight: Callable[..., Sighting]
) -> None:
    report = sight(item, text="<script>alert(1)</script>").report
    client = as_(alice)
    assert "alert(1)" not in page_of(client, item)
    texts = client.get(f"/items/{item.pk}/reports/{report.pk}").content.decode()
    assert "&lt;script&gt;alert(1)" in texts
    assert "forwarded" in texts


def test_a_report_without_the_item_is_not_shown_with_it(
    as_: As, alice: Analyst, item: MediaItem, make_report: Callable[..., Report]
) -> None:
    answer = as_(alice).get(f"/items/{item.pk}/reports/{make_report().pk}")
    assert answer.status_code == 404


def test_labels_follow_from_the_answers_and_nothing_is_kept(
    as_: As, alice: Analyst, item: MediaItem
) -> None:
    client = as_(alice)
    part: dict[str, Any] = {"depiction": "real"}
    unfinished = client.post(f"/items/{item.pk}/labels", part).content.decode()
    assert "How old does each child seem? it must be answered" in unfinished
    assert "inhope:baseline" in client.post(f"/items/{item.pk}/labels", BASELINE).content.decode()
    assert not Assessment.objects.exists()


def test_an_answer_that_is_missing_is_named_and_the_others_stay(
    as_: As, alice: Analyst, item: MediaItem
) -> None:
    form = BASELINE | {"conduct": [], "note": "half done"}
    answer = as_(alice).post(f"/items/{item.pk}/assess", form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "What happens? it must be answered" in page
    assert page.count(" checked") == 3
    assert "half done" in page
    assert not Assessment.objects.exists()


def test_saying_what_it_is_leads_back_to_the_queue(
    as_: As, alice: Analyst, item: MediaItem
) -> None:
    client = as_(alice)
    answer = client.post(
        f"/items/{item.pk}/assess", BASELINE | {"note": "seen before"}, follow=True
    )
    assert answer.redirect_chain == [("/queue", 302)]
    assert b"A second analyst is asked now" in answer.content
    page = page_of(client, item)
    assert "Waiting for a second opinion" in page
    assert "seen before" in page
    assert "Say so" not in page


def test_the_second_opinion_is_blind(
    as_: As, alice: Analyst, bob: Analyst, item: MediaItem, entry: QueueEntry, baseline: Facets
) -> None:
    assess(entry, baseline, analyst=alice, note="a telling note")
    page = page_of(as_(bob), item)
    assert "alice" not in page
    assert "a telling note" not in page
    assert "inhope:baseline" not in page
    assert " checked" not in page


def test_two_who_agree_confirm_and_what_follows_begins(
    as_: As, bob: Analyst, alice: Analyst, item: MediaItem, entry: QueueEntry, baseline: Facets
) -> None:
    assess(entry, baseline, analyst=alice)
    client = as_(bob)
    answer = client.post(f"/items/{item.pk}/assess", BASELINE | {"ages": ["7-10"]}, follow=True)
    assert b"Two of you agree: it is confirmed." in answer.content
    entry.refresh_from_db()
    assert entry.verdict == Verdict.CONFIRMED
    assert ProcrastinateJob.objects.filter(task_name="pipeline.conclude").exists()
    assert "Confirmed: two analysts said the same." in page_of(client, item)


def test_somebody_who_said_it_already_is_told(
    as_: As, alice: Analyst, item: MediaItem, entry: QueueEntry, baseline: Facets
) -> None:
    assess(entry, baseline, analyst=alice)
    answer = as_(alice).post(f"/items/{item.pk}/assess", BASELINE, follow=True)
    assert b"somebody else must look too" in answer.content
    assert Assessment.objects.count() == 1


@pytest.fixture
def disputed(alice: Analyst, bob: Analyst, entry: QueueEntry, baseline: Facets) -> QueueEntry:
    assess(entry, baseline, analyst=alice, note="look at the hands")
    assess(entry, ADULT, analyst=bob)
    return entry


@pytest.mark.usefixtures("disputed")
def test_the_senior_analyst_sees_both_opinions_but_not_whose(
    as_: As, carol: Analyst, item: MediaItem
) -> None:
    page = page_of(as_(carol), item)
    assert "The opinions differ" in page
    assert "look at the hands" in page
    assert "inhope:not-illegal" in page
    assert "inhope:baseline" in page
    assert "alice" not in page
    assert "bob" not in page


@pytest.mark.usefixtures("disputed")
def test_the_others_see_only_that_opinions_differ(as_: As, bob: Analyst, item: MediaItem) -> None:
    page = page_of(as_(bob), item)
    assert "A senior analyst decides" in page
    assert "look at the hands" not in page


@pytest.fixture
def confirmed(alice: Analyst, bob: Analyst, entry: QueueEntry, baseline: Facets) -> QueueEntry:
    assess(entry, baseline, analyst=alice)
    assess(entry, baseline, analyst=bob)
    return entry


@pytest.mark.usefixtures("confirmed")
def test_a_refused_publication_says_why(
    as_: As, alice: Analyst, item: MediaItem, hash_list: HashList
) -> None:
    reason = "The PDQ quality is 12; below 50 it matches what it should not."
    PublicationRefusal.objects.create(
        hash_list=hash_list, item_id=item.pk, reasons=[reason], at=now()
    )
    assert reason in page_of(as_(alice), item)


@pytest.mark.usefixtures("confirmed")
def test_a_published_item_names_its_entry(
    as_: As, alice: Analyst, item: MediaItem, hash_list: HashList
) -> None:
    written = HashEntry.objects.create(
        hash_list=hash_list,
        position=7,
        entry_id=item.pk,
        version=1,
        state=EntryState.LISTED,
        at=now(),
        fingerprints=[],
        item_id=item.pk,
    )
    page = page_of(as_(alice), item)
    assert f"/list/{written.entry_id}" in page
    assert "position 7" in page
