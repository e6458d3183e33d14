"""Facets: what may be said, and how a mistake is named."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.assessment.schema import FACETS, FacetError, Facets, facets_from

GOOD: dict[str, Any] = {"depiction": "real", "ages": ["7-10"], "conduct": ["posing"]}


@pytest.mark.parametrize(
    ("different", "facet", "problem"),
    [
        ({"depiction": ""}, "depiction", "must be answered"),
        ({"ages": []}, "ages", "must be answered"),
        ({"conduct": None}, "conduct", "must be answered"),
        ({"depiction": "photo"}, "depiction", "'photo' is not one of its values"),
        ({"depiction": ["real", "drawn"]}, "depiction", "takes one answer"),
        ({"conduct": ["none", "posing"]}, "conduct", "'None of these' cannot stand beside"),
        ({"conduct": ["unclear", "posing"]}, "conduct", "'Unclear' cannot stand beside"),
        ({"ages": ["nobody", "3-6"]}, "ages", "'Nobody' cannot stand beside"),
        ({"ages": 7}, "ages", "takes the names of its values"),
        ({"ages": [7]}, "ages", "takes the names of its values"),
        ({"origin": ["unknown", "viral"]}, "origin", "cannot stand beside"),
        ({"colour": "red"}, "colour", "no such facet"),
    ],
)
def test_a_mistake_names_its_facet(different: dict[str, Any], facet: str, problem: str) -> None:
    with pytest.raises(FacetError, match=problem) as refused:
        facets_from(GOOD | different)
    assert refused.value.facet == facet


def test_what_has_a_default_may_be_left_out() -> None:
    facets = facets_from(GOOD)
    assert (facets.origin, facets.urgency) == (("unknown",), "none-seen")


def test_order_and_repetition_say_nothing() -> None:
    one = facets_from(GOOD | {"ages": ["adult", "3-6", "3-6"]})
    assert one == facets_from(GOOD | {"ages": ["3-6", "adult"]})
    assert one.ages == ("3-6", "adult")


@pytest.mark.parametrize(
    ("ages", "youngest"),
    [
        (["16-17", "0-2", "adult"], "0-2"),
        (["unclear", "16-17"], "16-17"),
        (["unclear", "adult"], "unclear"),
        (["adult"], "adult"),
        (["nobody"], "nobody"),
    ],
)
def test_the_youngest_child_decides(ages: list[str], youngest: str) -> None:
    assert facets_from(GOOD | {"ages": ages}).youngest == youngest


def test_every_key_of_the_form_is_its_own() -> None:
    keys = [value.key for facet in FACETS for value in facet.values]
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 1 and key.isalnum() for key in keys)
    assert all(value.title and value.help for facet in FACETS for value in facet.values)


def all_facets() -> st.SearchStrategy[Facets]:
    """Return everything that can be said, by the table alone."""
    said = {}
    for facet in FACETS:
        alone = [[value.name] for value in facet.values if value.stands_alone]
        others = [value.name for value in facet.values if not value.stands_alone]
        many = st.lists(st.sampled_from(others), min_size=1, max_size=None if facet.is_many else 1)
        said[facet.name] = st.one_of(st.sampled_from(alone), many) if alone else many
    return st.fixed_dictionaries(said).map(facets_from)


@given(all_facets())
def test_what_was_stored_is_read_back(facets: Facets) -> None:
    assert facets_from(facets.to_json()) == facets
