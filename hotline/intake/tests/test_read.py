"""Reading deliveries: whose message it is, which report it joins, what is answered."""

from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from hotline.channels.base import InboundMessage, MessageKind
from hotline.custody.actors import Process
from hotline.custody.models import CustodyEntry
from hotline.intake.close import close
from hotline.intake.models import Attachment, Delivery, Message, Reply, Report, Reporter
from hotline.intake.profile import FOLDER, load
from hotline.intake.read import Reading, read
from hotline.intake.receive import receive
from hotline.intake.tests.fake_channel import body_of, said

Hear = Callable[..., Reading]
Photo = Callable[..., InboundMessage]
pytestmark = pytest.mark.django_db
WORKER = Process.WORKER


def test_a_photo_opens_a_report_and_waits_to_be_fetched(hear: Hear, photo: Photo) -> None:
    reading = hear(photo(text="look"))
    assert [one.state for one in reading.attachments] == [Attachment.State.WAITING]
    assert reading.replies == ()
    assert reading.reports[0].reporter.address == "+31600000001"
    assert Message.objects.get().text == "look"


def test_the_custody_log_knows_the_report_and_no_address(hear: Hear, photo: Photo) -> None:
    report = hear(photo()).reports[0]
    entry = CustodyEntry.objects.get()
    assert (entry.action, entry.subject_id) == ("report:received", str(report.pk))
    assert "31600000001" not in str(entry.details)


def test_reading_twice_changes_nothing_and_returns_what_still_waits(
    hear: Hear, photo: Photo
) -> None:
    first = hear(photo(), said("and this"))
    again = read(Delivery.objects.get(), actor=WORKER)
    assert again == first
    assert Message.objects.count() == 2
    assert CustodyEntry.objects.count() == 1


def test_a_message_that_comes_again_in_another_delivery_is_a_no_op(
    hear: Hear, photo: Photo
) -> None:
    message = photo()
    hear(message)
    again = hear(message, said("new"))
    assert again.attachments == ()
    assert Message.objects.count() == 2


def test_messages_of_one_reporter_join_the_open_report(hear: Hear, photo: Photo) -> None:
    first = hear(photo(), photo()).reports[0]
    assert hear(said("it was on example.org")).reports == (first,)
    assert first.messages.count() == 3


def test_after_a_report_is_closed_the_next_message_opens_another(hear: Hear, photo: Photo) -> None:
    first = hear(said("one")).reports[0]
    close(first, Report.Outcome.NOTHING_TO_ASSESS, actor=WORKER)
    assert hear(photo()).reports[0] != first


def test_every_reporter_of_a_delivery_gets_a_report(hear: Hear) -> None:
    reading = hear(said("one"), said("two", address="+31600000002"))
    assert len(reading.reports) == 2
    assert len({report.reference for report in reading.reports}) == 2


def test_a_text_is_answered_in_the_language_of_the_app(hear: Hear) -> None:
    english = hear(said("one")).replies[0]
    dutch = hear(said("twee", address="+31600000002", language="nl-NL")).replies[0]
    assert english.text.startswith("We have your message.")
    assert dutch.text.startswith("We hebben je bericht.")
    assert [choice["id"] for choice in english.choices] == ["status", "stop"]


def test_status_before_there_is_a_report_opens_none(hear: Hear) -> None:
    reading = hear(said("STATUS"))
    assert [reply.key for reply in reading.replies] == ["status_none"]
    assert not Report.objects.exists()


def test_status_tells_the_code_and_the_state(hear: Hear, report: Report) -> None:
    reply = hear(said("status")).replies[0]
    assert reply.text == f"Your report {report.reference}: we have received it."
    assert report.messages.count() == 1


def test_status_with_a_code_tells_the_state_to_whoever_knows_it(hear: Hear, report: Report) -> None:
    stranger = {"address": "+31600000002"}
    reply = hear(said(f"status {report.reference.lower()}", **stranger)).replies[0]
    assert reply.text == f"Your report {report.reference}: we have received it."
    assert hear(said("status K7M-4QX", **stranger)).replies[0].key == "status_none"


def test_a_number_means_the_choice_that_we_showed_last(hear: Hear, report: Report) -> None:
    assert hear(said("1")).replies[0].key == "status_received"
    assert hear(said("1", id="again")).replies[0].key == "status_received"
    assert report.messages.count() == 1


