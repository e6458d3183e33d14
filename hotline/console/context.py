"""What every page knows: what this installation is, and what the person may do."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from hotline.accounts.models import Analyst
from hotline.accounts.permissions import Permission, may


def installation(request: HttpRequest) -> dict[str, Any]:
    """Return it; who is asking is looked up only by a page that shows it."""
    return {
        "is_demonstration": settings.DEMONSTRATION,
        "may": SimpleLazyObject(lambda: _rights(request)),
    }


def _rights(request: HttpRequest) -> dict[str, bool]:
    analyst = getattr(request, "user", None)
    if not isinstance(analyst, Analyst):
        return {}
    return {permission.name.lower(): may(analyst, permission) for permission in Permission}
