"""What must be true before an item goes on a list: pure rules, each with its own sentence.

A wrong entry makes other people's sites block innocent files, so a candidate passes every gate
or does not go on the list; the sentences are shown to the analysts.
"""

from uuid import UUID

import msgspec

from baken.fingerprint import NEAR_QUALITY, Algorithm, Fingerprint
from baken.hashlist import VALUE_BYTES
from hotline.registry.trivial import is_trivial

APPROVALS_NEEDED = 2


class Candidate(msgspec.Struct, frozen=True):
    """An item that somebody wants on a list, and all that the gates look at."""

    fingerprints: tuple[Fingerprint, ...]
    labels: frozenset[str]
    approved_by: frozenset[UUID]  # the analysts who said so, each counted once
    accepts: frozenset[str]  # the labels of which the list wants at least one


def refusals(candidate: Candidate) -> tuple[str, ...]:
    """Return why the candidate may not go on the list; nothing when it may."""
    found = (gate(candidate) for gate in GATES)
    return tuple(sentence for sentence in found if sentence)


def _quorum(candidate: Candidate) -> str:
    n_people = len(candidate.approved_by)
    if n_people >= APPROVALS_NEEDED:
        return ""
    return f"Only {n_people} of the {APPROVALS_NEEDED} analysts who must agree have said so."


def _label(candidate: Candidate) -> str:
    if candidate.labels & candidate.accepts:
        return ""
    wanted = " or ".join(sorted(candidate.accepts)) or "nothing"
    found = ", ".join(sorted(candidate.labels)) or "nothing"
    return f"The list takes {wanted}; this is {found}."


def _something_to_match(candidate: Candidate) -> str:
    return "" if candidate.fingerprints else "The item has no fingerprints."


def _well_made(candidate: Candidate) -> str:
    for made in candidate.fingerprints:
        wanted = VALUE_BYTES.get(made.algorithm)
        if len(made.value) != wanted:
            return f"Its {made.algorithm} fingerprint has {len(made.value)} bytes, not {wanted}."
    return ""


def _quality(candidate: Candidate) -> str:
    for made in candidate.fingerprints:
        if made.algorithm is Algorithm.PDQ and (made.quality or 0) < NEAR_QUALITY:
            return (
                f"The picture has too little in it to be told apart from others (PDQ quality"
                f" {made.quality or 0}; {NEAR_QUALITY} is needed)."
            )
    return ""


def _not_trivial(candidate: Candidate) -> str:
    if any(is_trivial(made.algorithm, made.value) for made in candidate.fingerprints):
        return "The file is empty or trivial; innocent copies of it are everywhere."
    return ""


GATES = (_quorum, _label, _something_to_match, _well_made, _quality, _not_trivial)
