"""Pages for what went wrong, and what stands on every page."""

from collections.abc import Callable

import pytest
from django.test import Client, RequestFactory
from pytest_django import Settings

from hotline.accounts.models import Analyst
from hotline.console.errors import broken

BANNER = "Demonstration: drawn pictures only, never real material"


def test_an_address_that_leads_nowhere_needs_no_database() -> None:
    answer = Client().get("/no/such/address")
    assert answer.status_code == 404
    assert b"/no/such/address" not in answer.content


def test_a_failure_is_a_page_and_needs_no_database() -> None:
    answer = broken(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert b"it is in the log" in answer.content


@pytest.mark.parametrize("is_demonstration", [True, False])
def test_a_demonstration_says_so_on_every_page(
    alice: Analyst, settings: Settings, is_demonstration: bool
) -> None:
    settings.DEMONSTRATION = is_demonstration
    client = Client()
    pages = [client.get("/sign-in"), client.get("/sign-in/link/x"), client.get("/nowhere")]
    pages += [client.post("/sign-in/link/x")]
    client.force_login(alice)
    pages += [client.get("/queue"), client.get("/list"), client.get("/stuck")]
    assert {BANNER in page.content.decode() for page in pages} == {is_demonstration}


def test_no_page_may_run_or_load_anything_foreign(alice: Analyst) -> None:
    client = Client()
    client.force_login(alice)
    policy = client.get("/queue")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_person_sees_only_the_screens_of_their_role(
    as_: Callable[[Analyst], Client], dave: Analyst
) -> None:
    page = as_(dave).get("/list").content.decode()
    assert 'href="/list"' in page
    assert 'href="/queue"' not in page
    assert 'href="/stuck"' not in page
