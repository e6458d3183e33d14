"""Make a sign-in link and write down that it was made: what commands and `make run` print."""

from django.db import transaction

from hotline.accounts.models import Analyst
from hotline.accounts.sign_in import make_link
from hotline.custody.actions import Action
from hotline.custody.actors import Process
from hotline.custody.record import record


@transaction.atomic
def sign_in_link(analyst: Analyst, *, public_url: str) -> str:
    """Return a whole address that signs this person in once; raise ClosedAccountError."""
    token = make_link(analyst)
    record(Action.SIGN_IN_LINK_MADE, analyst, actor=Process.COMMAND)
    return f"{public_url}/sign-in/link/{token}"
