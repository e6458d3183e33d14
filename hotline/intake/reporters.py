"""Find or make the reporters behind a delivery's messages, and hold them while it is read.

Two deliveries of one new address may be read at the same moment. Whoever inserts first wins,
the other waits for it; and all reporters of a delivery are locked in one order, so that two
deliveries never wait for each other.
"""

from collections.abc import Iterable

from django.utils.timezone import now

from hotline.channels.base import InboundMessage, MessageKind
from hotline.intake.models import Reporter

# These say something about an earlier message: who never sent one is not a reporter.
ABOUT_OTHERS = frozenset(
    {MessageKind.NOTICE, MessageKind.BLOCKED, MessageKind.WITHDRAWN, MessageKind.REACTION}
)


def lock_reporters(channel: str, messages: Iterable[InboundMessage]) -> dict[str, Reporter]:
    """Return each message's reporter by address, locked until the transaction ends."""
    addressed = [message for message in messages if message.address]
    tags = {message.address or "": b"" for message in addressed}
    tags = {address: Reporter.tag_of(channel, address) for address in tags}
    new = {message.address or "" for message in addressed if message.kind not in ABOUT_OTHERS}
    found: dict[bytes, Reporter] = {}
    # An address may be erased between our insert and our lock; then it is a new one again.
    while True:
        found = _locked(channel, tags.values())
        missing = sorted(address for address in new if tags[address] not in found)
        if not missing:
            break
        _insert(channel, {address: tags[address] for address in missing})
    return {address: found[tag] for address, tag in tags.items() if tag in found}


def _locked(channel: str, tags: Iterable[bytes]) -> dict[bytes, Reporter]:
    rows = Reporter.objects.filter(channel=channel, address_tag__in=list(tags))
    rows = rows.select_for_update(no_key=True).order_by("address_tag")
    return {bytes(row.address_tag or b""): row for row in rows}


def _insert(channel: str, tags: dict[str, bytes]) -> None:
    rows = [
        Reporter(
            channel=channel,
            address_tag=tag,
            address_sealed=Reporter.sealed(address),
            first_seen_at=now(),
        )
        for address, tag in sorted(tags.items(), key=lambda pair: pair[1])
    ]
    Reporter.objects.bulk_create(rows, ignore_conflicts=True)
