"""What the labels of a confirmed item mean for what happens next: one small rule."""

from enum import StrEnum

from hotline.assessment.packs import OUTCOME_PACK


class Outcome(StrEnum):
    """What the analysts agreed an item is, in the words the pipeline and replies need."""

    BASELINE = "baseline"
    ILLEGAL = "illegal"
    NOT_ILLEGAL = "not_illegal"
    UNCLEAR = "unclear"


_OUTCOMES = {
    f"{OUTCOME_PACK}:baseline": Outcome.BASELINE,
    f"{OUTCOME_PACK}:nationally-illegal": Outcome.ILLEGAL,
    f"{OUTCOME_PACK}:not-illegal": Outcome.NOT_ILLEGAL,
}


def outcome_of(labels: frozenset[str]) -> Outcome:
    """Return the outcome; whatever the labels do not say plainly is unclear."""
    found = {outcome for label, outcome in _OUTCOMES.items() if label in labels}
    return found.pop() if len(found) == 1 else Outcome.UNCLEAR
