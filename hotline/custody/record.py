"""Write one entry of the custody log, inside the transaction of what it records."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, models
from django.utils.timezone import now

from hotline.custody.actions import Action
from hotline.custody.actors import Actor, name_of
from hotline.custody.models import CustodyEntry

GENESIS = "0" * 64
CHAIN_LOCK = 0x62616B656E  # "baken": PostgreSQL's advisory lock of the chain


class NoTransactionError(Exception):
    """A custody entry must stand or fall with what it records."""

    def __init__(self, action: Action) -> None:
        super().__init__(f"'{action}' was recorded outside a transaction.")


def hash_of(entry: CustodyEntry) -> str:
    """Return the SHA-256 of the entry's fields and of the previous hash (docs/custody.md)."""
    fields = {
        "position": entry.position,
        "at": _time_text(entry.at),
        "action": entry.action,
        "subject_type": entry.subject_type,
        "subject_id": entry.subject_id,
        "actor": entry.actor,
        "details": entry.details,
        "previous_hash": entry.previous_hash,
    }
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def record(
    action: Action,
    subject: models.Model,
    *,
    actor: Actor,
    details: Mapping[str, Any] | None = None,
) -> CustodyEntry:
    """Append one entry and return it.

    Call it last in the transaction: it takes the lock of the whole chain, which is held
    until the commit; a row locked after it could wait for somebody who waits for us.
    `details` hold ids, counts and reasons; never an address, a text, a token or a digest.
    """
    if not connection.in_atomic_block:
        raise NoTransactionError(action)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
    last = CustodyEntry.objects.order_by("-position").first()
    entry = CustodyEntry(
        position=last.position + 1 if last else 1,
        at=now(),
        action=action,
        subject_type=subject._meta.model_name or "",
        subject_id=str(subject.pk),
        actor=name_of(actor),
        details=dict(details or {}),
        previous_hash=last.hash if last else GENESIS,
    )
    entry.hash = hash_of(entry)
    entry.save(force_insert=True)
    return entry


def _time_text(at: datetime) -> str:
    """Return the time as PostgreSQL keeps it: UTC, microseconds."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
