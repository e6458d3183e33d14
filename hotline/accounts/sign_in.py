"""Sign in with a link that works once; only its digest is kept.

Passkeys and one-time codes will stand beside it as further backends in
settings.AUTHENTICATION_BACKENDS; the link then becomes the way to enrol them.
"""

import hashlib
import secrets
from uuid import UUID

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest
from django.utils.timezone import now

from hotline.accounts.models import LINK_LIFETIME, Analyst, SignInLink

TOKEN_BYTES = 32


class ClosedAccountError(Exception):
    """A link was asked for somebody whose account is closed."""

    def __init__(self, analyst: Analyst) -> None:
        super().__init__(f"The account of {analyst.username} is closed; it gets no sign-in link.")


def make_link(analyst: Analyst) -> str:
    """Return the token of a new link; it is shown once and cannot be found again.

    Links made for this person before stop working, so that a lost one does no harm.
    """
    if not analyst.is_active:
        raise ClosedAccountError(analyst)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    analyst.sign_in_links.filter(used_at=None).delete()
    analyst.sign_in_links.create(digest=digest_of(token), expires_at=now() + LINK_LIFETIME)
    return token


def digest_of(token: str) -> bytes:
    """Return what is kept of a token; it holds 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).digest()


class OneTimeLinkBackend(BaseBackend):
    """Whose link is it, and is it still good? Django asks this of each backend in turn."""

    def authenticate(
        self, request: HttpRequest | None, token: str | None = None, **_others: object
    ) -> Analyst | None:
        """Use the link up and return whose it was; None for any link that does not work."""
        del request  # Django hands it over; which device asks makes no difference.
        if not token:
            return None
        good = SignInLink.objects.filter(
            digest=digest_of(token),
            used_at=None,
            expires_at__gt=now(),
            analyst__is_active=True,
        )
        if not good.update(used_at=now()):  # One statement: of two clicks at once, one wins.
            return None
        return SignInLink.objects.select_related("analyst").get(digest=digest_of(token)).analyst

    def get_user(self, user_id: UUID) -> Analyst | None:
        """Return the person of a session, unless the account was closed since."""
        return Analyst.objects.filter(pk=user_id, is_active=True).first()
