"""From matches to a decision: the one table.

Only what is on a list decides. That two waiting items look alike is a fact for the analysts;
it becomes a decision when one of them is listed and the other is looked up again.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from baken.fingerprint import NEAR_DISTANCE, NEAR_QUALITY
from hotline.matching.models import Decision, Match


@dataclass(frozen=True, slots=True)
class Fact:
    """What the decision needs of a match."""

    method: str  # Match.Method
    distance: int  # bits
    quality: int | None  # the lower of the two
    is_listed: bool  # it matches an entry that stands on a list now


def decide(facts: Iterable[Fact]) -> Decision:
    """Return KNOWN when one fact is enough to close an item that nobody looked at."""
    return Decision.KNOWN if any(_suffices(fact) for fact in facts) else Decision.NEW


def _suffices(fact: Fact) -> bool:
    if not fact.is_listed:
        return False
    if fact.method == Match.Method.EXACT:
        return True
    has_enough_in_it = fact.quality is not None and fact.quality >= NEAR_QUALITY
    return has_enough_in_it and fact.distance <= NEAR_DISTANCE
