"""The hash lists: what stands on them, each entry's history, and the way back off."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hotline.accounts.permissions import Permission
from hotline.console.access import SignedIn, allowed
from hotline.pipeline import steps
from hotline.registry.models import EntryState, HashEntry, HashList
from hotline.registry.retract import ReasonMissingError, UnknownEntryError

SHOWN = 100


@allowed(Permission.SEE_LIST)
@require_GET
def page(request: SignedIn) -> HttpResponse:
    """Show where every entry stands now, the newest change first."""
    state = request.GET.get("state", "")
    before = request.GET.get("before", "")
    current = _current()
    if state in EntryState.values:
        current = current.filter(state=state)
    if before.isdecimal():
        current = current.filter(pk__lt=int(before))
    entries = list(current.select_related("hash_list").order_by("-pk")[: SHOWN + 1])
    context = {
        "lists": HashList.objects.order_by("name"),
        "entries": entries[:SHOWN],
        "older": entries[SHOWN - 1].pk if len(entries) > SHOWN else None,
        "state": state if state in EntryState.values else "",
        "states": EntryState.choices,
    }
    return render(request, "console/list.html", context)


@allowed(Permission.SEE_LIST)
@require_GET
def entry(request: SignedIn, entry_id: UUID) -> HttpResponse:
    """Show one entry with all that it was."""
    return _entry_page(request, entry_id)


@allowed(Permission.RETRACT)
@require_POST
def retract(request: SignedIn, entry_id: UUID) -> HttpResponse:
    """Take an entry off its list at once."""
    reason = request.POST.get("reason", "")
    try:
        entry = steps.retract(entry_id, reason, analyst=request.user)
    except UnknownEntryError as error:
        raise Http404(str(error)) from None
    except ReasonMissingError as error:
        return _entry_page(request, entry_id, error=str(error))
    said = _("Retracted at position %(position)s. Partners that are connected have it already.")
    messages.success(request, said % {"position": entry.position})
    return redirect("entry", entry_id)


def _current() -> QuerySet[HashEntry]:
    """Return the newest version of each entry."""
    later = HashEntry.objects.filter(entry_id=OuterRef("entry_id"), version__gt=OuterRef("version"))
    return HashEntry.objects.filter(~Exists(later))


def _entry_page(request: SignedIn, entry_id: UUID, *, error: str = "") -> HttpResponse:
    log = HashEntry.objects.filter(entry_id=entry_id).select_related("hash_list")
    versions = list(log.order_by("-version"))
    if not versions:
        raise Http404
    context = {"entry": versions[0], "versions": versions, "error": error}
    return render(request, "console/entry.html", context, status=422 if error else 200)
