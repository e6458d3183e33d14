"""Is this server alive, and can it work? For proxies, supervisors and monitoring."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from hotline.vault.keys import KeyFileError, vault_aead

NOT_READY = 503


@require_safe
def health(_request: HttpRequest) -> JsonResponse:
    """Answer at all: the process is alive. Restarting it would not mend what `ready` says."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(_request: HttpRequest) -> JsonResponse:
    """Say whether a report sent now would be kept, and if not, why."""
    problems = [problem for problem in (_of_database(), _of_keys()) if problem]
    if problems:
        return JsonResponse({"status": "not ready", "problems": problems}, status=NOT_READY)
    return JsonResponse({"status": "ready"})


def _of_database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:  # its text names the server and its user
        return "The database does not answer."
    return ""


def _of_keys() -> str:
    try:
        vault_aead()
    except KeyFileError:  # its text names a folder
        return "The keys of the vault cannot be read."
    return ""
