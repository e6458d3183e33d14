"""Rule packs: what they derive, and which are refused."""

from itertools import product

import pytest
from pytest_django import Settings

from hotline.assessment.outcome import Outcome, outcome_of
from hotline.assessment.packs import (
    FOLDER,
    Example,
    Pack,
    PackError,
    derive,
    installed,
    load,
    read,
    versions,
)
from hotline.assessment.schema import AGES, CHILD_AGES, CONDUCT, DEPICTION, facets_from

NAMES = sorted(path.stem for path in FOLDER.glob("*.toml"))
EXAMPLES = [(load(name), example) for name in NAMES for example in load(name).tests]
MINIMAL = """
jurisdiction = "xx"
title = "A law"
citation = "Art. 1"
valid_from = 2026-01-01
version = "1"
[[rules]]
label = "illegal"
why = "A child."
when = { youngest = ["0-2"] }
[[rules]]
label = "not-illegal"
why = "All else."
[[tests]]
label = "illegal"
facets = { depiction = "real", ages = ["0-2"], conduct = ["none"] }
[[tests]]
label = "not-illegal"
facets = { depiction = "real", ages = ["adult"], conduct = ["none"] }
"""


@pytest.mark.parametrize(("pack", "example"), EXAMPLES)
def test_each_pack_passes_its_own_tests(pack: Pack, example: Example) -> None:
    assert pack.label_of(facets_from(example.facets)) == f"{pack.jurisdiction}:{example.label}"


@pytest.mark.parametrize(
    ("found", "replaced", "problem"),
    [
        ('label = "illegal"\nfacets', 'label = "not-illegal"\nfacets', "no test of it expects"),
        ('ages = ["adult"]', 'ages = ["0-2"]', "test 2 expects 'not-illegal' and gets 'illegal'"),
        ('ages = ["adult"]', 'ages = ["99"]', "test 2 is wrong: ages: '99' is not one of"),
        ('youngest = ["0-2"]', 'youngest = ["99"]', "rule 1 asks for '99'"),
        ('youngest = ["0-2"]', 'oldest = ["0-2"]', "unknown field `oldest`"),
        ('why = "All else."', 'why = ""\nwhen = { depiction = ["real"] }', "fit everything"),
        ('"xx"', '"yy"', "its file is named otherwise"),
        ('title = "A law"', "title =", "cannot be read"),
        ('title = "A law"', "", "missing required field `title`"),
    ],
)
def test_a_pack_with_a_mistake_is_refused(found: str, replaced: str, problem: str) -> None:
    assert read("xx", MINIMAL).version == "1"
    with pytest.raises(PackError, match="Rule pack 'xx': .*" + problem):
        read("xx", MINIMAL.replace(found, replaced, 1))


@pytest.mark.parametrize("name", ["atlantis", "../packs/nl", ""])
def test_a_pack_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(PackError, match="there is none; there are: inhope, interpol, ncmec, nl"):
        load(name)


def test_an_installation_cannot_do_without_the_pack_that_decides(settings: Settings) -> None:
    settings.JURISDICTIONS = ["nl"]
    with pytest.raises(PackError, match="BAKEN_JURISDICTIONS must name it"):
        installed()


def test_the_usual_packs_are_installed() -> None:
    packs = installed()
    assert {"inhope", "interpol", "nl"} <= versions(packs).keys()
    facets = facets_from({"depiction": "real", "ages": ["3-6"], "conduct": ["sexual-act"]})
    assert {"inhope:baseline", "interpol:baseline", "nl:art-252"} <= set(derive(facets, packs))


def _said(depiction: str, age: str, conduct: str) -> tuple[str, ...]:
    facets = facets_from({"depiction": depiction, "ages": [age], "conduct": [conduct]})
    return derive(facets, [load(name) for name in NAMES])


# Few enough to try them all.
EVERYTHING = list(
    product(*([value.name for value in facet.values] for facet in (DEPICTION, AGES, CONDUCT)))
)


def test_whatever_is_said_gets_one_label_of_each_pack() -> None:
    for said in EVERYTHING:
        assert [label.partition(":")[0] for label in _said(*said)] == NAMES


def test_what_is_unclear_is_never_publishable() -> None:
    publishable = {"inhope:baseline", "interpol:baseline", "inhope:nationally-illegal"}
    unclear = [said for said in EVERYTHING if "unclear" in said]
    assert unclear
    assert all(publishable.isdisjoint(_said(*said)) for said in unclear)


def test_only_a_child_in_something_sexual_is_illegal() -> None:
    for depiction, age, conduct in EVERYTHING:
        illegal = {Outcome.BASELINE, Outcome.ILLEGAL}
        if outcome_of(frozenset(_said(depiction, age, conduct))) in illegal:
            assert age in CHILD_AGES
            assert conduct != "none"


def test_a_younger_child_never_makes_it_less() -> None:
    ranks = [Outcome.NOT_ILLEGAL, Outcome.UNCLEAR, Outcome.ILLEGAL, Outcome.BASELINE]
    for depiction, conduct in product(*([v.name for v in f.values] for f in (DEPICTION, CONDUCT))):
        outcomes = [outcome_of(frozenset(_said(depiction, age, conduct))) for age in CHILD_AGES]
        found = [ranks.index(outcome) for outcome in outcomes]
        assert found == sorted(found, reverse=True)


@pytest.mark.parametrize(
    ("labels", "outcome"),
    [
        ({"inhope:baseline", "nl:art-252"}, Outcome.BASELINE),
        ({"inhope:nationally-illegal"}, Outcome.ILLEGAL),
        ({"inhope:not-illegal", "ncmec:none"}, Outcome.NOT_ILLEGAL),
        ({"inhope:unclear"}, Outcome.UNCLEAR),
        ({"interpol:baseline"}, Outcome.UNCLEAR),
        ({"inhope:baseline", "inhope:not-illegal"}, Outcome.UNCLEAR),
        (set(), Outcome.UNCLEAR),
    ],
)
def test_the_outcome_is_what_the_labels_plainly_say(labels: set[str], outcome: Outcome) -> None:
    assert outcome_of(frozenset(labels)) is outcome
