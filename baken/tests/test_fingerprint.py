"""Digests: of the bytes, however they arrive."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from baken.algorithms import HASH_TYPES
from baken.fingerprint import NEAR_DISTANCE, Algorithm, digests


@given(st.binary(max_size=300), st.integers(1, 100))
def test_digests_do_not_depend_on_the_size_of_the_chunks(data: bytes, size: int) -> None:
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    md5, sha1, sha256 = digests(chunks)
    assert md5.value == hashlib.md5(data).digest()  # noqa: S324  # what lists are made of
    assert sha1.value == hashlib.sha1(data).digest()  # noqa: S324  # what lists are made of
    assert sha256.value == hashlib.sha256(data).digest()


def test_every_algorithm_is_in_the_table_with_its_length() -> None:
    assert set(HASH_TYPES) == set(Algorithm)
    for made in digests([b"x"]):
        assert HASH_TYPES[made.algorithm].bits == 8 * len(made.value)
    assert HASH_TYPES["pdq"].largest_distance == NEAR_DISTANCE
