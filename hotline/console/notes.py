"""Queue entries that are not assessed: something went wrong, or there is only text."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hotline.accounts.permissions import Permission
from hotline.assessment.models import QueueEntry
from hotline.console.access import SignedIn, allowed
from hotline.console.texts import texts_of
from hotline.pipeline import steps


@allowed(Permission.SEE_QUEUE)
@require_GET
def page(request: SignedIn, entry_id: UUID) -> HttpResponse:
    """Say what happened."""
    return render(request, "console/note.html", {"entry": _note(entry_id)})


@allowed(Permission.SEE_QUEUE)
@require_GET
def text(request: SignedIn, entry_id: UUID) -> HttpResponse:
    """Show what the reporter wrote, once the analyst asks for it."""
    report = _note(entry_id).report
    return render(request, "console/texts.html", {"texts": texts_of(report) if report else []})


@allowed(Permission.ASSESS)
@require_POST
def noted(request: SignedIn, entry_id: UUID) -> HttpResponse:
    """Close it: an analyst has read it."""
    entry = _note(entry_id)
    if entry.closed_at is None:
        steps.close_note(entry, analyst=request.user)
    messages.success(request, _("Noted. It is off the queue."))
    return redirect("queue")


def _note(entry_id: UUID) -> QueueEntry:
    entries = QueueEntry.objects.select_related("report__reporter", "item__inspection")
    return get_object_or_404(entries.exclude(kind=QueueEntry.Kind.ITEM), pk=entry_id)
