"""Who gets to see a screen: the only way into a view of the console."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Concatenate, Final, ParamSpec, cast

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from hotline.accounts.models import Analyst
from hotline.accounts.permissions import Permission, may

P = ParamSpec("P")

UNAUTHORIZED: Final = 401


class SignedIn(HttpRequest):
    """A request of somebody who is signed in and has the right that the view asks for."""

    user: Analyst  # Django's may also be nobody


View = Callable[Concatenate[SignedIn, P], HttpResponse]


def allowed(
    permission: Permission, *, is_polled: bool = False
) -> Callable[[View[P]], Callable[Concatenate[HttpRequest, P], HttpResponse]]:
    """Let only those in who have this permission; nothing they see is kept by the browser.

    Each request lengthens the session; one that a page makes by itself (`is_polled`) does not,
    or a screen left open would stay signed in for ever.
    """

    def decorate(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            analyst = request.user
            if not isinstance(analyst, Analyst) or not analyst.is_active:
                return _to_sign_in(request)
            if not may(analyst, permission):
                raise PermissionDenied(_("Your role does not include this."))
            if not is_polled:
                request.session.modified = True
            response = view(cast("SignedIn", request), *args, **kwargs)
            add_never_cache_headers(response)
            return response

        update_wrapper(guarded, view)
        guarded.permission = permission  # type: ignore[attr-defined]  # the test of all URLs reads it
        return guarded

    return decorate


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send the browser to the sign-in page; a script's request cannot follow, so it is told."""
    if "HX-Request" in request.headers:
        return HttpResponse(status=UNAUTHORIZED, headers={"HX-Redirect": settings.LOGIN_URL})
    return redirect(settings.LOGIN_URL)
