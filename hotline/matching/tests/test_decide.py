"""The decision table: what is enough to close an item that nobody looked at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.matching.decide import Fact, decide
from hotline.matching.models import Decision

EXACT = Fact(method="exact", distance=0, quality=None, is_listed=True)
FACTS = st.builds(
    Fact,
    method=st.sampled_from(["exact", "near"]),
    distance=st.integers(0, 256),
    quality=st.none() | st.integers(0, 100),
    is_listed=st.booleans(),
)


def near(distance: int, quality: int | None, *, is_listed: bool = True) -> Fact:
    return Fact(method="near", distance=distance, quality=quality, is_listed=is_listed)


@pytest.mark.parametrize("fact", [EXACT, near(0, 50), near(31, 100), near(31, 50)])
def test_one_sure_match_is_known(fact: Fact) -> None:
    assert decide([near(200, 100), fact]) is Decision.KNOWN


@pytest.mark.parametrize(
    "fact", [near(32, 100), near(0, 49), near(0, None), near(0, 100, is_listed=False)]
)
def test_too_far_too_poor_or_not_listed_is_new(fact: Fact) -> None:
    assert decide([fact]) is Decision.NEW


@given(st.lists(FACTS))
def test_what_is_not_listed_never_closes_anything(facts: list[Fact]) -> None:
    if not any(fact.is_listed for fact in facts):
        assert decide(facts) is Decision.NEW


@given(st.lists(FACTS), FACTS)
def test_more_facts_never_make_a_known_item_new(facts: list[Fact], another: Fact) -> None:
    if decide(facts) is Decision.KNOWN:
        assert decide([*facts, another]) is Decision.KNOWN
