"""Make a hash list."""

from collections.abc import Sequence

from django.db import transaction

from baken.hashlist import LIST_NAME
from hotline.custody.actions import Action
from hotline.custody.actors import Actor
from hotline.custody.record import record
from hotline.registry.models import HashList


class ListNameError(Exception):
    """A list's name becomes part of addresses and file names."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"'{name}' cannot be a list's name: up to 64 small letters, digits and hyphens."
        )


class ListExistsError(Exception):
    """The name is taken."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a list '{name}' already.")


class NothingAcceptedError(Exception):
    """A list must say what goes on it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Say which labels list '{name}' accepts, such as 'inhope:baseline'.")


@transaction.atomic
def create_list(name: str, title: str, accepts: Sequence[str], *, actor: Actor) -> HashList:
    """Make an empty list that accepts items with any of the labels."""
    if not LIST_NAME.fullmatch(name):
        raise ListNameError(name)
    if not accepts:
        raise NothingAcceptedError(name)
    hash_list, is_new = HashList.objects.get_or_create(
        name=name, defaults={"title": title or name, "accepts": sorted(set(accepts))}
    )
    if not is_new:
        raise ListExistsError(name)
    details = {"name": name, "accepts": hash_list.accepts}
    record(Action.LIST_CREATED, hash_list, actor=actor, details=details)
    return hash_list
