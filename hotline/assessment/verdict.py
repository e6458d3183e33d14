"""Where the analysts stand on an item: a pure rule over what each of them said last.

Nothing leaves the house on one person's word: two must agree. Disagreement is never put to a
vote; a senior analyst settles it, and only by making two people agree.
"""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from hotline.assessment.models import Verdict

ANALYSTS_NEEDED = 2


class Opinion(msgspec.Struct, frozen=True):
    """What one analyst's facets derived to."""

    analyst_id: UUID
    labels: frozenset[str]
    is_senior: bool


class Standing(msgspec.Struct, frozen=True):
    """Where the opinions stand; labels and people only once it is confirmed."""

    verdict: Verdict
    labels: frozenset[str] = frozenset()
    approved_by: tuple[UUID, ...] = ()


def verdict_of(opinions: Iterable[Opinion]) -> Verdict:
    """Return where the analysts stand; opinions oldest first."""
    return standing_of(opinions).verdict


def standing_of(opinions: Iterable[Opinion]) -> Standing:
    """Return where the analysts stand, on what, and who agreed; opinions oldest first."""
    # An analyst who changes their mind counts once.
    latest = {opinion.analyst_id: opinion for opinion in opinions}
    camps: dict[frozenset[str], list[Opinion]] = {}
    for opinion in latest.values():
        camps.setdefault(opinion.labels, []).append(opinion)
    is_disputed = len(camps) > 1
    deciding = [camp for camp in camps.values() if _decides(camp, is_disputed=is_disputed)]
    if len(deciding) != 1:
        return Standing(Verdict.DISPUTED if is_disputed else Verdict.PENDING)
    [camp] = deciding
    people = tuple(sorted(opinion.analyst_id for opinion in camp))
    return Standing(Verdict.CONFIRMED, camp[0].labels, people)


def _decides(camp: list[Opinion], *, is_disputed: bool) -> bool:
    has_senior = any(opinion.is_senior for opinion in camp)
    return len(camp) >= ANALYSTS_NEEDED and (has_senior or not is_disputed)