def test_what_is_withdrawn_is_recorded_and_stays(hear: Hear, photo: Photo) -> None:
    message = photo(text="look")
    hear(message)
    hear(said(id="w", kind=MessageKind.WITHDRAWN, about=message.id))
    kept = Message.objects.get(kind="content")
    assert (kept.text, kept.attachments.count(), kept.is_withdrawn) == ("look", 1, True)


def test_an_edit_is_kept_beside_the_original(hear: Hear, report: Report) -> None:
    hear(said("I saw nothing", id="e", kind=MessageKind.EDITED, about="message x"))
    texts = [message.text for message in report.messages.order_by("received_at")]
    assert texts == ["I saw something on example.org", "I saw nothing"]


def test_who_blocked_us_gets_no_reply_until_they_write_again(hear: Hear, report: Report) -> None:
    hear(said(id="b", kind=MessageKind.BLOCKED))
    assert Reporter.objects.get().is_blocked
    assert close(report, Report.Outcome.LISTED, actor=WORKER) is None
    assert hear(said("back again")).replies


def test_a_block_by_somebody_we_never_heard_of_makes_no_reporter(hear: Hear) -> None:
    hear(said(id="b", kind=MessageKind.BLOCKED))
    assert not Reporter.objects.exists()


def test_a_shape_nobody_knows_is_kept_for_a_person(hear: Hear) -> None:
    reading = hear(said(id="?", kind=MessageKind.UNKNOWN, raw_type="hologram"))
    assert reading.needs_a_look
    assert Delivery.objects.get().state == Delivery.State.NEEDS_A_LOOK
    assert [reply.key for reply in reading.replies] == ["unknown"]


def test_an_unknown_shape_without_a_sender_is_kept_too(hear: Hear) -> None:
    assert hear(said(id="?", kind=MessageKind.UNKNOWN, address=None)).needs_a_look
    assert Delivery.objects.get().body is not None


def test_a_body_that_is_not_the_format_needs_a_look() -> None:
    delivery = receive("fake", b'{"surprise": 1}')
    assert delivery is not None
    assert read(delivery, actor=WORKER).needs_a_look


def test_what_cannot_be_read_is_kindly_asked_for_again(hear: Hear) -> None:
    reading = hear(said(id="u", kind=MessageKind.UNSUPPORTED))
    assert [reply.key for reply in reading.replies] == ["send_again"]


def test_a_delivery_without_a_reporters_message_leaves_no_body(hear: Hear) -> None:
    hear(said(id="n", kind=MessageKind.NOTICE, address=None))
    assert Delivery.objects.get().body is None
    assert not Message.objects.exists()


def test_a_hotline_without_media_fetches_nothing_and_says_so_once(
    hear: Hear, photo: Photo, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (FOLDER / "nl.toml").read_text(encoding="utf-8")
    (tmp_path / "textonly.toml").write_text(
        text.replace("media_accepted = true", "media_accepted = false"), encoding="utf-8"
    )
    monkeypatch.setattr("hotline.intake.profile.load", lambda name: load(name, tmp_path))
    settings.PROFILE = "textonly"
    reading = hear(photo(), photo())
    assert reading.attachments == ()
    assert [reply.key for reply in reading.replies] == ["media_not_accepted"]
    assert {one.state for one in Attachment.objects.all()} == {Attachment.State.FAILED}


@pytest.mark.django_db(transaction=True)
def test_two_deliveries_of_one_new_address_at_one_moment_make_one_reporter(
    run_in_thread: Callable[[Callable[[], None]], object],
) -> None:
    one, two = (receive("fake", body_of(said(text))) for text in ("one", "two"))
    assert one is not None
    assert two is not None
    done = Event()

    def second() -> None:
        read(two, actor=WORKER)
        done.set()

    with transaction.atomic():
        read(one, actor=WORKER)
        run_in_thread(second)
        assert not done.wait(0.3)  # it waits for us
    assert done.wait(10)
    assert Reporter.objects.count() == Report.objects.count() == 1
    connection.close()


def test_one_message_has_one_reply_however_often_it_is_asked_for(hear: Hear) -> None:
    hear(said("STOP"))
    hear(said("stop", id="another"))
    assert [reply.key for reply in Reply.objects.all()] == ["stopped"]
