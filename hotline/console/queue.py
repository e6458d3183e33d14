"""The triage queue: what waits for this analyst, and nothing to look at yet."""

import hashlib
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import condition, require_GET

from hotline.accounts.models import Analyst
from hotline.accounts.permissions import Permission
from hotline.assessment.queue import waiting_for
from hotline.console.access import SignedIn, allowed

SHOWN = 200  # rows; who has more waiting needs colleagues, not a longer page


@allowed(Permission.SEE_QUEUE)
@require_GET
def page(request: SignedIn) -> HttpResponse:
    """Show the queue; the page asks for its rows again every second."""
    return render(request, "console/queue.html", _shown_to(request.user))


def tag_of_rows(request: HttpRequest) -> str | None:
    """Return what stays the same for as long as the rows do, from one query."""
    if not isinstance(request.user, Analyst):
        return None
    shown = waiting_for(request.user).values_list(
        "pk",
        "verdict",
        "n_sightings",  # type: ignore[misc]  # waiting_for() annotates it
    )
    minute = now().strftime("%H:%M")  # Rows say how long they have been waiting.
    said = repr((minute, list(shown[: SHOWN + 1])))
    return f'"{hashlib.sha256(said.encode()).hexdigest()[:32]}"'


@allowed(Permission.SEE_QUEUE, is_polled=True)
@require_GET
@condition(etag_func=tag_of_rows)
def rows(request: SignedIn) -> HttpResponse:
    """Show the rows alone, if they changed since the page asked last."""
    return render(request, "console/queue_rows.html", _shown_to(request.user))


def _shown_to(analyst: Analyst) -> dict[str, object]:
    waiting = list(waiting_for(analyst).select_related("report__reporter")[: SHOWN + 1])
    at = now()
    return {
        "entries": waiting[:SHOWN],
        "has_more": len(waiting) > SHOWN,
        "now": at,
        "minute_ago": at - timedelta(minutes=1),
    }
