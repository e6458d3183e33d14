"""The reporters' page: no script, no cookie; files run straight into the vault."""

import re
import tempfile
from collections.abc import Callable, Iterator
from http import HTTPStatus
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from hotline.custody.actors import Process
from hotline.intake.acknowledge import acknowledge
from hotline.intake.close import close
from hotline.intake.fetch import fetch
from hotline.intake.models import Delivery, RefusedDelivery, Report
from hotline.intake.read import Reading, read
from hotline.intake.tests.fake_channel import said
from hotline.vault import store
from hotline.vault.models import MediaItem
from hotline.webhooks import report_page
from hotline.webhooks.flood import SHARED, Buckets, source_of
from hotline.webhooks.upload import BrokenFormError, read_form

pytestmark = pytest.mark.django_db
FORM_TYPE = "multipart/form-data; boundary=x"
FILE_HEAD = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n'
ENGLISH = {"accept-language": "en-GB,en;q=0.9"}


@pytest.fixture(autouse=True)
def _nobody_was_here() -> Iterator[None]:
    report_page.reports_let_through.clear()
    report_page.lookups_let_through.clear()
    yield
    report_page.reports_let_through.clear()


def file(content: bytes = b"drawn by code", name: str = "IMG.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


def send(client: Client, **fields: Any) -> Any:
    return client.post("/report", {"form": "a form", **fields}, headers=ENGLISH)


def read_all() -> list[Reading]:
    waiting = Delivery.objects.filter(channel="webform").order_by("received_at")
    readings = [read(delivery, actor=Process.WORKER) for delivery in waiting]
    for reading in readings:
        for attachment in reading.attachments:
            fetch(attachment, actor=Process.WORKER)
    return readings


def code_on(response: HttpResponse) -> str:
    found = re.search(r'/report/([A-Z0-9-]{15})"?', response.content.decode())
    assert found
    return found[1]


def test_nothing_written_and_no_file_is_asked_for_kindly(client: Client) -> None:
    body = FILE_HEAD.replace(b"a.jpg", b"") + b"\r\n--x--\r\n"  # as browsers send no file
    response = client.generic("POST", "/report?language=en", body, FORM_TYPE)
    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert "write something or choose a file" in response.content.decode()
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"text=hello", "application/x-www-form-urlencoded"),
        (b"", "multipart/form-data"),
        (b"", FORM_TYPE),
        (b"--x\r\n\r\n", FORM_TYPE),
        (
            b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nhi',
            "multipart/form-data; boundary=x",
        ),
        (b"\xff" * 5000, FORM_TYPE),
        (b"--x\r\n" + b"a: b\r\n" * 5000, FORM_TYPE),
        (b"{}", "application/json"),
    ],
)
def test_what_is_no_whole_form_is_refused_and_counted(
    client: Client, body: bytes, content_type: str
) -> None:
    response = client.generic("POST", "/report", body, content_type)
    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert RefusedDelivery.objects.get().cause == "malformed"
    assert not Delivery.objects.exists()


def test_an_upload_that_breaks_off_leaves_no_shorter_file() -> None:
    arrived = FILE_HEAD + b"half"
    request = RequestFactory().post("/report", content_type=FORM_TYPE)
    broken = WSGIRequest({**request.META, "CONTENT_LENGTH": "5000", "wsgi.input": BytesIO(arrived)})
    with pytest.raises(BrokenFormError):
        read_form(broken, takes_files=True)
    assert not MediaItem.objects.exists()


def test_too_much_is_refused_before_it_is_read(client: Client, settings: Settings) -> None:
    settings.MAX_ATTACHMENT_BYTES = 1 << 20
    response = send(client, files=file(b"x" * (3 << 20)))
    assert response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert not MediaItem.objects.exists()


def test_one_file_over_the_limit_is_refused_on_the_way(client: Client, settings: Settings) -> None:
    settings.MAX_ATTACHMENT_BYTES = 1000
    assert send(client, files=file(b"x" * 2000)).status_code == 413
    assert not Delivery.objects.exists()


def test_a_flood_is_told_to_come_back(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_page, "reports_let_through", Buckets(burst=1, seconds_each=9999))
    status = [
        client.post("/report", {"text": "x"}, REMOTE_ADDR=address).status_code
        for address in ("192.0.2.7", "192.0.2.7", "192.0.2.8")
    ]
    assert status == [HTTPStatus.OK, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.OK]
    assert RefusedDelivery.objects.get().cause == "flood"


def test_the_form_sets_no_cookie_runs_no_script_and_cannot_be_kept(client: Client) -> None:
    response = client.get("/report", headers=ENGLISH)
    page = response.content.decode()
    assert not client.cookies
    assert not re.search(r"<script|<style|style=|\son\w+=", page)
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [
        ("", "en", "en"),
        ("", "fr", "nl"),
        ("", "", "nl"),
        ("?language=en", "nl", "en"),
        ("?language=xx", "", "nl"),
    ],
)
def test_the_page_speaks_the_readers_language(
    client: Client, query: str, accepted: str, language: str
) -> None:
    page = client.get(f"/report{query}", headers={"accept-language": accepted}).content.decode()
    assert f'<html lang="{language}">' in page


def test_a_demonstration_says_so(client: Client, settings: Settings) -> None:
    assert "never real material" not in client.get("/report", headers=ENGLISH).content.decode()
    settings.DEMONSTRATION = True
    assert "never real material" in client.get("/report", headers=ENGLISH).content.decode()


