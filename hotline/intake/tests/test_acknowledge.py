"""That they can delete it now is said only when the vault has everything it speaks of."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from hotline.channels.base import ChannelError, InboundMessage
from hotline.custody.actors import Process
from hotline.intake.acknowledge import acknowledge, text_for
from hotline.intake.fetch import fetch
from hotline.intake.models import Attachment, Reply
from hotline.intake.read import Reading
from hotline.intake.tests.fake_channel import Provider
from hotline.intake.wording import SAYS_DELETE
from hotline.vault import store

Hear = Callable[..., Reading]
Photo = Callable[..., InboundMessage]
WORKER = Process.WORKER
SAFE = SimpleNamespace(disposed_at=None, size=1)
ITEMS = [
    None,
    SAFE,
    SimpleNamespace(disposed_at="now", size=1),
    SimpleNamespace(disposed_at=None, size=0),
]
attachments = st.builds(
    SimpleNamespace, state=st.sampled_from(Attachment.State), item=st.sampled_from(ITEMS)
)


@given(st.lists(attachments, min_size=1), st.booleans())
def test_no_combination_of_files_says_delete_before_all_are_safe(
    files: list[SimpleNamespace], is_first: bool
) -> None:
    key = text_for(files, is_first=is_first)  # type: ignore[arg-type]  # what it reads of them
    are_safe = all(file.state == Attachment.State.STORED and file.item is SAFE for file in files)
    assert (key in SAYS_DELETE) == are_safe


@pytest.mark.django_db
def test_nothing_is_said_while_a_file_is_on_its_way(hear: Hear, photo: Photo) -> None:
    reading = hear(photo(b"one"), photo(b"two"))
    fetch(reading.attachments[0], actor=WORKER)
    assert acknowledge(reading.reports[0], actor=WORKER) is None
    assert not Reply.objects.exists()


@pytest.mark.django_db
def test_an_album_gets_one_reply_with_the_code_when_all_is_stored(hear: Hear, photo: Photo) -> None:
    reading = hear(photo(b"one"), photo(b"two"), photo(b"three"))
    for attachment in reading.attachments:
        fetch(attachment, actor=WORKER)
    reply = acknowledge(reading.reports[0], actor=WORKER)
    assert reply is not None
    assert reply.key == "received"
    assert reading.reports[0].reference in reply.text
    assert acknowledge(reading.reports[0], actor=WORKER) is None
    assert Reply.objects.count() == 1


@pytest.mark.django_db
def test_what_comes_later_is_acknowledged_by_itself(hear: Hear, photo: Photo) -> None:
    for content, key in ((b"one", "received"), (b"two", "received_more")):
        reading = hear(photo(content))
        fetch(reading.attachments[0], actor=WORKER)
        reply = acknowledge(reading.reports[0], actor=WORKER)
        assert reply is not None
        assert reply.key == key


@pytest.mark.django_db
def test_of_a_partial_album_it_says_how_many_and_to_keep_the_others(
    hear: Hear, photo: Photo, provider: Provider
) -> None:
    reading = hear(photo(b"one"), photo(b"two"))
    fetch(reading.attachments[0], actor=WORKER)
    provider.problem = ChannelError("Gone.", permanent=True)
    fetch(reading.attachments[1], actor=WORKER)
    reply = acknowledge(reading.reports[0], actor=WORKER)
    assert reply is not None
    assert "1 of your 2 files" in reply.text
    assert "keep them" in reply.text


@pytest.mark.django_db
@pytest.mark.parametrize(("content", "key"), [(b"", "empty_file"), (b"x" * 10, "too_large")])
def test_what_we_cannot_use_is_kindly_said(
    content: bytes, key: str, hear: Hear, photo: Photo, settings: Settings
) -> None:
    settings.MAX_ATTACHMENT_BYTES = 9
    reading = hear(photo(content))
    fetch(reading.attachments[0], actor=WORKER)
    reply = acknowledge(reading.reports[0], actor=WORKER)
    assert reply is not None
    assert reply.key == key
    assert "keep" in reply.text


@pytest.mark.django_db
def test_what_could_not_be_fetched_is_asked_for_again(
    hear: Hear, photo: Photo, provider: Provider
) -> None:
    provider.problem = ChannelError("Gone.", permanent=True)
    reading = hear(photo())
    fetch(reading.attachments[0], actor=WORKER)
    reply = acknowledge(reading.reports[0], actor=WORKER)
    assert reply is not None
    assert reply.key == "not_received"
    assert "send it again" in reply.text


@pytest.mark.django_db
def test_an_item_that_was_disposed_of_meanwhile_is_not_called_safe(
    hear: Hear, photo: Photo
) -> None:
    reading = hear(photo())
    item = fetch(reading.attachments[0], actor=WORKER)
    assert item is not None
    store.dispose(item, actor=WORKER, reason="test")
    reply = acknowledge(reading.reports[0], actor=WORKER)
    assert reply is not None
    assert reply.key not in SAYS_DELETE
