"""One phone and one hotline for each test."""

from collections.abc import Iterator

import httpx
import pytest

from phone.tests import running


@pytest.fixture
def hotline() -> Iterator[running.Hotline]:
    with running.hotline() as noted:
        yield noted


@pytest.fixture
def phone(hotline: running.Hotline) -> Iterator[httpx.Client]:
    with running.phone(hotline.url) as client:
        yield client
