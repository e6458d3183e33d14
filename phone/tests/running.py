"""A phone that really runs, and a hotline that only notes what reaches it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from phone.server import PhoneServer
from phone.settings import Settings

PATIENCE_SECONDS = 10.0
ACCEPTED = 200


@dataclass(slots=True)
class Received:
    """One webhook, as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Hotline:
    """Where webhooks arrive; `answers` says what the next ones are answered, 200 after that."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)

    def wait_for(self, number: int) -> list[Received]:
        """Return the webhooks, once there are this many."""
        until(lambda: len(self.received) >= number)
        return self.received


def until(is_so: Any) -> None:
    """Wait for something that another thread brings about."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@contextmanager
def hotline() -> Iterator[Hotline]:
    """Run a hotline that answers webhooks."""
    noted = Hotline()

    class Handler(BaseHTTPRequestHandler):
        """Notes the request."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = noted.answers.pop(0) if noted.answers else ACCEPTED
            noted.received.append(Received(self.path, headers, body))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    noted.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield noted
    server.shutdown()
    server.server_close()
    thread.join()


def settings(url: str) -> Settings:
    """Return made-up secrets that a test and the phone share."""
    return Settings(
        hotline=url,
        whatsapp_app_secret="app-secret-1",
        whatsapp_access_token="access-token-1",
        whatsapp_verify_token="verify-token-1",
        whatsapp_number_id="1002",
        telegram_bot_token="7000000000:bot-token",
        telegram_secret_token="secret-1",
        signal_account="+31600000000",
    )


@contextmanager
def started(hotline_url: str) -> Iterator[tuple[PhoneServer, httpx.Client]]:
    """Run a phone; yield its server, and a client whose base is its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = PhoneServer(settings(hotline_url))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    until(lambda: server.started)
    with httpx.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}") as client:
        yield server, client
    server.should_exit = True
    thread.join()
    listening.close()


@contextmanager
def phone(hotline_url: str) -> Iterator[httpx.Client]:
    """Run a phone; yield a client whose base is its address."""
    with started(hotline_url) as (_, client):
        yield client
