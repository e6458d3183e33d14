"""Which listed fingerprints a fingerprint matches."""

import logging

import pytest

from baken.hashlist import Kind, ListedFingerprint
from baken.matcher import Matcher
from tests.edges import delta, md5, pdq

VALUE = bytes(31) + b"\x0f"


def test_a_digest_matches_exactly_or_not_at_all() -> None:
    matcher = Matcher()
    matcher.add(delta(5, md5(1)))
    assert list(matcher.find("md5", bytes(15) + b"\x01", None)) == [(5, Kind.EXACT, 0)]
    assert not list(matcher.find("md5", bytes(15) + b"\x03", None))


def test_two_entries_of_one_digest_are_both_found_and_one_may_go() -> None:
    matcher = Matcher()
    first, second = delta(1, md5(1)), delta(2, md5(1))
    matcher.add(first)
    matcher.add(second)
    matcher.discard(first)
    assert list(matcher.find("md5", bytes(15) + b"\x01", None)) == [(2, Kind.EXACT, 0)]


@pytest.mark.parametrize(("bits", "is_near"), [(0, True), (31, True), (32, False)])
def test_pictures_up_to_31_bits_apart_are_near(bits: int, is_near: bool) -> None:
    matcher = Matcher()
    matcher.add(delta(1, pdq((1 << bits) - 1)))
    expected = [(1, Kind.NEAR, bits)] if is_near else []
    assert list(matcher.find("pdq", bytes(32), None)) == expected


@pytest.mark.parametrize(("listed", "asked"), [(49, 90), (90, 49), (0, None), (None, 0)])
def test_a_picture_with_little_in_it_is_near_to_nothing(
    listed: int | None, asked: int | None
) -> None:
    matcher = Matcher()
    matcher.add(delta(1, pdq(15, listed)))
    assert not list(matcher.find("pdq", VALUE, asked))


@pytest.mark.parametrize(("listed", "asked"), [(50, 50), (None, None), (50, None)])
def test_an_unknown_quality_is_taken_as_good(listed: int | None, asked: int | None) -> None:
    matcher = Matcher()
    matcher.add(delta(1, pdq(15, listed)))
    assert list(matcher.find("pdq", VALUE, asked)) == [(1, Kind.NEAR, 0)]


def test_an_entry_of_several_pictures_is_found_by_each_until_it_goes() -> None:
    matcher = Matcher()
    entry = delta(1, pdq(0), pdq(2**200 - 1))
    matcher.add(entry)
    assert list(matcher.find("pdq", bytes(32), None)) == [(1, Kind.NEAR, 0)]
    assert list(matcher.find("pdq", (2**200 - 1).to_bytes(32), None)) == [(1, Kind.NEAR, 0)]
    matcher.discard(entry)
    assert not list(matcher.find("pdq", bytes(32), None))


def test_an_unknown_algorithm_and_a_spoilt_value_harm_nothing_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    matcher = Matcher()
    with caplog.at_level(logging.ERROR):
        matcher.add(
            delta(3, ListedFingerprint("newer", "00"), ListedFingerprint("md5", "beef"), md5(1))
        )
    assert list(matcher.find("md5", bytes(15) + b"\x01", None)) == [(3, Kind.EXACT, 0)]
    assert "Position 3, fingerprint 1" in caplog.text
    assert "beef" not in caplog.text
