"""Fetching: into the vault as a stream; a failure is tried again or said, never lost."""

from collections.abc import Callable

import pytest
from pytest_django import Settings

from hotline.channels.base import Attachment as Details
from hotline.channels.base import AttachmentKind, ChannelError, InboundMessage
from hotline.custody.actors import Process
from hotline.custody.models import CustodyEntry
from hotline.intake import fetch as fetching
from hotline.intake.errors import MAX_TRIES, TryAgainError, wait_seconds
from hotline.intake.fetch import fetch
from hotline.intake.models import Attachment, Sighting
from hotline.intake.read import Reading
from hotline.intake.tests.fake_channel import Provider, said
from hotline.vault import store
from hotline.vault.models import MediaItem

Hear = Callable[..., Reading]
Photo = Callable[..., InboundMessage]
pytestmark = pytest.mark.django_db
WORKER = Process.WORKER


def with_file(**changes: object) -> InboundMessage:
    file = Details(ref="somewhere", kind=AttachmentKind.IMAGE, **changes)  # type: ignore[arg-type]  # its fields
    return said(attachments=(file,))


def test_a_file_reaches_the_vault_and_is_sighted(hear: Hear, photo: Photo) -> None:
    reading = hear(photo(b"drawn" * 1000))
    item = fetch(reading.attachments[0], actor=WORKER)
    assert item is not None
    with store.open(item, actor=WORKER, reason="test") as stream:
        assert stream.read() == b"drawn" * 1000
    assert Sighting.objects.get().report == reading.reports[0]
    logged = list(CustodyEntry.objects.order_by("position").values_list("action", flat=True))
    assert logged[:3] == ["report:received", "media:stored", "media:sighted"]


def test_fetching_twice_is_one_item_and_one_sighting(hear: Hear, photo: Photo) -> None:
    attachment = hear(photo()).attachments[0]
    assert fetch(attachment, actor=WORKER) == fetch(attachment, actor=WORKER)
    assert Sighting.objects.count() == 1


def test_killed_between_vault_and_row_the_next_run_doubles_nothing(
    hear: Hear, photo: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    attachment = hear(photo()).attachments[0]
    with monkeypatch.context() as killed:
        killed.setattr(fetching, "_link", _killed)
        with pytest.raises(KeyboardInterrupt):
            fetch(attachment, actor=WORKER)
    assert MediaItem.objects.count() == 1
    assert fetch(attachment, actor=WORKER) is not None
    assert (MediaItem.objects.count(), Sighting.objects.count()) == (1, 1)


def _killed(*_arguments: object) -> None:
    raise KeyboardInterrupt


def test_the_same_bytes_from_two_reporters_are_one_item_and_two_sightings(
    hear: Hear, photo: Photo
) -> None:
    reading = hear(photo(), photo(address="+31600000002"))
    one, two = (fetch(attachment, actor=WORKER) for attachment in reading.attachments)
    assert one == two
    assert Sighting.objects.count() == 2


def test_the_providers_reference_is_forgotten_once_it_is_settled(hear: Hear, photo: Photo) -> None:
    attachment = hear(photo()).attachments[0]
    fetch(attachment, actor=WORKER)
    attachment.refresh_from_db()
    assert (attachment.details.ref, attachment.details.filename) == ("", "IMG.jpg")


def test_what_fails_for_now_is_tried_again_and_the_reporter_keeps_it(
    hear: Hear, photo: Photo, provider: Provider
) -> None:
    attachment = hear(photo()).attachments[0]
    provider.problem = ChannelError("Busy.", retry_after_seconds=30)
    with pytest.raises(TryAgainError) as first:
        fetch(attachment, actor=WORKER)
    with pytest.raises(TryAgainError) as second:
        fetch(attachment, actor=WORKER)
    assert (first.value.after_seconds, first.value.reply) == (30, None)
    assert second.value.reply is not None
    assert "keep it" in second.value.reply.text
    provider.problem = None
    assert fetch(attachment, actor=WORKER) is not None


def test_what_fails_for_days_is_given_up(hear: Hear, photo: Photo, provider: Provider) -> None:
    attachment = hear(photo()).attachments[0]
    provider.problem = ChannelError("Down.")
    Attachment.objects.update(n_tries=MAX_TRIES - 1)
    assert fetch(attachment, actor=WORKER) is None
    attachment.refresh_from_db()
    assert (attachment.state, attachment.problem) == (Attachment.State.FAILED, "Down.")


def test_what_the_provider_refuses_for_good_says_why(
    hear: Hear, photo: Photo, provider: Provider
) -> None:
    attachment = hear(photo()).attachments[0]
    provider.problem = ChannelError("The file is gone.", permanent=True)
    assert fetch(attachment, actor=WORKER) is None
    attachment.refresh_from_db()
    assert attachment.problem == "The file is gone."
    assert CustodyEntry.objects.filter(action="attachment:refused").count() == 1


def test_a_file_that_says_it_is_too_large_is_not_even_asked_for(
    hear: Hear, provider: Provider, settings: Settings
) -> None:
    attachment = hear(with_file(size=settings.MAX_ATTACHMENT_BYTES + 1)).attachments[0]
    assert fetch(attachment, actor=WORKER) is None
    attachment.refresh_from_db()
    assert attachment.state == Attachment.State.TOO_LARGE
    assert provider.downloads == []


def test_a_file_that_lies_about_its_size_is_refused_on_the_way(
    hear: Hear, photo: Photo, settings: Settings
) -> None:
    attachment = hear(photo(b"x" * 5000)).attachments[0]
    settings.MAX_ATTACHMENT_BYTES = 4000
    assert fetch(attachment, actor=WORKER) is None
    attachment.refresh_from_db()
    assert attachment.state == Attachment.State.TOO_LARGE
    assert not MediaItem.objects.exists()


def test_what_the_web_form_stored_is_only_linked(hear: Hear, provider: Provider) -> None:
    item, _ = store.put([b"from the form"], actor=Process.SERVER)
    attachment = hear(with_file(item_id=item.pk)).attachments[0]
    assert fetch(attachment, actor=WORKER) == item
    assert provider.downloads == []


def test_what_the_web_form_stored_and_lost_is_refused(hear: Hear) -> None:
    item, _ = store.put([b"from the form"], actor=Process.SERVER)
    attachment = hear(with_file(item_id=item.pk)).attachments[0]
    store.dispose(item, actor=WORKER, reason="test")
    assert fetch(attachment, actor=WORKER) is None


def test_the_waits_grow_and_honour_what_was_asked() -> None:
    assert [wait_seconds(n, None) for n in (1, 2, 11, 12, 500)] == [2, 4, 2048, 3600, 3600]
    assert wait_seconds(1, 90) == 90
