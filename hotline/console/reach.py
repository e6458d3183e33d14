"""Which media items a person may look at: only what their own work is about."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from hotline.accounts.models import Analyst
from hotline.assessment.models import Assessment
from hotline.assessment.queue import waiting_for
from hotline.vault.models import MediaItem


def item_for(analyst: Analyst, item_id: UUID) -> MediaItem:
    """Return an item that waits for this analyst or that they assessed; refuse any other."""
    item = get_object_or_404(MediaItem.objects.select_related("inspection"), pk=item_id)
    waits = waiting_for(analyst).filter(item=item)
    if waits.exists() or Assessment.objects.filter(item=item, analyst=analyst).exists():
        return item
    raise PermissionDenied(_("This item is not in your queue, and you did not assess it."))
