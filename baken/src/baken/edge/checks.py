"""The check: whether one of these fingerprints, or this file, is on a list."""

import asyncio
from collections.abc import Iterable

import msgspec

from baken.client.messages import MAX_QUERIES, Answer, CheckRequest, Query, Result
from baken.edge.access import Edge, may_check
from baken.edge.asgi import BadRequestError, Request, Response
from baken.edge.lists import ServedList
from baken.fingerprint import NEAR_QUALITY, Algorithm, Fingerprint, digests
from baken.hashlist import MalformedValueError, value_of
from baken.matcher import has_enough_in_it
from baken.media import DecodeError

MAX_BATCH_BYTES = MAX_QUERIES * 256  # a query in JSON has about 120
MAX_MEDIA_BYTES = 100 << 20
BODY_SECONDS = 120.0
SLICE_SECONDS = 0.005  # how long one batch may keep the others waiting

_decoder = msgspec.json.Decoder(CheckRequest)


async def check(edge: Edge, request: Request) -> Response:
    """Answer `POST /v1/check`."""
    lists = may_check(edge, request)
    body = await request.body(MAX_BATCH_BYTES, BODY_SECONDS)
    try:
        queries = _decoder.decode(body).fingerprints
    except msgspec.DecodeError as error:  # of which a wrong field is one
        raise BadRequestError("body", f"{error}.") from None
    results = await _results(lists, _with_values(queries))
    return Response.of(Answer(tuple(served.standing for served in lists), results))


async def check_media(edge: Edge, request: Request) -> Response:
    """Answer `POST /v1/check/media`. The file lives in memory, and no longer than the answer."""
    lists = may_check(edge, request)
    async with edge.media_places:
        data = await request.body(MAX_MEDIA_BYTES, BODY_SECONDS)
        fingerprints, media_type, note = await asyncio.to_thread(_fingerprints, edge, data)
        del data
    queries = [
        (Query(found.algorithm, found.value.hex(), found.quality), found.value)
        for found in fingerprints
    ]
    results = await _results(lists, queries)
    standings = tuple(served.standing for served in lists)
    return Response.of(Answer(standings, results, media_type, note))


def _fingerprints(
    edge: Edge, data: bytes
) -> tuple[tuple[Fingerprint, ...], str | None, str | None]:
    """Return the file's fingerprints, its media type, and why only its digests were taken."""
    try:
        decoded = edge.decoder.fingerprint(data)
    except DecodeError as error:
        note = f"Only the digests were checked, not the picture: {error.cause}. {error}"
        return digests([data]), None, note
    return decoded.fingerprints, decoded.media_type, None


def _with_values(queries: Iterable[Query]) -> list[tuple[Query, bytes]]:
    """Return each query with the value it asks for."""
    pairs: list[tuple[Query, bytes]] = []
    for place, query in enumerate(queries):
        try:
            pairs.append((query, value_of(query.algorithm, query.value)))
        except MalformedValueError as error:
            problem = f"{error} - at `$.fingerprints[{place}].value`."
            raise BadRequestError("body", problem) from None
    return pairs


async def _results(
    lists: list[ServedList], queries: Iterable[tuple[Query, bytes]]
) -> tuple[Result, ...]:
    """Return the answer for each query; a long batch lets others in between."""
    now = asyncio.get_running_loop().time
    pause_at = now() + SLICE_SECONDS
    results: list[Result] = []
    for query, value in queries:
        results.append(_result(lists, query, value))
        if now() > pause_at:
            await asyncio.sleep(0)
            pause_at = now() + SLICE_SECONDS
    return tuple(results)


def _result(lists: list[ServedList], query: Query, value: bytes) -> Result:
    matches = [match for served in lists for match in served.find(query, value)]
    matches.sort(key=lambda match: match.distance)
    note = None
    if query.algorithm is Algorithm.PDQ and not has_enough_in_it(query.quality):
        note = (
            f"Not compared: of quality {query.quality}, below {NEAR_QUALITY}, the picture has too"
            " little in it to be known by likeness."
        )
    return Result(query.algorithm, query.value, bool(matches), tuple(matches), note)
