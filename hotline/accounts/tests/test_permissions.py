"""The one table of who may do what."""

import pytest

from hotline.accounts.models import Analyst, Role
from hotline.accounts.permissions import ALLOWED, Permission, may


@pytest.mark.parametrize("permission", Permission)
def test_a_closed_account_may_nothing(permission: Permission) -> None:
    assert not may(Analyst(role=Role.SENIOR, is_active=False), permission)


@pytest.mark.parametrize("role", [Role.PARTNER_MANAGER, Role.ADMINISTRATOR])
def test_nobody_sees_media_who_does_not_assess(role: Role) -> None:
    assert not may(Analyst(role=role), Permission.VIEW_MEDIA)


def test_every_role_is_in_the_table() -> None:
    assert set(ALLOWED) == set(Role)


def test_every_permission_is_somebodys() -> None:
    assert frozenset().union(*ALLOWED.values()) == frozenset(Permission)
