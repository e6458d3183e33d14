"""The keys that partners read with: made, taken back, and what each opens.

A key is shown once, when it is made. What we keep, its SHA-256, opens nothing.
"""

from collections.abc import Mapping

import msgspec
from django.db import transaction
from django.utils.timezone import now

from baken.edge import Grant, new_key, opens, prefix_of
from hotline.custody.actions import Action
from hotline.custody.actors import Actor
from hotline.custody.record import record
from hotline.exchange.models import ApiKey, Partner


class PartnerInactiveError(Exception):
    """A partner that we ended the work with gets no keys."""

    def __init__(self, partner: Partner) -> None:
        super().__init__(f"Partner '{partner.name}' is not active any more.")


class UnknownKeyError(Exception):
    """No key has this prefix."""

    def __init__(self, prefix: str) -> None:
        super().__init__(f"There is no key '{prefix}'; give the 8 digits after 'bk_'.")


class HeldKey(msgspec.Struct, frozen=True):
    """What we hold of a key in force, and what it opens."""

    digest: str
    grant: Grant


@transaction.atomic
def make_key(partner: Partner, *, actor: Actor) -> str:
    """Make a key for the partner and return it; nobody can show it again."""
    partner = Partner.objects.select_for_update().get(pk=partner.pk)
    if not partner.is_active:
        raise PartnerInactiveError(partner)
    key, prefix, digest = new_key()
    while ApiKey.objects.filter(prefix=prefix).exists():  # once in four thousand million
        key, prefix, digest = new_key()
    held = ApiKey.objects.create(
        partner=partner, prefix=prefix, digest=bytes.fromhex(digest), made_at=now()
    )
    details = {"partner": partner.name, "prefix": prefix}
    record(Action.KEY_MADE, held, actor=actor, details=details)
    return key


@transaction.atomic
def revoke_key(key: ApiKey, *, actor: Actor) -> ApiKey:
    """Let the key open nothing any more, and return it; one that was revoked stays as it is."""
    key = ApiKey.objects.select_for_update(of=("self",)).select_related("partner").get(pk=key.pk)
    if key.revoked_at:
        return key
    key.revoked_at = now()
    key.save(update_fields=["revoked_at"])
    details = {"partner": key.partner.name, "prefix": key.prefix}
    record(Action.KEY_REVOKED, key, actor=actor, details=details)
    return key


def key_with_prefix(prefix: str) -> ApiKey:
    """Return the key that begins so; raise UnknownKeyError."""
    try:
        return ApiKey.objects.get(prefix=prefix.strip().removeprefix("bk_"))
    except ApiKey.DoesNotExist:
        raise UnknownKeyError(prefix) from None


def keys_in_force() -> dict[str, HeldKey]:
    """Return every key that opens something, by its prefix."""
    keys = ApiKey.objects.filter(revoked_at=None, partner__is_active=True)
    return {
        key.prefix: HeldKey(bytes(key.digest).hex(), _grant_of(key.partner))
        for key in keys.select_related("partner").prefetch_related("partner__lists")
    }


def grant_among(held: Mapping[str, HeldKey], key: str) -> Grant | None:
    """Return what the key opens among those held; None for one that opens nothing."""
    found = held.get(prefix_of(key) or "")
    return found.grant if found and opens(key, found.digest) else None


def grant_for(key: str) -> Grant | None:
    """Return what the key opens now; None for an unknown or revoked one."""
    held = ApiKey.objects.filter(
        prefix=prefix_of(key) or "", revoked_at=None, partner__is_active=True
    ).first()
    if held is None or not opens(key, bytes(held.digest).hex()):
        return None
    return _grant_of(held.partner)


def _grant_of(partner: Partner) -> Grant:
    lists = frozenset(hash_list.name for hash_list in partner.lists.all())
    return Grant(partner.name, lists, may_check=True, may_feed=True)
