"""The HTTP calls that a site makes to a hotline's feed or to a check server.

One class, one method per call. Whatever goes wrong becomes an ApiError whose sentence names
what to do and whose `permanent` says whether asking again can help. The key travels in a
header only and is in no message.
"""

from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec

from baken.client.messages import Answer, CheckRequest, Lists, ListStanding, Problem, Query
from baken.hashlist import LIST_NAME, Page

PATIENCE_SECONDS = 15.0  # on top of the wait that was asked for
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

_Message = TypeVar("_Message", Answer, Lists, Page)


class ApiError(Exception):
    """The server did not give what was asked for."""

    def __init__(self, sentence: str, *, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status

    @property
    def permanent(self) -> bool:
        """Whether the same question will be refused again until somebody changes something."""
        if self.status is None or not httpx.codes.is_client_error(self.status):
            return False
        return self.status not in {httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_MANY_REQUESTS}


class PositionUnknownError(ApiError):
    """The server's list is shorter than ours: it began again, so we must read it from 0."""


class BadServerUrlError(ApiError):
    """The server's address cannot be one."""

    def __init__(self, url: str) -> None:
        sentence = f"'{url}' is no server address; it begins with http:// or https://."
        super().__init__(sentence, status=400)


class UnreachableError(ApiError):
    """No complete answer came."""

    def __init__(self, server: str, error: httpx.HTTPError) -> None:
        problem = str(error) or type(error).__name__
        super().__init__(f"No answer from {server}: {problem}.")


class MalformedAnswerError(ApiError):
    """An answer came that is not what the protocol says; a proxy's page, or half of one."""

    def __init__(self, server: str, problem: str) -> None:
        super().__init__(f"{server} gave an answer that cannot be read: {problem}")


def _server_of(url: str) -> str:
    """Return the address without its trailing slash, refusing what is none."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadServerUrlError(url)
    return url.rstrip("/")


class Api:
    """A server and the key that it knows us by."""

    def __init__(self, url: str, key: str = "") -> None:
        self.server = _server_of(url)
        self._http = httpx.AsyncClient(
            base_url=self.server,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=PATIENCE_SECONDS,
            follow_redirects=False,  # the key is for this server only
            trust_env=urlsplit(url).hostname not in LOOPBACK,  # no proxy to ourselves
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def lists(self) -> tuple[ListStanding, ...]:
        """Return the lists that our key may read, and where they stand."""
        answer = await self._ask("GET", "/api/v1/lists", Lists)
        for standing in answer.lists:
            if not LIST_NAME.fullmatch(standing.name):
                raise MalformedAnswerError(self.server, "a list has a name that no list may have.")
        return answer.lists

    async def feed(self, name: str, *, after: int, wait: int, limit: int = 1000) -> Page:
        """Return the deltas after `after`; wait up to `wait` seconds when there are none yet."""
        path = f"/api/v1/lists/{name}/feed?after={after}&wait={wait}&limit={limit}"
        page = await self._ask("GET", path, Page, patience=wait + PATIENCE_SECONDS)
        if page.list != name:
            raise MalformedAnswerError(self.server, "it is a page of another list.")
        return page

    async def check(self, fingerprints: tuple[Query, ...]) -> Answer:
        """Return which of the fingerprints are on the lists that our key may check."""
        body = msgspec.json.encode(CheckRequest(fingerprints))
        answer = await self._ask("POST", "/v1/check", Answer, body=body)
        if len(answer.results) != len(fingerprints):
            raise MalformedAnswerError(self.server, "it has another number of results.")
        return answer

    async def _ask(
        self,
        method: str,
        path: str,
        message: type[_Message],
        *,
        body: bytes | None = None,
        patience: float = PATIENCE_SECONDS,
    ) -> _Message:
        timeout = httpx.Timeout(PATIENCE_SECONDS, read=patience)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        try:
            response = await self._http.request(
                method, path, content=body, headers=headers, timeout=timeout
            )
        except httpx.HTTPError as error:
            raise UnreachableError(self.server, error) from error
        if response.status_code != httpx.codes.OK:
            raise _refusal(self.server, response)
        try:
            return msgspec.json.decode(response.content, type=message)
        except msgspec.DecodeError as error:
            raise MalformedAnswerError(self.server, f"{error}.") from error


def _refusal(server: str, response: httpx.Response) -> ApiError:
    """Return the error that a refusing answer stands for."""
    try:
        problem = msgspec.json.decode(response.content, type=Problem)
    except msgspec.DecodeError:
        problem = Problem("unknown", f"it answered {response.status_code} without a reason.")
    kind = PositionUnknownError if problem.error == "position_unknown" else ApiError
    return kind(f"{server} refuses: {problem.detail}", status=response.status_code)
