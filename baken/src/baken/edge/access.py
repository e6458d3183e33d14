"""Who may ask what: the table of rights, and the check that stands before every answer."""

import asyncio
from http import HTTPStatus
from typing import Protocol

import msgspec

from baken.edge.asgi import Refusal, Request
from baken.edge.lists import Lists, ServedList
from baken.sandbox import Decoded

_BEARER = "bearer "


class Grant(msgspec.Struct, frozen=True):
    """What the holder of a key may do."""

    partner: str
    lists: frozenset[str] | None  # None: all
    may_check: bool
    may_feed: bool


class Keyring(Protocol):
    """Knows the keys."""

    def find(self, key: str) -> Grant | None:
        """Return what the key opens, or None for an unknown one; called on the event loop."""


class Decoder(Protocol):
    """Makes the fingerprints of a file; baken.sandbox.DecoderPool, or a small one in tests."""

    def fingerprint(self, data: bytes) -> Decoded:
        """Return the fingerprints of a file, or raise DecodeError; called in a thread."""


class Edge:
    """What every request is answered from."""

    def __init__(self, lists: Lists, keyring: Keyring, decoder: Decoder) -> None:
        self.lists = lists
        self.keyring = keyring
        self.decoder = decoder
        # Each holds up to 100 MiB: this bounds the memory that media checks can take.
        self.media_places = asyncio.Semaphore(4)


class UnknownKeyError(Refusal):
    """There is no key, or nobody has it."""

    status = HTTPStatus.UNAUTHORIZED
    code = "unknown_key"
    headers = ((b"www-authenticate", b"Bearer"),)

    def __init__(self) -> None:
        super().__init__("Send your key in the header 'Authorization: Bearer KEY'.")


class NotGrantedError(Refusal):
    """The key is known, but does not open this."""

    status = HTTPStatus.FORBIDDEN
    code = "not_granted"

    def __init__(self, what: str) -> None:
        super().__init__(f"This key may not {what}; ask the hotline for it.")


class UnknownListError(Refusal):
    """There is no such list."""

    status = HTTPStatus.NOT_FOUND
    code = "unknown_list"

    def __init__(self) -> None:
        super().__init__("No list of this name is here; /api/v1/lists names those you may read.")


class NotLoadedError(Refusal):
    """The lists are still being read; an answer now might miss a match."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "not_loaded"
    headers = ((b"retry-after", b"1"),)

    def __init__(self) -> None:
        super().__init__("The lists are still being loaded; ask again in a second.")


class NoListError(Refusal):
    """Nothing would be compared, so an answer of 'no match' would mean nothing."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "no_list"

    def __init__(self) -> None:
        super().__init__("No list is served here that this key may check against.")


def _grant(edge: Edge, request: Request) -> Grant:
    given = request.header(b"authorization")
    key = given[len(_BEARER) :].strip() if given[: len(_BEARER)].lower() == _BEARER else ""
    grant = edge.keyring.find(key)
    if grant is None:
        raise UnknownKeyError
    return grant


def may_check(edge: Edge, request: Request) -> list[ServedList]:
    """Return the lists that the key may check against."""
    grant = _grant(edge, request)
    if not grant.may_check:
        raise NotGrantedError("check fingerprints")
    if not edge.lists.is_loaded:
        raise NotLoadedError
    readable = edge.lists.readable(grant.lists)
    if not readable:
        raise NoListError
    return readable


def may_read_lists(edge: Edge, request: Request) -> list[ServedList]:
    """Return the lists that the key may read."""
    grant = _grant(edge, request)
    if not grant.may_feed:
        raise NotGrantedError("read lists")
    if not edge.lists.is_loaded:
        raise NotLoadedError
    return edge.lists.readable(grant.lists)


def may_read(edge: Edge, request: Request, name: str) -> ServedList:
    """Return the list of this name if the key may read it."""
    grant = _grant(edge, request)
    if not grant.may_feed or (grant.lists is not None and name not in grant.lists):
        raise NotGrantedError("read this list")
    if not edge.lists.is_loaded:
        raise NotLoadedError
    served = edge.lists.get(name)
    if served is None:
        raise UnknownListError
    return served
