"""Run the check server on uvicorn, and end it so that nobody is left waiting."""

import contextlib
import ipaddress
import logging
import signal
import socket
import threading
from types import FrameType

import uvicorn

from baken.edge.access import Decoder, Keyring
from baken.edge.keyrings import OpenKeyring
from baken.edge.routes import Application, application
from baken.edge.source import Source
from baken.media import DecodeError
from baken.sandbox import DecoderPool, PoolClosedError

DEFAULT_PORT = 8001
BACKLOG = 2048
GRACE_SECONDS = 10
# Longer than clients keep an idle connection, so that they are the ones who close it.
KEEP_ALIVE_SECONDS = 75

# The smallest GIF.
_ANY_PICTURE = bytes.fromhex("47494638396101000100800000000000ffffff2c000000000100010000020144003b")

_log = logging.getLogger(__name__)


class OpenEdgeError(Exception):
    """A check server without keys would be open to other machines."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"Other machines can reach '{host}', so the check server needs keys there:"
            " make one with --new-key NAME --keys FILE, and start with --keys FILE."
        )


class PortError(Exception):
    """The address cannot be listened on."""

    def __init__(self, host: str, port: int, error: OSError) -> None:
        super().__init__(f"Cannot listen on {host}, port {port}: {error.strerror or error}.")


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 takes any."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio sends without delay only on sockets that name it;
    # with a delay every answer takes 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise PortError(host, port, error) from error
    return listening


class Server(uvicorn.Server):
    """A uvicorn server of our application."""

    def __init__(self, served: Application) -> None:
        config = uvicorn.Config(
            served,
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        super().__init__(config)
        self._served = served

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer those who wait for news before waiting for the connections to end."""
        self._served.lists.close()
        await super().shutdown(sockets)


def serve(
    source: Source,
    keyring: Keyring,
    *,
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    decoder: Decoder | None = None,
) -> None:
    """Serve checks and the feed until the process is told to stop (Ctrl-C or SIGTERM)."""
    if isinstance(keyring, OpenKeyring) and not is_loopback(host):
        raise OpenEdgeError(host)
    with listen(host, port) as listening:
        _log.info("Listening on %s, port %d", *listening.getsockname()[:2])
        _stop_alike_on_every_signal()
        try:
            if decoder:
                Server(application(source, keyring, decoder)).run([listening])
                return
            with DecoderPool() as pool:
                threading.Thread(target=_warm_up, args=(pool,), daemon=True).start()
                Server(application(source, keyring, pool)).run([listening])
        except KeyboardInterrupt:
            pass  # raised again by uvicorn after everything has ended


def _warm_up(pool: DecoderPool) -> None:
    """Start a worker, which takes seconds, before the first partner would wait for it."""
    with contextlib.suppress(DecodeError, PoolClosedError):
        pool.fingerprint(_ANY_PICTURE)


def _stop_alike_on_every_signal() -> None:
    """Let SIGTERM end the process as Ctrl-C does: by leaving every `with` on the way."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
