"""Take an organisation in that will read our lists."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.timezone import now

from hotline.custody.actions import Action
from hotline.custody.actors import Actor
from hotline.custody.record import record
from hotline.exchange.models import Partner
from hotline.registry.log import list_named

LONGEST_NAME = 200


class PartnerNameError(Exception):
    """A partner must be called something."""

    def __init__(self) -> None:
        super().__init__(f"A partner needs a name of at most {LONGEST_NAME} characters.")


class PartnerExistsError(Exception):
    """The name is taken."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a partner '{name}' already.")


class UnknownPartnerError(Exception):
    """No partner is called so."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no partner '{name}'.")


class NoListsError(Exception):
    """A partner without lists would be told 'no match' whatever it asks."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Say which lists '{name}' may read.")


@transaction.atomic
def add_partner(name: str, list_names: Sequence[str], *, actor: Actor) -> Partner:
    """Add a partner that may read these lists, and no others; it has no key yet."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise PartnerNameError
    if not list_names:
        raise NoListsError(name)
    hash_lists = [list_named(list_name) for list_name in sorted(set(list_names))]
    partner, is_new = Partner.objects.get_or_create(name=name, defaults={"added_at": now()})
    if not is_new:
        raise PartnerExistsError(name)
    partner.lists.set(hash_lists)
    details = {"name": name, "lists": [hash_list.name for hash_list in hash_lists]}
    record(Action.PARTNER_ADDED, partner, actor=actor, details=details)
    return partner


def partner_named(name: str) -> Partner:
    """Return the partner of this name; raise UnknownPartnerError."""
    try:
        return Partner.objects.get(name=name.strip())
    except Partner.DoesNotExist:
        raise UnknownPartnerError(name) from None
