"""Fingerprint a media item, in the sandbox, once.

A file that cannot be decoded keeps its digests, and the reason stands beside them.
"""

from collections.abc import Sequence

from django.db import connection, transaction
from django.utils.timezone import now

from baken.fingerprint import Fingerprint, digests
from baken.media import DecodeError
from baken.sandbox import Decoded
from hotline.custody.actions import Action
from hotline.custody.actors import Actor
from hotline.custody.record import record
from hotline.matching.decoder import decoder_pool
from hotline.matching.models import Inspection, StoredFingerprint
from hotline.vault import store
from hotline.vault.models import MediaItem

# Fingerprints are numbered in the order of their commits, so that an index that has read up to
# number N has missed none below it; without the lock a slow transaction could fill in later.
FINGERPRINTS_LOCK = 0x66696E676572


def fingerprint_item(item: MediaItem, *, actor: Actor) -> Inspection:
    """Return what the decoder says of the item, asking it the first time only."""
    if known := Inspection.objects.filter(item=item).first():
        return known
    with store.open(item, actor=actor, reason="fingerprint") as stream:
        data = stream.read()
    try:
        decoded = decoder_pool().fingerprint(data)
    except DecodeError as error:
        return _write(_undecodable(item, error), digests([data]), actor=actor)
    return _write(_decoded(item, decoded), decoded.fingerprints, actor=actor)


def _decoded(item: MediaItem, decoded: Decoded) -> Inspection:
    return Inspection(
        item=item,
        media_type=decoded.media_type,
        width=decoded.width,
        height=decoded.height,
        n_frames=decoded.n_frames,
        at=now(),
    )


def _undecodable(item: MediaItem, error: DecodeError) -> Inspection:
    return Inspection(item=item, cause=error.cause, problem=str(error), at=now())


@transaction.atomic
def _write(
    inspection: Inspection, fingerprints: Sequence[Fingerprint], *, actor: Actor
) -> Inspection:
    item = MediaItem.objects.select_for_update().get(pk=inspection.item_id)
    if known := Inspection.objects.filter(item=item).first():
        return known  # Another worker was faster.
    inspection.save(force_insert=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FINGERPRINTS_LOCK])
    StoredFingerprint.objects.bulk_create(
        StoredFingerprint(
            item=item,
            algorithm=fingerprint.algorithm,
            version=fingerprint.version,
            value=fingerprint.value,
            quality=fingerprint.quality,
        )
        for fingerprint in fingerprints
    )
    action = Action.MEDIA_UNDECODABLE if inspection.cause else Action.MEDIA_FINGERPRINTED
    details = {"cause": inspection.cause} if inspection.cause else {"n": len(fingerprints)}
    record(action, item, actor=actor, details=details)
    return inspection
