"""One-time links: what opens an account, and what does not."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from hotline.accounts.models import Analyst, SignInLink
from hotline.accounts.sign_in import ClosedAccountError, OneTimeLinkBackend, digest_of, make_link

BACKEND = OneTimeLinkBackend()


@pytest.mark.django_db
@pytest.mark.parametrize("token", [None, "", "not-a-link"])
def test_a_wrong_link_opens_nothing(token: str | None, alice: Analyst) -> None:
    make_link(alice)
    assert BACKEND.authenticate(None, token=token) is None


def test_a_link_opens_once(alice: Analyst) -> None:
    token = make_link(alice)
    assert BACKEND.authenticate(None, token=token) == alice
    assert BACKEND.authenticate(None, token=token) is None


def test_a_link_dies_after_its_time(alice: Analyst) -> None:
    token = make_link(alice)
    SignInLink.objects.update(expires_at=now() - timedelta(seconds=1))
    assert BACKEND.authenticate(None, token=token) is None


def test_a_new_link_ends_the_one_before(alice: Analyst) -> None:
    lost = make_link(alice)
    fresh = make_link(alice)
    assert BACKEND.authenticate(None, token=lost) is None
    assert BACKEND.authenticate(None, token=fresh) == alice


def test_a_new_link_leaves_other_people_theirs(alice: Analyst, bob: Analyst) -> None:
    token = make_link(bob)
    make_link(alice)
    assert BACKEND.authenticate(None, token=token) == bob


def test_a_closed_account_gets_no_link(mallory: Analyst) -> None:
    with pytest.raises(ClosedAccountError, match="mallory is closed"):
        make_link(mallory)


def test_an_account_closed_later_is_not_opened_by_an_old_link(alice: Analyst) -> None:
    token = make_link(alice)
    Analyst.objects.update(is_active=False)
    assert BACKEND.authenticate(None, token=token) is None
    assert BACKEND.get_user(alice.pk) is None


def test_the_database_holds_the_digest_only(alice: Analyst) -> None:
    token = make_link(alice)
    assert bytes(SignInLink.objects.get().digest) == digest_of(token)
    assert len(token) >= 43
