"""A report with a drawn landscape in it, as the pipeline leaves it for the analysts."""

import itertools
import uuid
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils.timezone import now

from hotline.accounts.models import Analyst
from hotline.assessment.enqueue import enqueue_item, enqueue_note
from hotline.assessment.models import QueueEntry
from hotline.assessment.schema import Facets, facets_from
from hotline.custody.actors import Process
from hotline.intake.models import TEXT as TEXT_PURPOSE
from hotline.intake.models import Attachment, Delivery, Message, Report, Reporter, Sighting
from hotline.matching.models import Inspection
from hotline.vault import store
from hotline.vault.encryption import seal, seal_text, tag
from hotline.vault.models import MediaItem
from tests.pictures import landscape, to_jpeg

WORKER = Process.WORKER
SIZE = (1200, 800)


@pytest.fixture(scope="session")
def picture() -> bytes:
    """A drawn landscape."""
    return to_jpeg(landscape(3, SIZE))


@pytest.fixture
def make_report(db: None) -> Callable[..., Report]:
    """Make reports, each with one message."""
    numbers = itertools.count(1)

    def make(text: str = "I found this in a chat.", channel: str = "telegram") -> Report:
        number = next(numbers)
        reporter = Reporter.objects.create(channel=channel, first_seen_at=now())
        report = Report.objects.create(
            reference=f"K7M-4Q{number}", reporter=reporter, opened_at=now()
        )
        delivery = Delivery.objects.create(
            channel=channel,
            tag=tag(f"{report.pk}", purpose="test"),
            body_sealed=seal(b"{}", purpose="delivery body"),
            state=Delivery.State.READ,
            received_at=now(),
        )
        Message.objects.create(
            delivery=delivery,
            report=report,
            channel=channel,
            tag=tag(f"{report.pk}", purpose="test"),
            kind="message",
            is_forwarded=True,
            text_sealed=seal_text(text, purpose=TEXT_PURPOSE),
            sent_at=now(),
            received_at=now(),
        )
        return report

    return make


@pytest.fixture
def sight(make_report: Callable[..., Report]) -> Callable[..., Sighting]:
    """Let an item be seen in a new report."""

    def see(item: MediaItem, **about: str) -> Sighting:
        report = make_report(**about)
        attachment = Attachment.objects.create(
            message=report.messages.get(),
            ordinal=0,
            details_sealed=seal(b"{}", purpose="attachment details"),
            state=Attachment.State.STORED,
            item=item,
        )
        return Sighting.objects.create(item=item, report=report, attachment=attachment, at=now())

    return see


@pytest.fixture
def item(picture: bytes, sight: Callable[..., Sighting]) -> MediaItem:
    """A picture in the vault, seen once, inspected and queued."""
    made, _ = store.put([picture], actor=WORKER)
    Inspection.objects.create(
        item=made, media_type="image/jpeg", width=SIZE[0], height=SIZE[1], n_frames=1, at=now()
    )
    sighting = sight(made)
    enqueue_item(made, sighting.report, kind=QueueEntry.Kind.ITEM, actor=WORKER)
    return made


@pytest.fixture
def entry(item: MediaItem) -> QueueEntry:
    """What waits for opinions about the item."""
    return QueueEntry.objects.get(item=item)


@pytest.fixture
def note(make_report: Callable[..., Report]) -> QueueEntry:
    """Something that is read, not assessed."""
    sentence = "The file could not be fetched: the provider no longer has it."
    return enqueue_note(
        QueueEntry.Kind.REFUSED, uuid.uuid4(), make_report(), sentence, actor=WORKER
    )


@pytest.fixture
def as_(client: Client) -> Callable[[Analyst], Client]:
    """Sign somebody in."""

    def sign_in(analyst: Analyst) -> Client:
        client.force_login(analyst)
        return client

    return sign_in


@pytest.fixture
def baseline() -> Facets:
    """An opinion that leads to the list."""
    return facets_from({"depiction": "real", "ages": ["7-10"], "conduct": ["sexual-act"]})
