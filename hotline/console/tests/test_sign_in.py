"""Coming in with a one-time link, and out."""

import pytest
from axes.models import AccessAttempt
from django.test import Client
from pytest_django import Settings

from hotline.accounts.models import Analyst
from hotline.accounts.sign_in import make_link
from hotline.custody.actions import Action
from hotline.custody.models import CustodyEntry


def address(token: str) -> str:
    return f"/sign-in/link/{token}"


@pytest.mark.django_db
def test_a_wrong_link_is_refused_and_says_what_to_do(client: Client) -> None:
    answer = client.post(address("wrong"))
    assert answer.status_code == 403
    assert b"Ask the administrator for a new link" in answer.content
    assert not CustodyEntry.objects.exists()


def test_looking_at_a_link_does_not_use_it_up(client: Client, alice: Analyst) -> None:
    token = make_link(alice)
    for _ in range(3):
        answer = client.get(address(token))
        assert answer.status_code == 200
        assert answer["Referrer-Policy"] == "strict-origin"
    assert client.post(address(token))["Location"] == "/queue"


def test_the_button_signs_in_once_and_is_logged(client: Client, alice: Analyst) -> None:
    token = make_link(alice)
    client.post(address(token))
    assert client.get("/queue").status_code == 200
    assert CustodyEntry.objects.get(action=Action.SIGNED_IN).actor == f"analyst:{alice.pk}"
    assert Client().post(address(token)).status_code == 403


def test_signing_in_ends_the_session_of_whoever_was_here(
    client: Client, alice: Analyst, bob: Analyst
) -> None:
    client.force_login(bob)
    before = client.session.session_key
    client.post(address(make_link(alice)))
    assert client.session.session_key != before
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_five_wrong_links_lock_out_even_a_good_one(client: Client, alice: Analyst) -> None:
    token = make_link(alice)
    for _ in range(4):
        assert client.post(address("wrong")).status_code == 403
    assert client.post(address("wrong")).status_code == 429
    answer = client.post(address(token))
    assert answer.status_code == 429
    assert b"Too many tries" in answer.content
    assert "_auth_user_id" not in client.session


def test_a_good_link_refused_by_the_lock_is_not_used_up_and_not_kept(
    client: Client, alice: Analyst
) -> None:
    token = make_link(alice)
    for _ in range(5):
        client.post(address("wrong"))
    client.post(address(token))
    kept = AccessAttempt.objects.values("path_info", "get_data", "post_data")
    assert token not in str(list(kept))
    AccessAttempt.objects.all().delete()
    assert client.post(address(token)).status_code == 302


def test_a_link_is_not_accepted_from_another_site(alice: Analyst) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(address(make_link(alice)))
    assert answer.status_code == 403
    assert b"not from here" in answer.content


def test_signing_out_needs_a_post(client: Client, alice: Analyst) -> None:
    client.force_login(alice)
    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out")["Location"] == "/sign-in"
    assert client.get("/queue")["Location"] == "/sign-in"


def test_the_session_ends_after_30_minutes_without_work(
    client: Client, alice: Analyst, settings: Settings
) -> None:
    client.force_login(alice)
    assert settings.SESSION_COOKIE_AGE == 30 * 60
    client.get("/queue")
    worked = client.session.get_expiry_date()
    assert "sessionid" in client.get("/queue").cookies
    assert "sessionid" not in client.get("/queue/rows").cookies, "a poll is not work"
    assert client.session.get_expiry_date() >= worked


@pytest.mark.django_db
def test_everybody_begins_where_their_work_is(alice: Analyst, dave: Analyst, erin: Analyst) -> None:
    for analyst, screen in ((alice, "/queue"), (dave, "/list"), (erin, "/stuck")):
        client = Client()
        assert client.get("/")["Location"] == "/sign-in"
        client.force_login(analyst)
        assert client.get("/")["Location"] == screen
        assert client.get("/sign-in")["Location"] == screen
