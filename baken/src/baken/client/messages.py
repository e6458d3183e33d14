"""What goes over the wire between a site and a check server, apart from the feed's own pages.

The check server writes these and the client reads them, so both stand on one definition.
"""

from datetime import datetime
from typing import Annotated

import msgspec

from baken.fingerprint import Algorithm
from baken.hashlist import Action, Kind

MAX_QUERIES = 10_000


class Query(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A fingerprint to check: `value` in hexadecimal digits, `quality` PDQ's if it is known."""

    algorithm: Algorithm
    value: str
    quality: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None


class CheckRequest(msgspec.Struct, frozen=True):
    """What `POST /v1/check` takes."""

    fingerprints: Annotated[tuple[Query, ...], msgspec.Meta(max_length=MAX_QUERIES)]


class Match(msgspec.Struct, frozen=True):
    """A fingerprint lies on an entry of a list, or near it: a fact, not a judgement."""

    list: str
    entry: str
    version: int
    kind: Kind
    algorithm: str
    distance: int  # bits that differ; 0 for an exact match
    listed_at: datetime  # when this version of the entry was published
    labels: tuple[str, ...]
    action: Action  # what we recommend


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer for one fingerprint, in the order they were asked."""

    algorithm: str
    value: str
    match: bool
    matches: tuple[Match, ...]
    note: str | None = None


class ListStanding(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which position of a list an answer stands on, and how long ago that was the newest."""

    name: str
    position: int
    age_seconds: float | None = None  # absent when the server has never been told


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What `POST /v1/check` and `POST /v1/check/media` answer."""

    lists: tuple[ListStanding, ...]
    results: tuple[Result, ...]
    media_type: str | None = None  # of a media check, when the file could be decoded
    note: str | None = None  # why a media check could not look at the picture


class Lists(msgspec.Struct, frozen=True):
    """What `GET /api/v1/lists` answers: the lists that the key may read."""

    lists: tuple[ListStanding, ...]


class Problem(msgspec.Struct, frozen=True):
    """What every refusal says: a code for programs and a sentence for people."""

    error: str
    detail: str
