"""The stand-in phone as one web application: three providers, their control, and a page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from phone.chats import Chats
from phone.control import Control, OrderError
from phone.deliver import Deliverer
from phone.provider import Desk, Provider
from phone.settings import Settings
from phone.signal import Signal
from phone.telegram import Telegram
from phone.whatsapp import WhatsApp

STATIC = Path(__file__).parent / "static"
# Nothing is loaded from elsewhere, and nothing that is shown can run.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class SafeHeaders:
    """Adds the headers that keep a page, and whatever it shows, harmless."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the headers added."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, with_headers)


def application(settings: Settings) -> Starlette:
    """Return the phone, its providers delivering to the hotline that the settings name."""
    deliverer = Deliverer()
    desk = Desk(settings, Chats(), deliverer)
    providers: dict[str, Provider] = {
        "whatsapp": WhatsApp(desk),
        "telegram": Telegram(desk),
        "signal": Signal(desk),
    }
    routes = Control(desk, providers).routes()
    for one in providers.values():
        routes.extend(one.routes())

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await deliverer.close()

    app = Starlette(
        routes=[
            Route("/", _page),
            Route("/health", _health),
            Mount("/static", StaticFiles(directory=STATIC)),
            *routes,
        ],
        lifespan=lifespan,
        exception_handlers={OrderError: _explain},
    )
    app.state.desk = desk
    app.add_middleware(SafeHeaders)
    return app


async def _page(_: Request) -> Response:
    return FileResponse(STATIC / "index.html")


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _explain(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=400)
