"""The feed: which lists there are, and what came after a position, as soon as it comes."""

import asyncio
import gzip
from http import HTTPStatus

import msgspec

from baken.client.messages import Lists
from baken.edge.access import Edge, may_read, may_read_lists
from baken.edge.asgi import ClientGoneError, Refusal, Request, Response
from baken.edge.lists import ServedList
from baken.hashlist import Page

LONGEST_WAIT_SECONDS = 60
DEFAULT_LIMIT = 1000
LARGEST_LIMIT = 5000
LARGEST_POSITION = 2**53  # what every JSON reader can hold
WORTH_COMPRESSING_BYTES = 4096

_encoder = msgspec.json.Encoder()


class PositionUnknownError(Refusal):
    """The client is ahead of us, so it followed another history of this list."""

    status = HTTPStatus.CONFLICT
    code = "position_unknown"

    def __init__(self, after: int, head: int) -> None:
        super().__init__(
            f"The list ends at {head}, so {after} is unknown here; read it again from 0, and keep"
            " what you have until you have it whole."
        )


async def show_lists(edge: Edge, request: Request) -> Response:
    """Answer `GET /api/v1/lists`."""
    readable = may_read_lists(edge, request)
    return Response.of(Lists(tuple(served.standing for served in readable)))


async def feed(edge: Edge, request: Request, name: str) -> Response:
    """Answer `GET /api/v1/lists/{name}/feed`: at once if there is news, else when it comes."""
    served = may_read(edge, request, name)
    after = request.number("after", 0, at_most=LARGEST_POSITION)
    wait = request.number("wait", 0, at_most=LONGEST_WAIT_SECONDS)
    limit = request.number("limit", DEFAULT_LIMIT, at_most=LARGEST_LIMIT) or 1
    if served.head == after and wait:
        await _wait_for_news(edge, request, served, wait)
        served = may_read(edge, request, name)  # the key or the list may be gone by now
    if after > served.head:
        raise PositionUnknownError(after, served.head)
    page = Page(served.name, served.after(after, limit), served.head, served.age_seconds or 0.0)
    return await _page(page, request)


async def _wait_for_news(edge: Edge, request: Request, served: ServedList, seconds: int) -> None:
    """Return when the list changes, the time is over or the server stops."""
    if edge.lists.is_closed:
        return
    change = asyncio.create_task(served.wait_for_change())
    gone = asyncio.create_task(request.wait_until_gone())
    try:
        done, _ = await asyncio.wait(
            {change, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        change.cancel()
        gone.cancel()
    if gone in done:
        raise ClientGoneError


async def _page(page: Page, request: Request) -> Response:
    body = _encoder.encode(page)
    accepted = request.header(b"accept-encoding")
    if len(body) < WORTH_COMPRESSING_BYTES or "gzip" not in accepted:
        return Response(body)
    # Level 1 in a thread: a client that catches up must not slow those who check.
    packed = await asyncio.to_thread(gzip.compress, body, 1)
    return Response(packed, headers=((b"content-encoding", b"gzip"), (b"vary", b"accept-encoding")))
