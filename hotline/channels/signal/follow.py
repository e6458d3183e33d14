"""Follow signal-cli's events for as long as the process lives.

The daemon sends each message once and keeps nothing for a listener that is away, except when
it runs with --receive-mode=on-connection: then Signal's servers keep the messages until a
listener is connected. So the connection is renewed at once and for ever.
"""

import logging
import random
import time
from collections.abc import Callable, Generator, Iterator

import httpx
from httpx_sse import SSEError, connect_sse

log = logging.getLogger(__name__)

# The daemon writes a keep-alive every 15 seconds: three missed ones mean it is gone.
SILENCE_SECONDS = 50
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 30.0


def events(
    api_url: str, account: str = "", *, sleep: Callable[[float], None] = time.sleep
) -> Generator[bytes, None, None]:
    """Yield the data of each event, for ever; hand each to the adapter's `parse`."""
    timeout = httpx.Timeout(10, read=SILENCE_SECONDS)
    wait_seconds = FIRST_WAIT_SECONDS
    with httpx.Client(timeout=timeout) as client:
        while True:
            try:
                for data in _connected(client, api_url, account):
                    wait_seconds = FIRST_WAIT_SECONDS
                    yield data
                reason = "the daemon closed the connection"
            except (httpx.HTTPError, httpx.InvalidURL, SSEError) as error:
                reason = type(error).__name__
            log.warning("Signal's daemon is away (%s); connecting again.", reason)
            sleep(wait_seconds * random.uniform(0.5, 1))  # noqa: S311 - spreads load, guards nothing
            wait_seconds = min(wait_seconds * 2, LONGEST_WAIT_SECONDS)


def _connected(client: httpx.Client, api_url: str, account: str) -> Iterator[bytes]:
    params = {"account": account} if account else {}
    url = f"{api_url.rstrip('/')}/api/v1/events"
    with connect_sse(client, "GET", url, params=params) as source:
        source.response.raise_for_status()
        for event in source.iter_sse():
            if event.data:
                yield event.data.encode()
