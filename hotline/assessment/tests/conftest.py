"""What the tests of assessment share: an item that was reported and queued."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from hotline.accounts.models import Analyst, Role
from hotline.assessment.enqueue import enqueue_item
from hotline.assessment.models import QueueEntry
from hotline.assessment.schema import Facets, facets_from
from hotline.custody.actors import Process
from hotline.intake.models import Report, Reporter
from hotline.vault.models import MediaItem

NOW = datetime(2026, 11, 1, tzinfo=UTC)
BASELINE = facets_from({"depiction": "real", "ages": ["7-10"], "conduct": ["sexual-act"]})
NATIONAL = facets_from({"depiction": "real", "ages": ["7-10"], "conduct": ["posing"]})
HARMLESS = facets_from({"depiction": "real", "ages": ["nobody"], "conduct": ["none"]})


@pytest.fixture
def baseline() -> Facets:
    return BASELINE


@pytest.fixture
def national() -> Facets:
    return NATIONAL


@pytest.fixture
def harmless() -> Facets:
    return HARMLESS


@pytest.fixture
def report(db: None) -> Report:
    reporter = Reporter.objects.create(channel="webform", first_seen_at=NOW)
    return Report.objects.create(reporter=reporter, reference="K7M-4QX", opened_at=NOW)


@pytest.fixture
def make_item(db: None) -> Callable[[], MediaItem]:
    def make() -> MediaItem:
        return MediaItem.objects.create(
            sha256=uuid4().bytes * 2, size=1, object_name="0", wrapped_key=b"0", stored_at=NOW
        )

    return make


@pytest.fixture
def item(make_item: Callable[[], MediaItem]) -> MediaItem:
    return make_item()


@pytest.fixture
def queued(item: MediaItem, report: Report) -> QueueEntry:
    return enqueue_item(item, report, kind=QueueEntry.Kind.ITEM, actor=Process.WORKER)


@pytest.fixture
def frank(db: None) -> Analyst:
    """Another senior analyst."""
    return Analyst.objects.create(username="frank", role=Role.SENIOR)
