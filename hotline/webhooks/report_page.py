"""The web page for reporters: a form, and what became of it. No script, no cookie, no account.

There is no session here for a stranger's page to ride on, so there is nothing a CSRF token
could protect; and a token would need the cookie that we promise not to set.
"""

import hashlib
import secrets
import time
from http import HTTPStatus

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.timezone import now
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from hotline.intake.models import Delivery, Reply, Report
from hotline.intake.profile import page_text, profile
from hotline.intake.reference import canonical, web_reference
from hotline.intake.refuse import Cause, refuse
from hotline.intake.wording import PAGE_KEYS
from hotline.pipeline import steps
from hotline.vault.store import TooLargeError
from hotline.webhooks.flood import Buckets, source_of
from hotline.webhooks.upload import BrokenFormError, Form, StoredFile, length_of, read_form

CHANNEL = "webform"
MAX_UNREAD = 100  # of the newest; more wait only when the worker stands still
FORM_OVERHEAD_BYTES = 1 << 20  # the text, and the lines between the parts
reports_let_through = Buckets(burst=20, seconds_each=10)
lookups_let_through = Buckets(burst=60, seconds_each=1)


class FormDelivery(msgspec.Struct):
    """What the page hands over: the wire format of the webform channel."""

    id: str
    reference: str
    text: str
    language: str
    files: list[StoredFile]


@csrf_exempt
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """Show the form, or take it."""
    if request.method == "POST":
        return _take(request)
    language = _language(request)
    return _page("form", language, form=secrets.token_urlsafe(16))


@require_GET
def standing(request: HttpRequest, reference: str) -> HttpResponse:
    """Tell how a report stands, and what we answered; never what was sent."""
    language = _language(request)
    if not lookups_let_through.take(source_of(request), time.monotonic()):
        return _problem("problem_busy", language, HTTPStatus.TOO_MANY_REQUESTS)
    code = canonical(reference)
    found = Report.objects.select_related("reporter").filter(reference=code).first()
    if found is not None:
        return _found(request, found, language)
    if code and _is_about_to_be_read(code):
        state = f"status_{Report.State.RECEIVED}"
        return _page("standing", language, reference=code, state=state, is_ours=True)
    return _page("not_found", language, HTTPStatus.NOT_FOUND)


def _is_about_to_be_read(code: str) -> bool:
    """Whether a form with this code lies here that no job has read yet: a matter of seconds."""
    waiting = Delivery.objects.filter(channel=CHANNEL, state=Delivery.State.WAITING)
    bodies = (delivery.body for delivery in waiting.order_by("-received_at")[:MAX_UNREAD])
    return any(
        msgspec.json.decode(body, type=FormDelivery).reference == code for body in bodies if body
    )


def _found(request: HttpRequest, found: Report, language: str) -> HttpResponse:
    return _page(
        "standing",
        (request.GET.get("language") and language) or found.reporter.language or language,
        reference=found.reference,
        state=f"status_{found.state}",
        is_ours=found.reporter.channel == CHANNEL,
        answers=_answers(found),
    )


def _answers(found: Report) -> list[Reply]:
    """Return our replies; a chat's stay in the chat, since its code is short enough to guess."""
    if found.reporter.channel != CHANNEL:
        return []
    states = [Reply.State.WAITING, Reply.State.SENT]
    return list(found.replies.filter(state__in=states).order_by("created_at"))


def _take(request: HttpRequest) -> HttpResponse:
    language = _language(request)
    if not reports_let_through.take(source_of(request), time.monotonic()):
        refuse(CHANNEL, Cause.FLOOD, day=now().date())
        return _problem("problem_busy", language, HTTPStatus.TOO_MANY_REQUESTS)
    try:
        _check_length(request)
        form = read_form(request, takes_files=profile().media_accepted)
    except TooLargeError:
        refuse(CHANNEL, Cause.TOO_LARGE, day=now().date())
        return _problem("problem_too_large", language, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    except BrokenFormError:
        refuse(CHANNEL, Cause.MALFORMED, day=now().date())
        return _problem("problem_cut", language, HTTPStatus.BAD_REQUEST)
    if not form.text and not form.files:
        return _problem("problem_empty", language, HTTPStatus.BAD_REQUEST)
    return _hand_over(form, language)


def _hand_over(form: Form, language: str) -> HttpResponse:
    """Make the report durable, and only then say that we have it."""
    reference = web_reference(form.form_id)
    delivery = FormDelivery("", reference, form.text, language, form.files)
    # Sent twice (a reload, an impatient finger) it is one report; with something added, more of it.
    content = hashlib.sha256(msgspec.json.encode(delivery)).hexdigest()
    delivery.id = f"{form.form_id}.{content}"
    steps.receive(CHANNEL, msgspec.json.encode(delivery))
    return _page(
        "sent",
        language,
        reference=reference,
        link=f"{settings.PUBLIC_URL}/report/{reference}",
        has_files=any(file.size for file in form.files),
        has_empty_file=any(not file.size for file in form.files),
    )


def _check_length(request: HttpRequest) -> None:
    """Refuse what is too large before a byte of it is read."""
    if length_of(request) > settings.MAX_ATTACHMENT_BYTES + FORM_OVERHEAD_BYTES:
        raise TooLargeError(settings.MAX_ATTACHMENT_BYTES)


def _language(request: HttpRequest) -> str:
    """Return the language asked for by the link, else by the browser, else the profile's first."""
    ours = profile()
    asked = request.GET.get("language", "")
    if asked in ours.languages:
        return asked
    accepted = parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    spoken = [code.partition("-")[0] for code, _ in accepted]
    return next((code for code in spoken if code in ours.languages), ours.languages[0])


def _problem(key: str, language: str, status: HTTPStatus) -> HttpResponse:
    response = _page("problem", language, status, problem=key)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        response.headers["Retry-After"] = "60"
    return response


def _page(
    name: str, language: str, status: HTTPStatus = HTTPStatus.OK, **context: object
) -> HttpResponse:
    texts = {key: page_text(key, language) for key in PAGE_KEYS}
    shown: dict[str, object] = {
        key: texts[str(context[key])] for key in ("problem", "state") if key in context
    }
    page: dict[str, object] = {
        "t": texts,
        "language": language,
        "languages": profile().languages,
        "takes_files": profile().media_accepted,
        "is_demonstration": settings.DEMONSTRATION,
        **context,
        **shown,
    }
    # Rendered without the request: nothing on the page may depend on a session.
    html = render_to_string(f"webhooks/{name}.html", page)
    return HttpResponse(html, status=status, headers={"Cache-Control": "no-store"})
