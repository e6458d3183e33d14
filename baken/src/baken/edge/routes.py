"""The check server as an ASGI application: which path is answered by what, and its life."""

import asyncio
import contextlib
import functools
import logging
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from baken.client.follow import LONGEST_PAUSE_SECONDS, Backoff
from baken.edge.access import Decoder, Edge, Keyring
from baken.edge.asgi import ClientGoneError, Receive, Refusal, Request, Response, Scope, Send
from baken.edge.checks import check, check_media
from baken.edge.feeds import feed, show_lists
from baken.edge.lists import Lists
from baken.edge.source import Source

Handler = Callable[[Edge, Request], Awaitable[Response]]

_log = logging.getLogger(__name__)


class UnknownPathError(Refusal):
    """Nothing lives at this path."""

    status = HTTPStatus.NOT_FOUND
    code = "unknown_path"

    def __init__(self) -> None:
        super().__init__("There is nothing at this path; see docs/partners.md.")


class WrongMethodError(Refusal):
    """The path is known, but not with this method."""

    status = HTTPStatus.METHOD_NOT_ALLOWED
    code = "wrong_method"

    def __init__(self, allowed: str) -> None:
        super().__init__(f"This path answers {allowed} only.")
        self._allowed = allowed

    def response(self) -> Response:
        """Return the answer, which must name the method."""
        response = super().response()
        response.headers = ((b"allow", self._allowed.encode()),)
        return response


class InternalError(Refusal):
    """We made a mistake."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    code = "internal_error"

    def __init__(self) -> None:
        super().__init__("The server failed at this request; its log says why.")


async def health(_edge: Edge, _request: Request) -> Response:
    """Answer `GET /health`: the process is alive."""
    return Response.of({"alive": True})


async def ready(edge: Edge, _request: Request) -> Response:
    """Answer `GET /ready`: the lists are loaded, and this is where they stand."""
    standings = [served.standing for served in edge.lists.readable(None)]
    status = HTTPStatus.OK if edge.lists.is_loaded else HTTPStatus.SERVICE_UNAVAILABLE
    return Response.of({"ready": edge.lists.is_loaded, "lists": standings}, status)


ROUTES: dict[str, tuple[str, Handler]] = {
    "/health": ("GET", health),
    "/ready": ("GET", ready),
    "/v1/check": ("POST", check),
    "/v1/check/media": ("POST", check_media),
    "/api/v1/lists": ("GET", show_lists),
}
_FEED = ("/api/v1/lists/", "/feed")


def _handler(request: Request) -> Handler:
    """Return what answers this path and method."""
    method, handler = ROUTES.get(request.path, ("GET", None))
    name = request.path.removeprefix(_FEED[0]).removesuffix(_FEED[1])
    if handler is None and request.path == name.join(_FEED) and "/" not in name:
        handler = functools.partial(feed, name=name)
    if handler is None:
        raise UnknownPathError
    if request.method != method:
        raise WrongMethodError(method)
    return handler


async def _answer(edge: Edge, request: Request) -> Response:
    """Return the answer to a request, whatever happens."""
    try:
        return await _handler(request)(edge, request)
    except Refusal as refusal:
        return refusal.response()
    except ClientGoneError:
        raise
    except Exception:  # noqa: BLE001  a mistake of ours is an answer too
        _log.exception("A request to %s failed", request.path)
        return InternalError().response()


class Application:
    """The ASGI application: follows its source while it lives, and answers."""

    def __init__(self, source: Source, keyring: Keyring, decoder: Decoder) -> None:
        self.lists = Lists()
        self._source = source
        self._edge = Edge(self.lists, keyring, decoder)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the life of the server."""
        if scope["type"] == "http":
            with contextlib.suppress(ClientGoneError):
                response = await _answer(self._edge, Request(scope, receive))
                await response.send(send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        following = asyncio.create_task(_follow_for_ever(self._source, self.lists))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.lists.close()
        following.cancel()
        await asyncio.wait([following])
        await send({"type": "lifespan.shutdown.complete"})


async def _follow_for_ever(source: Source, lists: Lists) -> None:
    """Follow the source; when it fails, go on serving what we have and start it again."""
    backoff = Backoff()
    while True:
        started_at = time.monotonic()
        try:
            await source.follow(lists)
        except Exception:  # noqa: BLE001  a source may fail in any way; the checks must go on
            _log.exception("The source of the lists failed; starting it again")
        else:
            _log.error("The source of the lists ended; starting it again")
        if time.monotonic() - started_at > LONGEST_PAUSE_SECONDS:
            backoff.reset()
        await backoff.pause()


def application(source: Source, keyring: Keyring, decoder: Decoder) -> Application:
    """Return the check server that serves what `source` says to whom `keyring` knows."""
    return Application(source, keyring, decoder)
