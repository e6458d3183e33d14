"""One media item: facts first, then a look if it takes one, and what this analyst says it is."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hotline.accounts.models import Analyst
from hotline.accounts.permissions import Permission, may
from hotline.assessment.assess import AlreadySaidError, ItemDisposedError, NotQueuedError
from hotline.assessment.models import Assessment, QueueEntry, Verdict
from hotline.assessment.queue import waiting_for
from hotline.assessment.schema import FacetError, facets_from
from hotline.console import opinion
from hotline.console.access import SignedIn, allowed
from hotline.console.reach import item_for
from hotline.console.texts import texts_of
from hotline.intake.models import Report
from hotline.pipeline import steps
from hotline.registry.models import HashEntry, PublicationRefusal
from hotline.vault.models import MediaItem


class Stage(StrEnum):
    """Where the item stands for the person who looks at the page."""

    ASKED = "asked"  # their opinion is wanted
    SAID = "said"  # a second opinion is wanted, from somebody else
    DISPUTED = "disputed"  # a senior analyst decides
    CONFIRMED = "confirmed"  # two agreed
    RECOGNISED = "recognised"
    CLOSED = "closed"


@allowed(Permission.SEE_QUEUE)
@require_GET
def page(request: SignedIn, item_id: UUID) -> HttpResponse:
    """Show what is known of the item."""
    item = item_for(request.user, item_id)
    return render(request, "console/item.html", _context(request.user, item))


@allowed(Permission.SEE_QUEUE)
@require_GET
def text(request: SignedIn, item_id: UUID, report_id: UUID) -> HttpResponse:
    """Show what a reporter wrote with the item, once the analyst asks for it."""
    item = item_for(request.user, item_id)
    seen_in = Report.objects.filter(sightings__item=item).distinct()
    report = get_object_or_404(seen_in, pk=report_id)
    return render(request, "console/texts.html", {"texts": texts_of(report)})


@allowed(Permission.ASSESS)
@require_POST
def labels(request: SignedIn, item_id: UUID) -> HttpResponse:
    """Show what would follow from the form as it stands; nothing is kept."""
    item_for(request.user, item_id)
    return render(request, "console/labels.html", _derived(request.POST))


@allowed(Permission.ASSESS)
@require_POST
def assess(request: SignedIn, item_id: UUID) -> HttpResponse:
    """Take the analyst's opinion."""
    item = item_for(request.user, item_id)
    said = opinion.said_in(request.POST)
    try:
        facets = facets_from(said)
    except FacetError as error:
        context = _context(request.user, item, said=said, error=error)
        context["note"] = request.POST.get("note", "")
        return render(request, "console/item.html", context, status=422)
    entry = _newest_entry(item)
    note = request.POST.get("note", "").strip()
    try:
        verdict = steps.assess(entry, facets, analyst=request.user, note=note)
    except (AlreadySaidError, ItemDisposedError, NotQueuedError) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _sentence(verdict))
    return redirect("queue")


def _sentence(verdict: Verdict) -> str:
    sentences = {
        Verdict.PENDING: _("Said. A second analyst is asked now, without seeing your answer."),
        Verdict.DISPUTED: _("Said. The opinions differ; a senior analyst decides."),
        Verdict.CONFIRMED: _("Said. Two of you agree: it is confirmed."),
    }
    return sentences[verdict]


def _newest_entry(item: MediaItem) -> QueueEntry:
    entries = QueueEntry.objects.filter(item=item, kind=QueueEntry.Kind.ITEM)
    return get_object_or_404(entries.order_by("-queued_at")[:1])


def _derived(form: QueryDict) -> dict[str, Any]:
    try:
        return {"labels": opinion.labels_of(opinion.said_in(form))}
    except FacetError as error:
        return {"asks": opinion.title_of(error), "problem": error.problem}


def _context(
    analyst: Analyst,
    item: MediaItem,
    *,
    said: dict[str, list[str]] | None = None,
    error: FacetError | None = None,
) -> dict[str, Any]:
    entry = _newest_entry(item)
    since = item.assessments.filter(at__gte=entry.queued_at).order_by("pk")
    mine = since.filter(analyst=analyst).last()
    stage = _stage(analyst, entry, mine)
    senior = stage is Stage.ASKED and entry.verdict == Verdict.DISPUTED
    others = since if senior and may(analyst, Permission.SETTLE_DISPUTES) else since.none()
    return {
        "item": item,
        "entry": entry,
        "stage": stage.value,
        "inspection": getattr(item, "inspection", None),
        "matches": item.matches.select_related("hash_list").order_by("distance", "-at")[:10],
        "sightings": item.sightings.select_related("report__reporter").order_by("-at")[:50],
        "n_sightings": item.sightings.count(),
        "questions": opinion.questions(said or {}, error),
        "error": error,
        "error_title": opinion.title_of(error) if error else "",
        "mine": opinion.opinion_of(mine) if mine else None,
        "opinions": [opinion.opinion_of(other) for other in others],
        "result": _result(item) if stage is Stage.CONFIRMED else None,
        "back": reverse("queue"),
    }


def _stage(analyst: Analyst, entry: QueueEntry, mine: Assessment | None) -> Stage:
    if entry.closing == QueueEntry.Closing.RECOGNISED:
        return Stage.RECOGNISED
    if entry.verdict == Verdict.CONFIRMED:
        return Stage.CONFIRMED
    if entry.closed_at:
        return Stage.CLOSED
    if waiting_for(analyst).filter(pk=entry.pk).exists():
        return Stage.ASKED
    if entry.verdict == Verdict.DISPUTED:
        return Stage.DISPUTED
    return Stage.SAID if mine else Stage.CLOSED


def _result(item: MediaItem) -> HashEntry | PublicationRefusal | None:
    """Return what came of a confirmed item, the newest that was written; None: not yet, or not."""
    listed = HashEntry.objects.filter(item_id=item.pk).select_related("hash_list").last()
    refusal = PublicationRefusal.objects.filter(item_id=item.pk).select_related("hash_list").last()
    if listed and refusal:
        return listed if listed.at >= refusal.at else refusal
    return listed or refusal
