"""Where the analysts stand: the rule, in every order."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from hotline.assessment.models import Verdict
from hotline.assessment.verdict import Opinion, standing_of, verdict_of

BASELINE = frozenset({"inhope:baseline"})
NATIONAL = frozenset({"inhope:nationally-illegal"})
HARMLESS = frozenset({"inhope:not-illegal"})
LABELS = st.sampled_from([BASELINE, NATIONAL, HARMLESS])


def _by(number: int, labels: frozenset[str], *, is_senior: bool = False) -> Opinion:
    return Opinion(UUID(int=number), labels, is_senior=is_senior)


def _opinions(senior_from: int) -> st.SearchStrategy[list[Opinion]]:
    """Return what up to five people may have said, from number `senior_from` seniors."""
    numbers = st.integers(1, 5)
    one = st.builds(lambda n, labels: _by(n, labels, is_senior=n >= senior_from), numbers, LABELS)
    return st.lists(one, max_size=8)


@given(st.lists(LABELS), st.booleans())
def test_one_person_alone_never_confirms(said: list[frozenset[str]], is_senior: bool) -> None:
    opinions = [_by(1, labels, is_senior=is_senior) for labels in said]
    assert verdict_of(opinions) is Verdict.PENDING


@given(st.permutations([_by(1, BASELINE), _by(2, BASELINE), _by(3, HARMLESS)]))
def test_a_majority_is_no_agreement(opinions: list[Opinion]) -> None:
    assert verdict_of(opinions) is Verdict.DISPUTED


@given(st.permutations([_by(1, BASELINE), _by(2, HARMLESS), _by(3, BASELINE, is_senior=True)]))
def test_a_senior_settles_by_making_two_agree(opinions: list[Opinion]) -> None:
    standing = standing_of(opinions)
    assert (standing.verdict, standing.labels) == (Verdict.CONFIRMED, BASELINE)
    assert standing.approved_by == (UUID(int=1), UUID(int=3))


def test_a_senior_whom_nobody_follows_settles_nothing() -> None:
    opinions = [_by(1, BASELINE), _by(2, HARMLESS), _by(3, NATIONAL, is_senior=True)]
    assert verdict_of(opinions) is Verdict.DISPUTED


def test_seniors_who_each_make_two_agree_settle_nothing() -> None:
    one, other = _by(3, BASELINE, is_senior=True), _by(4, HARMLESS, is_senior=True)
    assert verdict_of([_by(1, BASELINE), _by(2, HARMLESS), one, other]) is Verdict.DISPUTED


def test_who_changes_their_mind_counts_once() -> None:
    opinions = [_by(1, HARMLESS), _by(1, BASELINE), _by(2, BASELINE)]
    assert verdict_of(opinions) is Verdict.CONFIRMED
    assert verdict_of(opinions[:2]) is Verdict.PENDING


@given(_opinions(senior_from=9))
def test_without_seniors_only_unanimity_of_two_confirms(opinions: list[Opinion]) -> None:
    latest = {opinion.analyst_id: opinion.labels for opinion in opinions}
    is_confirmed = len(latest) >= 2 and len(set(latest.values())) == 1
    assert (verdict_of(opinions) is Verdict.CONFIRMED) == is_confirmed


@given(_opinions(senior_from=3))
def test_what_is_confirmed_was_said_by_two_and_by_all_it_names(opinions: list[Opinion]) -> None:
    standing = standing_of(opinions)
    latest = {opinion.analyst_id: opinion.labels for opinion in opinions}
    if standing.verdict is Verdict.CONFIRMED:
        assert len(set(standing.approved_by)) >= 2
        assert {latest[person] for person in standing.approved_by} == {standing.labels}
    else:
        assert (standing.labels, standing.approved_by) == (frozenset(), ())
