"""Who may do what: one table, with the reason beside each line."""

from enum import StrEnum

from hotline.accounts.models import Analyst, Role


class Permission(StrEnum):
    """Something a person may do in the console."""

    SEE_QUEUE = "see queue"
    VIEW_MEDIA = "view media"
    ASSESS = "assess"
    SETTLE_DISPUTES = "settle disputes"
    SEE_LIST = "see list"
    RETRACT = "retract"
    MANAGE_PARTNERS = "manage partners"
    SEE_STUCK = "see what is stuck"


ALLOWED: dict[Role, frozenset[Permission]] = {
    Role.ANALYST: frozenset(
        {
            Permission.SEE_QUEUE,
            Permission.VIEW_MEDIA,
            Permission.ASSESS,
            Permission.SEE_LIST,
            Permission.RETRACT,  # taking back is never harmful; it must not wait for a senior
            Permission.SEE_STUCK,
        }
    ),
    Role.SENIOR: frozenset(
        {
            Permission.SEE_QUEUE,
            Permission.VIEW_MEDIA,
            Permission.ASSESS,
            Permission.SETTLE_DISPUTES,  # the third opinion, which sees the other two
            Permission.SEE_LIST,
            Permission.RETRACT,
            Permission.SEE_STUCK,
        }
    ),
    Role.PARTNER_MANAGER: frozenset(
        {
            Permission.SEE_LIST,  # to talk with partners about an entry; never the media
            Permission.MANAGE_PARTNERS,
        }
    ),
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.SEE_STUCK,  # keeps the system running; has no reason to see media
            Permission.MANAGE_PARTNERS,
        }
    ),
}


def may(analyst: Analyst, permission: Permission) -> bool:
    """Return whether this person may do this."""
    return analyst.is_active and permission in ALLOWED[Role(analyst.role)]
