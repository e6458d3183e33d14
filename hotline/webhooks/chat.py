"""Where the chat apps deliver: one view for all channels.

It checks the signature over the raw bytes, keeps the delivery and answers. Nothing is read
or fetched before the answer, so the provider has its 200 in milliseconds; and it gets no
200 for what is not durable, so it comes again.
"""

import json
from typing import Protocol, runtime_checkable

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.utils.timezone import now
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from hotline.channels.base import Channel, NotAuthenticError
from hotline.intake.channels import UnknownChannelError, channel
from hotline.intake.refuse import Cause, refuse
from hotline.pipeline import steps


@runtime_checkable
class Handshaking(Protocol):
    """A channel whose provider asks who we are before it delivers anything."""

    def handshake(self, query: dict[str, str]) -> str:
        """Return what proves it; raise NotAuthenticError."""


@csrf_exempt  # A provider has no session to ride on; its signature is the proof.
@require_http_methods(["GET", "POST"])
def webhook(request: HttpRequest, name: str) -> HttpResponse:
    """Take one delivery of a provider."""
    try:
        adapter = channel(name)
    except UnknownChannelError:
        raise Http404 from None
    if request.method == "GET":
        return _handshake(request, adapter)
    body = _body(request)
    if body is None:
        return _refused(name, Cause.TOO_LARGE, 413)
    try:
        adapter.authenticate(_headers(request), body)
    except NotAuthenticError as error:
        return _refused(name, Cause.SIGNATURE, error.status)
    if not _is_object(body):
        return _refused(name, Cause.MALFORMED, 400)
    steps.receive(name, body)
    return _plain("", 200)


def _handshake(request: HttpRequest, adapter: Channel) -> HttpResponse:
    if not isinstance(adapter, Handshaking):
        return HttpResponse(status=405, headers={"Allow": "POST"})
    query = {name: str(value) for name, value in request.GET.items()}
    try:
        return _plain(adapter.handshake(query), 200)
    except NotAuthenticError as error:
        return _refused(adapter.name, Cause.SIGNATURE, error.status)


def _body(request: HttpRequest) -> bytes | None:
    """Return the raw bytes, or None when there are more than any webhook has."""
    try:
        body = request.body
    except RequestDataTooBig:
        return None
    except UnreadablePostError:
        return b""  # The connection broke: no signature fits, and the provider comes again.
    return body if len(body) <= settings.MAX_DELIVERY_BYTES else None


def _headers(request: HttpRequest) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        return False


def _refused(name: str, cause: Cause, status: int) -> HttpResponse:
    refuse(name, cause, day=now().date())
    return _plain(f"Refused: {cause}.\n", status)


def _plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
