"""What keeps an item off a list."""

import hashlib
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baken.fingerprint import Algorithm, Fingerprint
from hotline.registry.gates import Candidate, refusals
from hotline.registry.trivial import PIXELS

GOOD = Candidate(
    fingerprints=(
        Fingerprint(Algorithm.PDQ, bytes(range(32)), quality=50),
        Fingerprint(Algorithm.MD5, bytes(range(16))),
    ),
    labels=frozenset({"inhope:baseline"}),
    approved_by=frozenset({uuid4(), uuid4()}),
    accepts=frozenset({"inhope:baseline"}),
)
EMPTY = hashlib.sha256(b"").digest()


def _pdq(quality: int | None) -> tuple[Fingerprint]:
    return (Fingerprint(Algorithm.PDQ, bytes(range(32)), quality=quality),)


@pytest.mark.parametrize(
    ("different", "sentence"),
    [
        ({"approved_by": frozenset({uuid4()})}, "Only 1 of the 2 analysts"),
        ({"labels": frozenset({"inhope:nationally-illegal"})}, "takes inhope:baseline; this is"),
        ({"labels": frozenset()}, "this is nothing"),
        ({"accepts": frozenset()}, "takes nothing"),
        ({"fingerprints": ()}, "no fingerprints"),
        ({"fingerprints": _pdq(49)}, "PDQ quality 49; 50 is needed"),
        ({"fingerprints": _pdq(None)}, "PDQ quality 0"),
        ({"fingerprints": (Fingerprint(Algorithm.SHA256, EMPTY),)}, "empty or trivial"),
        ({"fingerprints": (Fingerprint(Algorithm.MD5, b"short"),)}, "has 5 bytes, not 16"),
    ],
)
def test_each_gate_refuses_with_its_sentence(different: dict[str, object], sentence: str) -> None:
    found = refusals(msgspec.structs.replace(GOOD, **different))
    assert len(found) == 1
    assert sentence in found[0]


@pytest.mark.parametrize("content", PIXELS, ids=range(len(PIXELS)))
def test_a_one_pixel_picture_is_refused(content: bytes) -> None:
    digest = hashlib.sha1(content, usedforsecurity=False).digest()
    made = (Fingerprint(Algorithm.SHA1, digest),)
    assert "trivial" in refusals(msgspec.structs.replace(GOOD, fingerprints=made))[0]


def test_what_passes_every_gate_is_not_refused() -> None:
    assert refusals(GOOD) == ()


def test_a_file_without_a_picture_may_be_listed_by_its_digests() -> None:
    assert refusals(msgspec.structs.replace(GOOD, fingerprints=GOOD.fingerprints[1:])) == ()


@given(st.lists(st.uuids(), max_size=4))
def test_it_takes_two_people_however_often_they_say_so(said: list[object]) -> None:
    found = refusals(msgspec.structs.replace(GOOD, approved_by=frozenset(said)))
    assert (found == ()) == (len(set(said)) >= 2)
