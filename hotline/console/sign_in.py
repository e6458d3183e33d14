"""Signing in with a one-time link, and signing out."""

from django.contrib.auth import authenticate, login, logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hotline.accounts.models import Analyst
from hotline.accounts.permissions import Permission, may
from hotline.custody.actions import Action
from hotline.custody.record import record

# Where somebody begins: the first screen of these that they may see.
FIRST_SCREENS = (
    (Permission.SEE_QUEUE, "queue"),
    (Permission.SEE_LIST, "list"),
    (Permission.SEE_STUCK, "stuck"),
)


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Send everybody to the screen where their work is."""
    return redirect(_first_screen(request))


@never_cache
@require_GET
def explain(request: HttpRequest) -> HttpResponse:
    """Say how one gets in."""
    if isinstance(request.user, Analyst):
        return redirect(_first_screen(request))
    return render(request, "console/sign_in.html")


@never_cache
@require_http_methods(["GET", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Show one button; only pressing it uses the link up, because previews follow links too."""
    if request.method == "GET":
        # The address is a secret: not even our own server hears it as where a request came from.
        page = render(request, "console/sign_in_link.html")
        page["Referrer-Policy"] = "strict-origin"
        return page
    # django-axes keeps the path of a failed try; a link that still works must not be in it.
    request.META["PATH_INFO"] = reverse("sign_in")
    with transaction.atomic():
        analyst = authenticate(request, token=token)
        if not isinstance(analyst, Analyst):
            return render(request, "console/sign_in_failed.html", status=403)
        request.session.flush()  # Whoever used this browser before leaves nothing behind.
        login(request, analyst)
        record(Action.SIGNED_IN, analyst, actor=analyst)
    return redirect(_first_screen(request))


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Sign out."""
    logout(request)
    return redirect("sign_in")


def _first_screen(request: HttpRequest) -> str:
    analyst = request.user
    if isinstance(analyst, Analyst):
        for permission, screen in FIRST_SCREENS:
            if may(analyst, permission):
                return reverse(screen)
    return reverse("sign_in")
