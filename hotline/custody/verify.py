"""Walk the custody log and say the first thing that is wrong with it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hotline.custody.models import CustodyEntry
from hotline.custody.record import GENESIS, hash_of


@dataclass(frozen=True, slots=True)
class Head:
    """Where the log stands; written down elsewhere, it shows later that nothing was cut off."""

    position: int
    hash: str


class BrokenChainError(Exception):
    """The custody log was tampered with; `position` says where it shows."""

    def __init__(self, position: int, problem: str) -> None:
        super().__init__(f"Custody entry {position}: {problem}")
        self.position = position


def verify(entries: Iterable[CustodyEntry], *, noted: Head | None = None) -> Head:
    """Return the head of the log, oldest entry first; raise BrokenChainError.

    `noted` is a head that was written down earlier: the log must still contain it.
    """
    head = Head(0, GENESIS)
    for entry in _linked(entries):
        head = Head(entry.position, entry.hash)
        if noted and noted.position == head.position and noted.hash != head.hash:
            raise BrokenChainError(head.position, "it is not the entry that was noted earlier.")
    if noted and noted.position > head.position:
        problem = f"it was noted earlier, but the log ends at {head.position}."
        raise BrokenChainError(noted.position, problem)
    return head


def _linked(entries: Iterable[CustodyEntry]) -> Iterator[CustodyEntry]:
    position, previous_hash = 0, GENESIS
    for entry in entries:
        if entry.position != position + 1:
            problem = f"it is missing; the next one is {entry.position}."
            raise BrokenChainError(position + 1, problem)
        if entry.hash != hash_of(entry):
            raise BrokenChainError(entry.position, "its content was changed after it was written.")
        if entry.previous_hash != previous_hash:
            problem = "it does not follow the entry before it: rows were reordered or replaced."
            raise BrokenChainError(entry.position, problem)
        position, previous_hash = entry.position, entry.hash
        yield entry
