"""The chat apps' endpoint: refused, malformed and too large come first; then durable, then 200."""

from http import HTTPStatus

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from hotline.intake.models import Delivery, RefusedDelivery
from hotline.intake.tests.fake_channel import body_of, said

pytestmark = pytest.mark.django_db
URL = "/webhooks/fake"
RIGHT = "open sesame"


def post(client: Client, body: bytes, secret: str | None = RIGHT, url: str = URL) -> int:
    headers = {} if secret is None else {"x-secret": secret}
    response = client.post(url, body, content_type="application/json", headers=headers)
    return response.status_code


def refusals() -> dict[str, int]:
    return dict(RefusedDelivery.objects.values_list("cause", "count"))


@pytest.mark.parametrize(("secret", "status"), [(None, 401), ("guess", 403)])
def test_what_is_not_signed_is_refused_counted_and_not_kept(
    client: Client, secret: str | None, status: int
) -> None:
    assert post(client, body_of(said("hello")), secret) == status
    assert not Delivery.objects.exists()
    assert not ProcrastinateJob.objects.exists()
    assert refusals() == {"signature": 1}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
def test_what_is_signed_but_no_json_object_is_counted(client: Client, body: bytes) -> None:
    assert post(client, body) == HTTPStatus.BAD_REQUEST
    assert not Delivery.objects.exists()
    assert refusals() == {"malformed": 1}


def test_what_is_larger_than_any_webhook_is_refused(client: Client, settings: Settings) -> None:
    settings.MAX_DELIVERY_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert post(client, b'{"x": "' + b"x" * 100 + b'"}') == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert not Delivery.objects.exists()
    assert refusals() == {"too large": 1}


def test_a_channel_we_do_not_have_is_not_found(client: Client) -> None:
    assert post(client, b"{}", url="/webhooks/pigeon") == HTTPStatus.NOT_FOUND
    assert not RefusedDelivery.objects.exists()


@pytest.mark.parametrize("name", ["signal", "webform"])
def test_channels_without_a_webhook_take_nothing_here(client: Client, name: str) -> None:
    assert post(client, b"{}", url=f"/webhooks/{name}") in {401, 403}
    assert not Delivery.objects.exists()


def test_a_delivery_is_a_row_and_a_job_before_the_200(client: Client) -> None:
    body = body_of(said("hello"))
    assert post(client, body) == HTTPStatus.OK
    assert Delivery.objects.get().body == body
    assert ProcrastinateJob.objects.count() == 1


def test_a_delivery_that_comes_again_is_a_no_op_with_200(client: Client) -> None:
    assert [post(client, b"{}"), post(client, b"{}")] == [200, 200]
    assert Delivery.objects.count() == ProcrastinateJob.objects.count() == 1


def test_half_an_emoji_is_no_reason_to_lose_a_report(client: Client) -> None:
    assert post(client, b'{"text": "\\ud83d"}') == HTTPStatus.OK


def test_no_cookie_is_set_and_no_csrf_token_is_asked_for() -> None:
    client = Client(enforce_csrf_checks=True)
    assert post(client, b"{}") == HTTPStatus.OK
    assert not client.cookies


def test_the_handshake_is_for_whoever_knows_the_token(client: Client) -> None:
    wrong = client.get(URL, {"token": "guess", "challenge": "1158201444"})
    right = client.get(URL, {"token": RIGHT, "challenge": "1158201444"})
    assert (wrong.status_code, right.content) == (403, b"1158201444")
    assert refusals() == {"signature": 1}


def test_the_handshake_cannot_be_made_to_serve_a_page(client: Client) -> None:
    answer = client.get(URL, {"token": RIGHT, "challenge": "<script>alert(1)</script>"})
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_channel_without_a_handshake_takes_no_get(client: Client) -> None:
    assert client.get("/webhooks/telegram").status_code == HTTPStatus.METHOD_NOT_ALLOWED