def test_a_report_with_files_is_stored_before_the_page_says_delete(client: Client) -> None:
    response = send(client, text="look", files=[file(b"one"), file(b"two", "b.png")])
    assert "You can delete it now" in response.content.decode()
    assert MediaItem.objects.count() == 2
    reading = read_all()[0]
    assert reading.reports[0].reference == code_on(response)
    names = [one.details.filename for one in reading.attachments]
    assert names == ["IMG.jpg", "b.png"]
    assert reading.reports[0].sightings.count() == 2


def test_no_upload_touches_a_temporary_file(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = b"drawn by code" * 400_000
    written: list[bytes] = []
    real = tempfile.SpooledTemporaryFile

    class Watched(real):  # type: ignore[misc, valid-type]  # whatever it is here
        def write(self, data: bytes) -> int:
            written.append(bytes(data[:64]))
            return int(super().write(data))

    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", Watched)
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", _never)
    assert send(client, files=file(content)).status_code == HTTPStatus.OK
    assert written
    assert not any(b"drawn by code" in chunk for chunk in written)
    item = MediaItem.objects.get()
    with store.open(item, actor=Process.WORKER, reason="test") as stream:
        assert stream.read() == content


def _never(*_arguments: object, **_options: object) -> None:
    raise AssertionError("a temporary file was opened")


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 200_001])
def test_a_file_of_any_size_arrives_byte_for_byte(client: Client, size: int) -> None:
    content = bytes(number % 251 for number in range(size)).replace(b"\x0d", b"\r\n")
    send(client, text="x", files=file(content))
    with store.open(MediaItem.objects.get(), actor=Process.WORKER, reason="test") as stream:
        assert stream.read() == content


def test_the_same_form_sent_twice_is_one_report(client: Client) -> None:
    codes = {code_on(send(client, text="look", files=file())) for _ in range(2)}
    assert len(codes) == 1
    assert Delivery.objects.count() == MediaItem.objects.count() == 1


def test_a_form_sent_again_with_more_in_it_joins_the_report(client: Client) -> None:
    codes = {code_on(send(client, text=text)) for text in ("look", "look, and there")}
    read_all()
    assert len(codes) == 1
    assert Report.objects.get().messages.count() == 2


def test_an_empty_file_is_said_and_nothing_is_called_deletable(client: Client) -> None:
    page = send(client, text="look", files=file(b"")).content.decode()
    assert "is empty" in page or "was empty" in page
    assert "delete it now" not in page


def test_a_name_with_a_path_and_markup_is_only_a_name(client: Client) -> None:
    send(client, files=file(name="..\\..\\<b>x.jpg"))
    assert read_all()[0].attachments[0].details.filename == "<b>x.jpg"


def test_a_code_nobody_has_is_not_found(client: Client) -> None:
    for code in ("K7M-4QX-9TR-2WD", "nonsense", "%00", "<b>"):
        response = client.get(f"/report/{code}", headers=ENGLISH)
        assert response.status_code == HTTPStatus.NOT_FOUND
        assert "<b>" not in response.content.decode()


def test_the_code_tells_the_state_and_our_answers(client: Client) -> None:
    code = code_on(send(client, text="look", files=file()))
    report = read_all()[0].reports[0]
    acknowledge(report, actor=Process.WORKER)
    close(report, Report.Outcome.LISTED, actor=Process.WORKER)
    page = client.get(f"/report/{code.lower()}", headers=ENGLISH).content.decode()
    assert "We are done with it." in page
    assert "We have it, and you are not in trouble with us." in page
    assert "on our list now" in page
    assert "look" not in page


def test_a_chats_code_tells_the_state_only(client: Client, hear: Callable[..., Reading]) -> None:
    report = hear(said("I saw something")).reports[0]
    page = client.get(f"/report/{report.reference}", headers=ENGLISH).content.decode()
    assert "We have received it." in page
    assert report.replies.get().text not in page


def test_codes_cannot_be_tried_without_end(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_page, "lookups_let_through", Buckets(burst=1, seconds_each=9999))
    status = [client.get("/report/K7M-4QX", REMOTE_ADDR="192.0.2.9").status_code for _ in range(2)]
    assert status == [HTTPStatus.NOT_FOUND, HTTPStatus.TOO_MANY_REQUESTS]


def test_a_hotline_without_media_stores_no_file(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_page, "profile", _no_media)
    assert 'type="file"' not in client.get("/report").content.decode()
    assert send(client, text="look", files=file()).status_code == HTTPStatus.OK
    assert not MediaItem.objects.exists()


def _no_media() -> Any:
    return type("Profile", (), {"media_accepted": False, "languages": ["nl", "en"]})


def test_a_bucket_lets_a_burst_through_and_fills_again() -> None:
    buckets = Buckets(burst=2, seconds_each=10)
    assert [buckets.take("a", 0), buckets.take("a", 0), buckets.take("a", 0)] == [True, True, False]
    assert buckets.take("b", 0)
    assert (buckets.take("a", 9), buckets.take("a", 10.1)) == (False, True)


def test_who_cannot_be_told_apart_shares_a_roomy_bucket() -> None:
    buckets = Buckets(burst=1, seconds_each=10)
    assert all(buckets.take(SHARED, 0) for _ in range(50))
    assert not buckets.take(SHARED, 0)


@pytest.mark.parametrize(
    ("address", "forwarded", "source"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.9", "192.0.2.1"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.9", "198.51.100.9"),
        ("127.0.0.1", "", SHARED),
    ],
)
def test_only_a_proxy_on_this_machine_is_believed(
    address: str, forwarded: str, source: str
) -> None:
    headers = {"x-forwarded-for": forwarded}
    request = RequestFactory().get("/report", headers=headers, REMOTE_ADDR=address)
    assert source_of(request) == source
