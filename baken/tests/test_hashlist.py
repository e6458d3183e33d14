"""What a list is at a position, whatever the way there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baken.hashlist import (
    LIST_NAME,
    Delta,
    GapError,
    HashList,
    MalformedValueError,
    contiguous,
    value_of,
)
from tests.edges import delta, md5, retraction


@st.composite
def logs(draw: st.DrawFn) -> list[Delta]:
    """Return a log in which few entries are listed, changed, retracted and listed again."""
    steps = draw(st.lists(st.tuples(st.integers(1, 4), st.booleans()), max_size=30))
    return [
        delta(position, md5(position), entry=entry, version=position)
        if is_listed
        else retraction(position, entry=entry, version=position)
        for position, (entry, is_listed) in enumerate(steps, start=1)
    ]


@given(logs(), st.lists(st.integers(1, 7), min_size=1))
def test_pages_of_any_size_give_the_same_list(log: list[Delta], sizes: list[int]) -> None:
    whole, paged = HashList("baseline"), HashList("baseline")
    whole.apply_all(log)
    turn = 0
    while paged.position < len(log):
        paged.apply_all(whole.after(paged.position, sizes[turn % len(sizes)]))
        turn += 1
    assert list(paged) == list(whole)
    assert len(paged) == len(list(whole))


@given(logs(), st.data())
def test_a_page_read_twice_changes_nothing(log: list[Delta], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(log)))
    once, twice = HashList("baseline"), HashList("baseline")
    once.apply_all(log)
    twice.apply_all([*log, *log[start:]])
    assert (list(twice), twice.position) == (list(once), once.position)


def test_a_skipped_position_is_refused_and_says_where_to_read_again() -> None:
    baseline = HashList("baseline")
    baseline.apply(delta(1))
    with pytest.raises(GapError, match="read the feed again from 1"):
        baseline.apply(delta(3))
    assert baseline.position == 1


def test_what_follows_ends_before_a_gap() -> None:
    assert contiguous([delta(1), delta(2), delta(3), delta(5)], 1) == [delta(2), delta(3)]


def test_a_retracted_entry_stays_as_a_tombstone() -> None:
    baseline = HashList("baseline")
    baseline.apply_all([delta(1, md5(7)), retraction(2, entry=1)])
    assert not list(baseline)
    assert baseline[delta(1).entry] == retraction(2, entry=1)


@pytest.mark.parametrize("digits", ["", "0" * 31, "0" * 33, "g" * 32, " 0" * 16, "0 " * 16])
def test_digits_that_the_algorithm_does_not_make_are_refused(digits: str) -> None:
    with pytest.raises(MalformedValueError, match="md5 has 32 hexadecimal digits"):
        value_of("md5", digits)


@pytest.mark.parametrize("name", ["", "../x", "a/b", "A", "a" * 65, "a\n", "."])
def test_a_name_that_could_lead_out_of_the_folder_is_no_list_name(name: str) -> None:
    assert not LIST_NAME.fullmatch(name)
