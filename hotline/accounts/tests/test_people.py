"""Opening accounts."""

import pytest

from hotline.accounts.models import Analyst, Role
from hotline.accounts.people import NameRefusedError, NameTakenError, add_analyst


def test_a_name_is_given_once(alice: Analyst) -> None:
    with pytest.raises(NameTakenError, match="'alice' already"):
        add_analyst(alice.username, Role.ANALYST)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["", "two words", "x" * 200])
def test_a_name_that_cannot_be_one_is_refused(name: str) -> None:
    with pytest.raises(NameRefusedError, match="letters, digits"):
        add_analyst(name, Role.ANALYST)


@pytest.mark.django_db
def test_a_new_account_has_its_role_and_no_password() -> None:
    carol = add_analyst("carol", Role.SENIOR)
    assert carol.role == Role.SENIOR
    assert not carol.has_usable_password()
