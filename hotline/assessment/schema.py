"""What an analyst observes of an item: facets. Laws and schemes are derived from them (packs.py).

One table serves the form, its single-key shortcuts, the check of what comes in, and the packs:
a value is added here and nowhere else. A value's name is stored and must never change meaning.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

UNCLEAR = "unclear"


class Value(msgspec.Struct, frozen=True):
    """One thing that can be said of a facet."""

    name: str
    title: str
    key: str  # one letter or digit, unlike every other in the form
    help: str
    stands_alone: bool = False  # cannot be said beside another value


class Facet(msgspec.Struct, frozen=True):
    """One question about an item."""

    name: str
    title: str
    values: tuple[Value, ...]
    is_many: bool = False
    default: str = ""  # what it means to leave it out; without one it must be answered

    @property
    def is_required(self) -> bool:
        """Whether it must be answered."""
        return not self.default


DEPICTION = Facet(
    "depiction",
    "How was it made?",
    (
        Value("real", "Real", "r", "A photograph or film of real people."),
        Value("edited", "Edited", "e", "Real, with something put in, taken out or exchanged."),
        Value("ai-generated", "AI-generated", "g", "Made by a generator, and lifelike."),
        Value("drawn", "Drawn", "d", "A drawing, painting, cartoon or plain computer graphics."),
        Value(UNCLEAR, "Unclear", "u", "You cannot tell. It will not go on a list."),
    ),
)
AGES = Facet(
    "ages",
    "How old does each child seem?",
    (
        Value("0-2", "0 to 2", "1", "A baby or toddler."),
        Value("3-6", "3 to 6", "2", "Before school age."),
        Value("7-10", "7 to 10", "3", "At primary school, no sign of puberty."),
        Value("11-13", "11 to 13", "4", "At most the first signs of puberty."),
        Value("14-15", "14 to 15", "5", "In puberty."),
        Value("16-17", "16 to 17", "6", "Nearly grown up."),
        Value("adult", "Adult", "7", "Everybody in it seems 18 or older, or these do."),
        Value("nobody", "Nobody", "8", "There is no person in it.", stands_alone=True),
        Value(UNCLEAR, "Unclear", "9", "You cannot tell for somebody in it."),
    ),
    is_many=True,
)
CONDUCT = Facet(
    "conduct",
    "What happens?",
    (
        Value("sexual-act", "Sexual act", "s", "Of, with, or in front of a child."),
        Value("exhibition", "Exhibition", "x", "Genitals or anus are what the picture is about."),
        Value("posing", "Posing", "p", "A sexual pose, setting or clothing."),
        Value(
            "violence",
            "Sadism or violence",
            "v",
            "Pain, bondage or humiliation, in something sexual.",
        ),
        Value("animal", "Animal", "a", "An animal is part of a sexual act."),
        Value("none", "None of these", "n", "Nothing sexual.", stands_alone=True),
        Value(
            UNCLEAR, "Unclear", "c", "You cannot tell. It will not go on a list.", stands_alone=True
        ),
    ),
    is_many=True,
)
ORIGIN = Facet(
    "origin",
    "Where does it come from?",
    (
        Value("newly-produced", "Newly produced", "w", "Seems made recently."),
        Value("resurfaced", "Resurfaced", "o", "Older material that goes around again."),
        Value("self-generated", "Self-generated", "h", "The child made it."),
        Value("coerced", "Coerced", "k", "Made under pressure or deceit; sextortion."),
        Value("stolen", "Stolen", "l", "A private picture, taken or passed on by others."),
        Value("livestream", "Livestream capture", "m", "Recorded from a stream or video call."),
        Value("viral", "Shared to shock", "b", "Goes around in disgust or as a joke."),
        Value("unknown", "Unknown", "q", "Nothing points anywhere.", stands_alone=True),
    ),
    is_many=True,
    default="unknown",
)
URGENCY = Facet(
    "urgency",
    "Is a child in danger now?",
    (
        Value("immediate", "Immediate danger", "i", "A child seems to be in danger now."),
        Value("ongoing", "Recent and ongoing", "y", "Abuse that seems to go on."),
        Value("none-seen", "None seen", "z", "Nothing points to danger now."),
    ),
    default="none-seen",
)
FACETS: tuple[Facet, ...] = (DEPICTION, AGES, CONDUCT, ORIGIN, URGENCY)
CHILD_AGES = ("0-2", "3-6", "7-10", "11-13", "14-15", "16-17")
"""Youngest first."""


class FacetError(Exception):
    """What was said of an item cannot be meant; `facet` is the name of the facet."""

    def __init__(self, facet: str, problem: str) -> None:
        super().__init__(f"{facet}: {problem}")
        self.facet = facet
        self.problem = problem


class Facets(msgspec.Struct, frozen=True):
    """What one analyst observed of one item; make it with `facets_from`, which checks it."""

    depiction: str
    ages: tuple[str, ...]  # in the table's order, each once
    conduct: tuple[str, ...]
    origin: tuple[str, ...]
    urgency: str

    @property
    def youngest(self) -> str:
        """The apparent age that decides: the youngest child's; else unclear, adult or nobody."""
        for age in (*CHILD_AGES, UNCLEAR, "adult"):
            if age in self.ages:
                return age
        return "nobody"

    def to_json(self) -> dict[str, Any]:
        """Return what the database keeps; `facets_from` reads it back."""
        stored: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return stored


def facets_from(data: Mapping[str, Any]) -> Facets:
    """Return what was said, checked; raise FacetError with the name of the facet.

    `data` has a text or a list of texts for each facet, as forms and JSON do; a facet that has
    a default may be left out.
    """
    unknown = sorted(data.keys() - {facet.name for facet in FACETS})
    if unknown:
        raise FacetError(unknown[0], "there is no such facet.")
    said = {facet.name: _said(facet, data.get(facet.name)) for facet in FACETS}
    return Facets(
        depiction=said["depiction"][0],
        ages=said["ages"],
        conduct=said["conduct"],
        origin=said["origin"],
        urgency=said["urgency"][0],
    )


def _said(facet: Facet, given: object) -> tuple[str, ...]:
    """Return the facet's values in the table's order."""
    names = _names(facet, given)
    if not names and facet.is_required:
        raise FacetError(facet.name, "it must be answered.")
    known = {value.name: value for value in facet.values}
    for name in names:
        if name not in known:
            raise FacetError(facet.name, f"'{name}' is not one of its values.")
        if known[name].stands_alone and len(names) > 1:
            raise FacetError(facet.name, f"'{known[name].title}' cannot stand beside another.")
    if len(names) > 1 and not facet.is_many:
        raise FacetError(facet.name, "it takes one answer.")
    return tuple(name for name in known if name in names) or (facet.default,)


def _names(facet: Facet, given: object) -> set[str]:
    """Return what was given as names, each once."""
    if given is None or given == "":
        return set()
    if isinstance(given, str):
        return {given}
    if isinstance(given, Sequence) and all(isinstance(name, str) for name in given):
        return set(given)
    raise FacetError(facet.name, "it takes the names of its values.")
