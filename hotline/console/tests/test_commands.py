"""`manage add_analyst` and `manage sign_in_link`."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from hotline.accounts.models import Analyst, Role
from hotline.custody.actions import Action
from hotline.custody.models import CustodyEntry


def run(*words: str) -> str:
    said = io.StringIO()
    call_command(*words, stdout=said)
    return said.getvalue().strip()


def test_a_name_that_is_taken_is_a_sentence(alice: Analyst) -> None:
    with pytest.raises(CommandError, match="'alice' already"):
        run("add_analyst", alice.username)
    assert not CustodyEntry.objects.exists()


@pytest.mark.django_db
def test_nobody_gets_a_link_without_an_account() -> None:
    with pytest.raises(CommandError, match="no account called 'nobody'"):
        run("sign_in_link", "nobody")


def test_a_closed_account_gets_no_link(mallory: Analyst) -> None:
    with pytest.raises(CommandError, match="is closed"):
        run("sign_in_link", mallory.username)
    assert not CustodyEntry.objects.exists()


@pytest.mark.django_db
def test_a_new_account_comes_with_a_link_that_works() -> None:
    address = run("add_analyst", "frank", "--role", "senior")
    path = "/" + address.split("/", 3)[3]
    assert Client().post(path)["Location"] == "/queue"
    assert Analyst.objects.get().role == Role.SENIOR
    actions = CustodyEntry.objects.order_by("position").values_list("action", flat=True)
    assert list(actions) == [Action.ANALYST_ADDED, Action.SIGN_IN_LINK_MADE, Action.SIGNED_IN]


def test_a_link_for_somebody_known(alice: Analyst) -> None:
    assert run("sign_in_link", alice.username).startswith("http://127.0.0.1:8000/sign-in/link/")
