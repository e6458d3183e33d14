"""The form an analyst says with what an item is: made from the table of facets, in both ways."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from hotline.assessment.assess import note_of
from hotline.assessment.models import Assessment
from hotline.assessment.packs import derive, installed
from hotline.assessment.schema import FACETS, Facet, FacetError, Value, facets_from


@dataclass(frozen=True)
class Choice:
    """One value as the form shows it."""

    value: Value
    is_chosen: bool


@dataclass(frozen=True)
class Question:
    """One facet as the form shows it."""

    facet: Facet
    choices: list[Choice]
    error: str = ""


@dataclass(frozen=True)
class Answer:
    """One facet as it was said: titles for people to read."""

    title: str
    values: list[str]


@dataclass(frozen=True)
class Opinion:
    """What somebody said, without saying who."""

    answers: list[Answer]
    labels: list[str]
    note: str


def said_in(form: QueryDict) -> dict[str, list[str]]:
    """Return what was chosen for each facet."""
    return {facet.name: form.getlist(facet.name) for facet in FACETS}


def questions(said: Mapping[str, Collection[str]], error: FacetError | None) -> list[Question]:
    """Return the form with what was chosen; at first nothing is, so that no answer is a habit."""
    return [
        Question(
            facet,
            [Choice(value, value.name in said.get(facet.name, ())) for value in facet.values],
            error.problem if error and error.facet == facet.name else "",
        )
        for facet in FACETS
    ]


def labels_of(said: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the labels that follow from what is chosen; raise FacetError."""
    return derive(facets_from(said), installed())


def title_of(error: FacetError) -> str:
    """Return the question that an error is about, in the form's words."""
    return next((facet.title for facet in FACETS if facet.name == error.facet), error.facet)


def opinion_of(assessment: Assessment) -> Opinion:
    """Return an assessment as people read it."""
    answers = [Answer(facet.title, _titles(facet, assessment.facets)) for facet in FACETS]
    return Opinion(answers, list(assessment.labels), note_of(assessment))


def _titles(facet: Facet, facets: Mapping[str, Any]) -> list[str]:
    said = facets.get(facet.name, ())
    names = {said} if isinstance(said, str) else set(said)
    return [value.title for value in facet.values if value.name in names]
