"""Serve the lists of another server's feed: a hotline's, or another check server's.

With a folder for a copy, this one starts from the copy even when the other server is away, and
writes to it what it learns. The memory comes first: a full disk must not hold up a retraction.
"""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from baken.client.api import Api, ApiError
from baken.client.copy import Copy, Folder
from baken.client.follow import LONGEST_PAUSE_SECONDS, Backoff, Keeper, follow_all, read_all
from baken.edge.lists import Lists, ServedList

MIRROR_SECONDS = 0.5
SLICE_DELTAS = 500  # after so many, others have a turn

_T = TypeVar("_T")

_log = logging.getLogger(__name__)


class FeedSource:
    """Follows every list of a server that the key may read."""

    def __init__(self, url: str, key: str, copy: Path | None = None) -> None:
        self._url = url
        self._key = key
        self._copy = copy

    async def follow(self, lists: Lists) -> None:
        """Run until cancelled."""
        async with contextlib.AsyncExitStack() as stack:
            api = await stack.enter_async_context(Api(self._url, self._key))
            folder = stack.enter_context(Folder(self._copy, api.server)) if self._copy else None
            memory = _Memory(lists, folder)
            stack.push_async_callback(memory.stop)
            await memory.load()
            await _follow(api, memory)


async def _follow(api: Api, memory: "_Memory") -> None:
    """Follow the feed; whatever the server refuses, try again some time."""
    backoff = Backoff()
    while True:
        try:
            if not memory.is_loaded:
                await read_all(api, memory)
                memory.mark_loaded()
            backoff.reset()
            await follow_all(api, memory)
        except ApiError as error:
            _log.warning("%s", error)
            # A refused key is mended by a person: no need to ask every second.
            await asyncio.sleep(LONGEST_PAUSE_SECONDS if error.permanent else 0)
            await backoff.pause()


class _Memory:
    """The check server's lists as a Household, with their copies on disk if there is a folder."""

    def __init__(self, lists: Lists, folder: Folder | None) -> None:
        self._lists = lists
        self._folder = folder
        self._mirrors: dict[str, asyncio.Task[None]] = {}

    @property
    def is_loaded(self) -> bool:
        return self._lists.is_loaded

    def mark_loaded(self) -> None:
        self._lists.mark_loaded()

    def names(self) -> list[str]:
        """Return the lists that are kept."""
        return self._lists.names()

    def admit(self, name: str) -> Keeper:
        """Return the list to feed, and begin to copy it."""
        served = self._lists.open(name)
        if self._folder and name not in self._mirrors:
            mirror = _mirror(served, served.generation, self._folder)
            self._mirrors[name] = asyncio.create_task(mirror)
        return served

    def dismiss(self, name: str) -> None:
        """Forget a list, and its copy."""
        self._lists.drop(name)
        mirror = self._mirrors.pop(name, None)
        if mirror:
            mirror.cancel()
        if self._folder:
            self._folder.remove(name)

    async def load(self) -> None:
        """Take from the copies what they have, and serve it if each was whole at some time."""
        if self._folder is None:
            return
        names = self._folder.names()
        for name in names:
            await self._load(self._folder, name)
        if names and all(self._lists.get(name) for name in names):
            self._lists.mark_loaded()

    async def _load(self, folder: Folder, name: str) -> None:
        served = self._lists.open(name)
        with contextlib.closing(folder.open(name)) as copy:
            deltas = copy.deltas()
            while slice_ := list(itertools.islice(deltas, SLICE_DELTAS)):
                served.apply(slice_)
                await asyncio.sleep(0)
        confirmed_at = folder.confirmed_at(name)
        if confirmed_at is not None:
            served.confirm(confirmed_at)

    async def stop(self) -> None:
        """Stop copying."""
        for mirror in self._mirrors.values():
            mirror.cancel()
        if self._mirrors:
            await asyncio.wait(self._mirrors.values())


async def _mirror(served: ServedList, generation: int, folder: Folder) -> None:
    """Write to the copy what the memory has, for ever."""
    with contextlib.closing(await _uninterrupted(folder.open, served.name)) as copy:
        while True:
            if served.generation != generation:
                generation = served.generation
                copy.start_over()
            try:
                await _write(served, generation, copy)
            except OSError as error:
                _log.error("List '%s' is not copied: %s", served.name, error.strerror)
                await asyncio.sleep(MIRROR_SECONDS * 10)
            await asyncio.sleep(MIRROR_SECONDS)


async def _write(served: ServedList, generation: int, copy: Copy) -> None:
    """Bring the copy to where the memory is."""
    while deltas := served.after(copy.position, SLICE_DELTAS):
        await _uninterrupted(copy.apply, deltas)
        if served.generation != generation:
            return
    at = served.confirmed_at
    if at is not None and at != copy.confirmed_at:
        await _uninterrupted(copy.confirm, at)


async def _uninterrupted(work: Callable[..., _T], *arguments: Any) -> _T:
    """Do work in a thread, and see it through even when cancelled: it holds an open file."""
    task = asyncio.create_task(asyncio.to_thread(work, *arguments))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
