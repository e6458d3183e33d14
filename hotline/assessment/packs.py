"""Derive the labels of laws and schemes from facets, by rule packs: one data file each.

A pack is data, so that a jurist can read it and a hotline can bring its own; it carries its own
tests, and one that fails them is not used. In a pack the first rule that fits decides, and the
last fits everything, so that each item gets exactly one label of each pack.
"""

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings

from hotline.assessment.schema import FACETS, FacetError, Facets, facets_from

FOLDER = Path(__file__).parent / "packs"
OUTCOME_PACK = "inhope"
"""The pack that says what becomes of an item here (outcome.py); every hotline derives it."""


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a rule asks of the facets: all that it names, and of each one of the values."""

    depiction: frozenset[str] = frozenset()
    youngest: frozenset[str] = frozenset()  # among AGES: the youngest child decides
    conduct: frozenset[str] = frozenset()  # any of these: the worst act decides

    def fits(self, facets: Facets) -> bool:
        """Return whether it holds."""
        return (
            (not self.depiction or facets.depiction in self.depiction)
            and (not self.youngest or facets.youngest in self.youngest)
            and (not self.conduct or not self.conduct.isdisjoint(facets.conduct))
        )


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A label, and when it is the one."""

    label: str
    why: str
    when: Condition = Condition()


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A test of the pack: these facets get this label."""

    facets: dict[str, Any]
    label: str


class Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rules of one law or scheme."""

    jurisdiction: str
    title: str
    citation: str
    valid_from: date
    version: str
    rules: tuple[Rule, ...]
    tests: tuple[Example, ...]

    def label_of(self, facets: Facets) -> str:
        """Return the label, with the jurisdiction before it."""
        rule = next(rule for rule in self.rules if rule.when.fits(facets))
        return f"{self.jurisdiction}:{rule.label}"


class PackError(Exception):
    """A rule pack cannot be used."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"Rule pack '{name}': {problem}")


def derive(facets: Facets, packs: Iterable[Pack]) -> tuple[str, ...]:
    """Return the labels of every pack, sorted."""
    return tuple(sorted(pack.label_of(facets) for pack in packs))


@cache
def load(jurisdiction: str) -> Pack:
    """Return the pack of a jurisdiction, checked; raise PackError."""
    path = FOLDER / f"{jurisdiction}.toml"
    if path not in FOLDER.glob("*.toml"):  # A name is not a path that leads elsewhere.
        known = ", ".join(sorted(path.stem for path in FOLDER.glob("*.toml")))
        raise PackError(jurisdiction, f"there is none; there are: {known}.")
    return read(jurisdiction, path.read_text(encoding="utf-8"))


def read(name: str, text: str) -> Pack:
    """Return the pack that the text of a file says, checked; raise PackError."""
    try:
        pack = msgspec.convert(tomllib.loads(text), Pack)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise PackError(name, f"it cannot be read: {error}.") from None
    _check(name, pack)
    return pack


def installed() -> tuple[Pack, ...]:
    """Return the packs of this installation (BAKEN_JURISDICTIONS)."""
    names = [name.strip() for name in settings.JURISDICTIONS]
    if OUTCOME_PACK not in names:
        raise PackError(OUTCOME_PACK, "BAKEN_JURISDICTIONS must name it: it decides what follows.")
    return tuple(load(name) for name in names)


def versions(packs: Iterable[Pack]) -> dict[str, str]:
    """Return which version of each pack derived a label, to keep beside it."""
    return {pack.jurisdiction: pack.version for pack in packs}


def _check(name: str, pack: Pack) -> None:
    if pack.jurisdiction != name:
        raise PackError(name, f"its file is named otherwise than it: '{pack.jurisdiction}'.")
    if not pack.rules or pack.rules[-1].when != Condition():
        raise PackError(name, "its last rule must fit everything, so that nothing has no label.")
    values = {facet.name: {value.name for value in facet.values} for facet in FACETS}
    for number, rule in enumerate(pack.rules, 1):
        _check_values(name, number, rule.when.depiction - values["depiction"])
        _check_values(name, number, rule.when.youngest - values["ages"])
        _check_values(name, number, rule.when.conduct - values["conduct"])
    _check_tests(name, pack)


def _check_values(name: str, number: int, unknown: frozenset[str]) -> None:
    if unknown:
        raise PackError(
            name, f"rule {number} asks for '{min(unknown)}', which is no facet's value."
        )


def _check_tests(name: str, pack: Pack) -> None:
    untested = {rule.label for rule in pack.rules} - {example.label for example in pack.tests}
    if untested:
        raise PackError(name, f"no test of it expects '{min(untested)}'.")
    for number, example in enumerate(pack.tests, 1):
        found = _found(name, number, pack, example.facets)
        if found != example.label:
            problem = f"its test {number} expects '{example.label}' and gets '{found}'."
            raise PackError(name, problem)


def _found(name: str, number: int, pack: Pack, facets: Mapping[str, Any]) -> str:
    try:
        return pack.label_of(facets_from(facets)).partition(":")[2]
    except FacetError as error:
        raise PackError(name, f"its test {number} is wrong: {error}") from None
