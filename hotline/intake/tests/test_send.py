"""The outbox, the last word, and what is left of a reporter after it."""

from collections.abc import Callable
from threading import Event

import pytest
from django.db import transaction

from hotline.channels.base import ChannelError, InboundMessage
from hotline.custody.actors import Process
from hotline.custody.models import CustodyEntry
from hotline.intake.acknowledge import acknowledge
from hotline.intake.close import close
from hotline.intake.erase import erase
from hotline.intake.errors import TryAgainError
from hotline.intake.fetch import fetch
from hotline.intake.models import Delivery, Reply, Report, Reporter
from hotline.intake.read import Reading
from hotline.intake.send import MAX_GOODBYE_TRIES, send
from hotline.intake.start_assessment import start_assessment
from hotline.intake.tests.fake_channel import Provider, said

Hear = Callable[..., Reading]
Photo = Callable[..., InboundMessage]
pytestmark = pytest.mark.django_db
WORKER = Process.WORKER


def send_all() -> None:
    for reply in Reply.objects.filter(state=Reply.State.WAITING).order_by("created_at"):
        send(reply)


def test_a_reply_reaches_the_phone_once(report: Report, provider: Provider) -> None:
    reply = report.replies.get()
    send(reply)
    send(reply)
    assert [(address, buttons) for address, _, buttons in provider.sent] == [
        ("+31600000001", ["status", "stop"])
    ]
    reply.refresh_from_db()
    assert reply.state == Reply.State.SENT


def test_a_provider_that_is_down_is_tried_again(report: Report, provider: Provider) -> None:
    provider.problem = ChannelError("Slow down.", retry_after_seconds=12)
    with pytest.raises(TryAgainError) as raised:
        send(report.replies.get())
    assert raised.value.after_seconds == 12
    provider.problem = None
    send_all()
    assert len(provider.sent) == 1


def test_a_refusal_for_good_is_kept_with_its_reason(report: Report, provider: Provider) -> None:
    provider.problem = ChannelError("The number is gone.", permanent=True)
    send(report.replies.get())
    reply = report.replies.get()
    assert (reply.state, reply.problem) == (Reply.State.FAILED, "The number is gone.")


def test_killed_after_the_provider_took_it_the_reply_goes_again(
    report: Report, provider: Provider
) -> None:
    with transaction.atomic():
        send(report.replies.get())
        transaction.set_rollback(True)
    send_all()
    assert len(provider.sent) == 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_not_send_the_same_reply(
    report: Report, provider: Provider, run_in_thread: Callable[[Callable[[], None]], object]
) -> None:
    done = Event()

    def other() -> None:
        send(reply)
        done.set()

    reply = report.replies.get()
    with transaction.atomic():
        send(reply)
        run_in_thread(other)
        assert done.wait(10)  # it passes by; it does not wait for us
    assert len(provider.sent) == 1


def test_who_blocked_us_hears_nothing(report: Report, provider: Provider) -> None:
    Reporter.objects.update(is_blocked=True)
    send_all()
    assert report.replies.get().state == Reply.State.DROPPED
    assert provider.sent == []


def test_stop_is_answered_and_then_nothing_of_the_address_is_left(
    hear: Hear, report: Report, provider: Provider
) -> None:
    hear(said("STOP"))
    send_all()
    assert provider.sent[-1][1].startswith("We erase how to reach you now")
    reporter = Reporter.objects.get()
    assert (reporter.address, reporter.address_tag) == (None, None)
    assert {delivery.body for delivery in Delivery.objects.all()} == {None}
    assert CustodyEntry.objects.filter(action="reporter:address_erased").count() == 1
    assert Report.objects.get() == report


def test_after_stop_we_write_no_more_and_the_same_person_is_a_new_reporter(
    hear: Hear, report: Report, provider: Provider
) -> None:
    hear(said("STOP"))
    send_all()
    assert close(report, Report.Outcome.LISTED, actor=WORKER) is None
    hear(said("another thing"))
    assert Reporter.objects.count() == 2
    assert len(provider.sent) == 2


def test_a_reply_that_waited_when_the_address_went_is_dropped(
    report: Report, provider: Provider
) -> None:
    erase(report.reporter, actor=WORKER)
    erase(report.reporter, actor=WORKER)
    send_all()
    assert report.replies.get().state == Reply.State.DROPPED
    assert provider.sent == []
    assert CustodyEntry.objects.filter(action="reporter:address_erased").count() == 1


def test_stop_holds_even_when_the_goodbye_cannot_be_said(
    hear: Hear, report: Report, provider: Provider
) -> None:
    goodbye = hear(said("STOP")).replies[0]
    provider.problem = ChannelError("Down.")
    for _ in range(MAX_GOODBYE_TRIES - 1):
        with pytest.raises(TryAgainError):
            send(goodbye)
        assert Reporter.objects.get().address
    send(goodbye)
    assert Reporter.objects.get().address is None
    assert Report.objects.get() == report


def test_the_closing_message_is_the_last_and_the_address_goes_with_it(
    report: Report, provider: Provider
) -> None:
    send_all()
    reply = close(report, Report.Outcome.LISTED, actor=WORKER)
    assert reply is not None
    send(reply)
    assert "on our list now" in provider.sent[-1][1]
    assert Reporter.objects.get().address is None


def test_while_another_report_is_open_the_address_stays(
    hear: Hear, report: Report, provider: Provider
) -> None:
    closing = close(report, Report.Outcome.NOT_ILLEGAL, actor=WORKER)
    hear(said("another thing"))
    assert closing is not None
    send(closing)
    send_all()
    assert Reporter.objects.get().address == "+31600000001"
    assert len(provider.sent) == 3


@pytest.mark.parametrize("outcome", Report.Outcome)
def test_a_report_is_closed_once_with_a_message_for_each_outcome(
    report: Report, outcome: Report.Outcome
) -> None:
    reply = close(report, outcome, actor=WORKER)
    assert reply is not None
    assert reply.key == f"closing_{outcome}"
    assert close(report, outcome, actor=WORKER) is None
    report.refresh_from_db()
    assert (report.state, report.outcome) == (Report.State.CLOSED, outcome)
    assert CustodyEntry.objects.filter(action="report:closed").count() == 1


def test_a_report_is_not_closed_before_its_files_are_acknowledged(hear: Hear, photo: Photo) -> None:
    reading = hear(photo())
    report = reading.reports[0]
    assert close(report, Report.Outcome.KNOWN, actor=WORKER) is None
    fetch(reading.attachments[0], actor=WORKER)
    assert close(report, Report.Outcome.KNOWN, actor=WORKER) is None
    acknowledge(report, actor=WORKER)
    assert close(report, Report.Outcome.KNOWN, actor=WORKER) is not None


def test_the_address_stays_until_everything_is_said_in_whatever_order(
    report: Report, provider: Provider
) -> None:
    first = report.replies.get()
    closing = close(report, Report.Outcome.KNOWN, actor=WORKER)
    assert closing is not None
    send(closing)
    assert Reporter.objects.get().address
    send(first)
    assert Reporter.objects.get().address is None
    assert len(provider.sent) == 2


def test_a_report_that_somebody_looks_at_says_so(hear: Hear, report: Report) -> None:
    assert start_assessment(report, actor=WORKER)
    assert not start_assessment(report, actor=WORKER)
    assert hear(said("STATUS")).replies[0].text.endswith("it is being looked at.")
