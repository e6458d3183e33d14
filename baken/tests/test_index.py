"""The index finds exactly what looking at every value finds."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baken.algorithms.pdq import distance
from baken.index import PdqIndex, WrongLengthError


class NaiveIndex:
    """What PdqIndex must be equal to."""

    def __init__(self) -> None:
        self._values: dict[int, bytes] = {}

    def add(self, value: bytes, key: int) -> None:
        """Add or replace."""
        self._values[key] = value

    def discard(self, key: int) -> None:
        """Take out."""
        self._values.pop(key, None)

    def search(self, value: bytes, within: int) -> list[tuple[int, int]]:
        """Look at every value."""
        apart = ((key, distance(value, other)) for key, other in self._values.items())
        return sorted((hit for hit in apart if hit[1] <= within), key=lambda hit: (hit[1], hit[0]))

    def __len__(self) -> int:
        return len(self._values)


def flipped(value: int, places: list[int]) -> bytes:
    for place in places:
        value ^= 1 << place
    return value.to_bytes(32)


# Values near one another, so that searches find something and miss something by one bit.
near = st.builds(
    flipped,
    st.sampled_from([0, (1 << 256) - 1, 0x0F << 60]),
    st.lists(st.integers(0, 255), max_size=40, unique=True),
)
keys = st.integers(0, 6)
steps = st.lists(
    st.one_of(st.tuples(st.just("add"), near, keys), st.tuples(st.just("discard"), keys)),
    max_size=60,
)


@given(steps, near, st.integers(0, 64))
def test_it_equals_the_naive_index(
    done: list[tuple[str, *tuple[object, ...]]], asked: bytes, within: int
) -> None:
    index, naive = PdqIndex(), NaiveIndex()
    for verb, *arguments in done:
        getattr(index, verb)(*arguments)
        getattr(naive, verb)(*arguments)
    assert index.search(asked, within) == naive.search(asked, within)
    assert len(index) == len(naive)


def test_one_value_is_found_at_31_and_not_at_32() -> None:
    index = PdqIndex()
    index.add(bytes(32), 7)
    assert index.search(flipped(0, list(range(31)))) == [(7, 31)]
    assert index.search(flipped(0, list(range(100, 132)))) == []


def test_all_of_a_thousand_duplicates_are_found() -> None:
    index = PdqIndex()
    for key in range(1000):
        index.add(bytes(32), key)
    assert [key for key, _ in index.search(bytes(32))] == list(range(1000))


def test_what_was_discarded_is_gone_until_it_is_added_again() -> None:
    index = PdqIndex()
    index.add(bytes(32), 1)
    index.discard(1)
    assert index.search(bytes(32)) == []
    index.add(bytes(32), 1)
    assert index.search(bytes(32)) == [(1, 0)]


def test_a_changing_index_never_grows_beyond_what_is_alive() -> None:
    index = PdqIndex()
    for turn in range(2000):
        index.add(turn.to_bytes(32), turn % 3)
    assert len(index) == 3
    assert [key for key, _ in index.search((1999).to_bytes(32), 0)] == [1999 % 3]


def test_nothing_but_32_bytes_is_taken() -> None:
    index = PdqIndex()
    with pytest.raises(WrongLengthError, match="not 31"):
        index.add(bytes(31), 1)
    with pytest.raises(WrongLengthError, match="not 0"):
        index.search(b"")


def test_a_search_beside_many_additions_finds_what_was_there_before() -> None:
    index = PdqIndex()
    index.add(bytes(32), -1)

    def add() -> None:
        for key in range(5000):
            index.add(b"\xff" * 32, key)

    adding = threading.Thread(target=add)
    adding.start()
    found = [index.search(bytes(32)) for _ in range(50)]
    adding.join()
    assert found == [[(-1, 0)]] * 50
    assert len(index) == 5001
