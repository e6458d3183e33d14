"""What the registry's tests share: an item that may go on the list."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from baken.fingerprint import Algorithm, Fingerprint
from hotline.accounts.models import Analyst
from hotline.custody.actors import Process
from hotline.registry.models import HashEntry, HashList, PublicationRefusal
from hotline.registry.publish import publish

Publish = Callable[..., HashEntry | PublicationRefusal]


@pytest.fixture
def fingerprints() -> list[Fingerprint]:
    return [
        Fingerprint(Algorithm.PDQ, bytes(range(32)), quality=97),
        Fingerprint(Algorithm.MD5, bytes(range(16))),
    ]


@pytest.fixture
def item_id() -> UUID:
    return uuid4()


@pytest.fixture
def put_on_list(
    hash_list: HashList,
    item_id: UUID,
    fingerprints: list[Fingerprint],
    alice: Analyst,
    bob: Analyst,
) -> Publish:
    """Publish an item that passes every gate, unless a test says otherwise."""

    def put(**different: Any) -> HashEntry | PublicationRefusal:
        usual: dict[str, Any] = {
            "item_id": item_id,
            "fingerprints": fingerprints,
            "labels": ["inhope:baseline", "nl:art-252"],
            "approved_by": [alice.pk, bob.pk],
            "actor": Process.WORKER,
        }
        return publish(hash_list, **usual | different)

    return put
