"""The hotline's check server: `baken edge` with our database as its source and its keyring.

The database tells of every change at its commit (LISTEN); whatever is told, everything that
changed is read, so a message that was lost or came twice does no harm. A look every few seconds
makes up for lost ones. While the database is away, checks go on from memory.
"""

import asyncio
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

import psycopg
import structlog
from django.db import Error, close_old_connections, connection, connections

from baken.edge import Grant, Lists
from baken.edge.access import NotLoadedError
from hotline.exchange.keys import HeldKey, grant_among, keys_in_force
from hotline.registry.log import deltas_after, heads

CHANNELS = ("baken_list", "baken_keys")
LOOK_SECONDS = 5.0
AWAY_SECONDS = 1.0  # between tries while the database is away
PAGE = 1000  # deltas applied at once; checks are answered in between
DJANGO_S_OWN = {"cursor_factory", "context"}

Given = ParamSpec("Given")
Found = TypeVar("Found")

_log = structlog.get_logger(__name__)


class LogGapError(Exception):
    """The list's log has no next line although its head is further on."""

    def __init__(self, name: str, position: int) -> None:
        super().__init__(f"The log of list '{name}' has nothing that follows {position}.")


class DatabaseKeyring:
    """The partners' keys, in memory: `find` never waits for the database."""

    def __init__(self) -> None:
        self._held: dict[str, HeldKey] | None = None

    def find(self, key: str) -> Grant | None:
        """Return what the key opens, as the database last said."""
        if self._held is None:
            # Not "unknown": a partner's machine that hears that gives up.
            raise NotLoadedError
        return grant_among(self._held, key)

    def replace(self, held: dict[str, HeldKey]) -> None:
        """Let these keys, and no others, open something."""
        self._held = held


class DatabaseSource:
    """Feeds the check server from the registry, and its keyring from the partners."""

    def __init__(self, keyring: DatabaseKeyring) -> None:
        self._keyring = keyring

    async def follow(self, lists: Lists) -> None:
        """Follow the database until cancelled, also across its restarts."""
        with _Reader() as reader:
            while True:
                try:
                    await self._follow_connected(lists, reader)
                except (psycopg.Error, Error, OSError, TimeoutError) as error:
                    # Only the kind: the text may name the server and its user.
                    _log.warning("the database is away", kind=type(error).__name__)
                await asyncio.sleep(AWAY_SECONDS * random.uniform(0.5, 1))  # noqa: S311  no secret

    async def _follow_connected(self, lists: Lists, reader: "_Reader") -> None:
        async with await _listen() as listening:
            while True:
                # A connection that died without a word must be noticed before it is trusted.
                async with asyncio.timeout(LOOK_SECONDS):
                    await listening.execute("SELECT 1")
                await self._catch_up(lists, reader)
                async for _ in listening.notifies(timeout=LOOK_SECONDS, stop_after=1):
                    pass

    async def _catch_up(self, lists: Lists, reader: "_Reader") -> None:
        """Read all that changed."""
        # First the keys: a key that was taken back must not wait behind a long list.
        self._keyring.replace(await reader.read(keys_in_force))
        at = time.time()
        newest = await reader.read(heads)
        for name in set(lists.names()) - newest.keys():
            lists.drop(name)
        for name, head in newest.items():
            await _read_to(head, name, lists, reader)
            lists.open(name).confirm(at)
        lists.mark_loaded()


async def _read_to(head: int, name: str, lists: Lists, reader: "_Reader") -> None:
    served = lists.open(name)
    if served.position > head:
        # The database was put back to an earlier state: what we hold never happened.
        _log.error("a list went back; reading it anew", list=name, head=head)
        served.start_over()
    while served.position < head:
        before = served.position
        served.apply(await reader.read(deltas_after, name, before, PAGE))
        if served.position == before:
            raise LogGapError(name, before)


async def _listen() -> psycopg.AsyncConnection[tuple[object, ...]]:
    """Return a connection of our own that hears of changes, made as Django makes its own."""
    parameters = {
        name: value
        for name, value in connection.get_connection_params().items()
        if name not in DJANGO_S_OWN
    }
    listening = await psycopg.AsyncConnection.connect(**parameters, autocommit=True)
    for channel in CHANNELS:
        await listening.execute(f"LISTEN {channel}".encode())
    return listening


class _Reader:
    """Reads with Django in one thread of its own, which leaves no connection behind."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.submit(connections.close_all)
        self._thread.shutdown()

    async def read(
        self, find: Callable[Given, Found], *args: Given.args, **kwargs: Given.kwargs
    ) -> Found:
        """Return what `find` finds."""

        def in_thread() -> Found:
            close_old_connections()  # one that broke is replaced
            return find(*args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._thread, in_thread)
