"""The pages for what went wrong. They ask the database nothing, which may be what went wrong."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _


def not_found(_request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that does not exist."""
    del exception  # It names the address, which the page must not repeat.
    sentence = _("There is nothing at this address, or it is gone.")
    return _page(404, _("Not found"), sentence)


def refused(_request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer somebody who may not do this, with the sentence of whoever refused."""
    sentence = str(exception) or _("You may not do this.")
    return _page(403, _("Not allowed"), sentence)


def forged(_request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that did not come from a page of ours, or from one that is too old."""
    del reason  # Django's words for developers.
    sentence = _("This form is too old or not from here. Go back, reload the page and try again.")
    return _page(403, _("Not accepted"), sentence)


def broken(_request: HttpRequest) -> HttpResponse:
    """Answer when the server itself failed."""
    sentence = _("Something failed here, and it is in the log. Nothing you sent was half done.")
    return _page(500, _("That did not work"), sentence)


def gone(sentence: str) -> HttpResponse:
    """Answer for what was disposed of."""
    return _page(410, _("Disposed of"), sentence)


def _page(status: int, title: str, sentence: str) -> HttpResponse:
    context: dict[str, Any] = {
        "title": title,
        "sentence": sentence,
        "is_demonstration": settings.DEMONSTRATION,
    }
    return HttpResponse(render_to_string("console/error.html", context), status=status)
