"""Let an analyst look: a small blurred grey still first, the picture only while a key is held.

What leaves here was decoded and drawn anew in the sandbox; the sender's own bytes never reach
a browser. Every look is in the custody log, with why, before the first byte is read.
"""

from math import isfinite
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.views.decorators.http import require_GET, require_POST

from baken.media import DecodeError
from hotline.accounts.permissions import Permission
from hotline.console.access import SignedIn, allowed
from hotline.console.errors import gone
from hotline.console.reach import item_for
from hotline.custody.actions import Action
from hotline.custody.record import record
from hotline.matching.decoder import decoder_pool
from hotline.vault import store

STILL_SIDE = 320  # pixels
STILL_BLUR = 7.0  # radius in pixels: shapes and a mood, no faces
FULL_SIDE = 1600
LONGEST_LOOK_SECONDS = 3600.0


@allowed(Permission.VIEW_MEDIA)
@require_GET
def still(request: SignedIn, item_id: UUID) -> HttpResponse:
    """Show the least that tells what it may be about."""
    return _picture(request, item_id, side=STILL_SIDE, is_veiled=True)


@allowed(Permission.VIEW_MEDIA)
@require_POST
def reveal(request: SignedIn, item_id: UUID) -> HttpResponse:
    """Show the picture, for as long as the page holds it in memory."""
    return _picture(request, item_id, side=FULL_SIDE, is_veiled=False)


@allowed(Permission.VIEW_MEDIA)
@require_POST
def hidden(request: SignedIn, item_id: UUID) -> HttpResponse:
    """Write down how long the picture was on the screen, as the page measured it."""
    item = item_for(request.user, item_id)
    try:
        seconds = float(request.POST.get("seconds", ""))
    except ValueError:
        seconds = float("nan")
    if not isfinite(seconds) or seconds < 0:
        return HttpResponse("seconds must be a number from 0.", status=400)
    details = {"seconds": round(min(seconds, LONGEST_LOOK_SECONDS), 1)}
    with transaction.atomic():
        record(Action.MEDIA_HIDDEN, item, actor=request.user, details=details)
    return HttpResponse(status=204)


def _picture(request: SignedIn, item_id: UUID, *, side: int, is_veiled: bool) -> HttpResponse:
    item = item_for(request.user, item_id)
    reason = "still" if is_veiled else "reveal"
    try:
        with store.open(item, actor=request.user, reason=reason) as stream:
            data = stream.read()
        blur = STILL_BLUR if is_veiled else 0.0
        jpeg = decoder_pool().render(data, max_side=side, blur=blur, grey=is_veiled)
    except store.ItemDisposedError as error:
        return gone(str(error))
    except DecodeError as error:
        return HttpResponse(str(error), status=422, content_type="text/plain")
    return HttpResponse(jpeg, content_type="image/jpeg")
