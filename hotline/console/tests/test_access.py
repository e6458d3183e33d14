"""Every address of the server, asked for by everybody who must not get it."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from hotline.accounts.models import Analyst, Role
from hotline.accounts.permissions import ALLOWED, Permission

PUBLIC = {
    "home": "sends everybody to their screen, or to the sign-in page",
    "sign_in": "says how to come in",
    "sign_in_link": "is the way in; wrong links are counted",
    "sign_out": "ends a session; without one it ends nothing",
    "webhook": "chat apps call it; each channel checks its own signature",
    "report": "reporters have no account",
    "report-standing": "who knows the reference may read what came of the report",
    "health": "says that the server runs, to whoever restarts it",
    "ready": "says whether it can work, in one word each",
}
SAMPLES: dict[str, Any] = {"uuid": uuid.UUID(int=7), "str": "x", "int": 1, "slug": "x"}


def views(resolver: URLResolver | None = None) -> Iterator[URLPattern]:
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from views(pattern)
        else:
            yield pattern


def permission_of(pattern: URLPattern) -> Permission | None:
    return getattr(pattern.callback, "permission", None)


def address(pattern: URLPattern) -> str:
    kinds = pattern.pattern.converters
    values = {name: SAMPLES[_kind(kind)] for name, kind in kinds.items()}
    return reverse(pattern.name or "", kwargs=values)


def _kind(converter: object) -> str:
    return type(converter).__name__.removesuffix("Converter").replace("String", "str").lower()


GUARDED = [pattern for pattern in views() if permission_of(pattern)]
FORBIDDEN = [
    pytest.param(role, pattern, id=f"{role}-{pattern.name}")
    for role in Role
    for pattern in GUARDED
    if permission_of(pattern) not in ALLOWED[role]
]
PLAIN = [pattern for pattern in views() if not permission_of(pattern)]


def test_what_asks_for_no_permission_is_meant_to() -> None:
    assert {pattern.name for pattern in PLAIN} == set(PUBLIC)


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("pattern", GUARDED, ids=lambda pattern: pattern.name)
def test_nobody_gets_anything_signed_out(client: Client, pattern: URLPattern, method: str) -> None:
    answer = getattr(client, method)(address(pattern))
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in")


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("pattern", GUARDED, ids=lambda pattern: pattern.name)
def test_a_closed_account_is_signed_out(
    client: Client, mallory: Analyst, pattern: URLPattern, method: str
) -> None:
    client.force_login(mallory)
    answer = getattr(client, method)(address(pattern))
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in")


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("role", "pattern"), FORBIDDEN)
def test_a_role_without_the_right_is_told_so(
    client: Client, role: Role, pattern: URLPattern, method: str
) -> None:
    client.force_login(Analyst.objects.create(username="somebody", role=role))
    answer = getattr(client, method)(address(pattern))
    assert answer.status_code == 403
    assert b"Your role does not include this." in answer.content


@pytest.mark.django_db
def test_a_script_is_sent_to_the_sign_in_page_too(client: Client) -> None:
    answer = client.get("/queue/rows", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/sign-in")
