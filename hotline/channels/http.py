"""Call a provider over HTTP; whatever goes wrong becomes a ChannelError that gives nothing away.

URLs carry tokens and media ids, and bodies carry numbers and texts: no error made here holds
a URL, a body or the library's own message, and none is chained to one that does.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import httpx
import msgspec

from hotline.channels.base import ChannelError

CHUNK_BYTES = 1 << 16
MAX_ANSWER_BYTES = 1 << 20  # of an answer that is not media
TOO_MANY_REQUESTS = 429
SERVER_ERROR = 500
# A wrong token or number is mended by the hotline's engineer, not by the next try.
MISCONFIGURED_SECONDS = 300.0


class UnreachableError(ChannelError):
    """The provider did not answer, or stopped in the middle of its answer."""

    def __init__(self, provider: str, problem: str) -> None:
        super().__init__(f"{provider} could not be reached ({problem}); trying again helps.")


class RefusedError(ChannelError):
    """The provider answered with an error."""

    def __init__(
        self,
        provider: str,
        reason: str,
        *,
        permanent: bool = False,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(
            f"{provider} refused: {reason}",
            permanent=permanent,
            retry_after_seconds=retry_after_seconds,
        )


class NotConfiguredError(ChannelError):
    """The channel's address or token is missing in the settings."""

    def __init__(self, provider: str) -> None:
        super().__init__(
            f"{provider} is not set up: its address or token is missing in the settings.",
            retry_after_seconds=MISCONFIGURED_SECONDS,
        )


class Provider:
    """One provider's HTTP interface; made once, used by many threads."""

    def __init__(
        self, name: str, headers: Mapping[str, str] | None = None, *, read_seconds: float = 30
    ) -> None:
        self.name = name
        self._headers = dict(headers or {})
        self._timeout = httpx.Timeout(read_seconds, connect=10, pool=30)

    @cached_property
    def _client(self) -> httpx.Client:
        # Loading the certificates takes a moment: only where a call is really made.
        return httpx.Client(headers=self._headers, timeout=self._timeout)

    def close(self) -> None:
        """Close the connections that are kept open for the next call."""
        self._client.close()

    def call(self, method: str, url: str, *, payload: object = None) -> httpx.Response:
        """Return the answer to a small request, whatever its status."""
        with self.stream(method, url, payload=payload) as response:
            taken = b""
            for chunk in self.chunks(response):
                taken += chunk
                if len(taken) > MAX_ANSWER_BYTES:
                    raise UnreachableError(self.name, "its answer does not end")
            return httpx.Response(response.status_code, headers=_plain(response), content=taken)

    @contextmanager
    def stream(self, method: str, url: str, *, payload: object = None) -> Iterator[httpx.Response]:
        """Open an answer whose body is read piece by piece with `chunks`."""
        content = None if payload is None else msgspec.json.encode(payload)
        headers = {} if content is None else {"Content-Type": "application/json"}
        try:
            with self._client.stream(method, url, content=content, headers=headers) as response:
                yield response
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise UnreachableError(self.name, type(error).__name__) from None

    def chunks(self, response: httpx.Response) -> Iterator[bytes]:
        """Yield the body; a connection that breaks off is a ChannelError, never a short file."""
        try:
            yield from response.iter_bytes(CHUNK_BYTES)
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise UnreachableError(self.name, type(error).__name__) from None


def _plain(response: httpx.Response) -> dict[str, str]:
    # The body is decompressed already; what says otherwise would be read again.
    names = ("content-type", "retry-after")
    return {name: response.headers[name] for name in names if name in response.headers}


def json_of(response: httpx.Response) -> dict[str, Any]:
    """Return the answer's JSON object; empty where it is none."""
    try:
        value = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def retry_after(response: httpx.Response) -> float | None:
    """Return the Retry-After header in seconds, where the provider says it in seconds."""
    value = response.headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() else None


def is_worth_retrying(status: int) -> bool:
    """Return whether an answer of this status may be another one next time."""
    return status >= SERVER_ERROR or status in {408, 425, TOO_MANY_REQUESTS}
