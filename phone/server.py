"""The phone's web server: one that ends at once, although event streams never do by themselves."""

import socket

import uvicorn
from starlette.applications import Starlette

from phone.app import application
from phone.settings import Settings

GRACE_SECONDS = 3


class PhoneServer(uvicorn.Server):
    """Tells the open streams and long polls to end when Ctrl-C comes, instead of cutting them."""

    def __init__(self, settings: Settings, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._app: Starlette = application(settings)
        config = uvicorn.Config(
            self._app,
            host=host,
            port=port,
            log_level="warning",
            access_log=False,  # Telegram's paths carry the bot's token
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        super().__init__(config)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End everything that is open."""
        self._app.state.desk.is_closing = True
        await super().shutdown(sockets)
