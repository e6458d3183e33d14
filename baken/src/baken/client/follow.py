"""Follow a feed for ever: ask for what comes after what we hold, keep it, ask again.

Whoever keeps the list (a file, the memory of a check server) is a Keeper. Nothing is remembered
here but through it, so a failure at any place is mended by asking again from its position.
"""

import asyncio
import logging
import random
import time
from collections.abc import Iterable
from typing import Protocol

from baken.client.api import Api, ApiError, PositionUnknownError
from baken.hashlist import Delta

WAIT_SECONDS = 30
REFRESH_SECONDS = 30.0  # how often we ask which lists we may read
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 30.0

_log = logging.getLogger(__name__)


class Keeper(Protocol):
    """Holds one list."""

    @property
    def position(self) -> int:
        """The position after which to read on."""

    def start_over(self) -> None:
        """Take the next deltas as a new copy, which comes into force when it is confirmed."""

    def apply(self, deltas: Iterable[Delta]) -> None:
        """Keep the deltas that follow `position`."""

    def confirm(self, at: float) -> None:
        """Hear that what is kept was the list's newest position at that time (Unix seconds)."""


class Household(Protocol):
    """Has a keeper for each list."""

    def names(self) -> list[str]:
        """Return the lists that are kept."""

    def admit(self, name: str) -> Keeper:
        """Return the keeper of a list: a new one, or the one that has kept it before."""

    def dismiss(self, name: str) -> None:
        """Stop using a list that we may no longer read."""


class StuckFeedError(ApiError):
    """The server says that there is more to read, and does not give it."""

    def __init__(self, name: str, *, position: int, head: int) -> None:
        super().__init__(f"List '{name}' ends at {head}, but nothing comes after {position}.")


class Backoff:
    """How long to pause after failures: twice as long each time, never all at one moment."""

    def __init__(self) -> None:
        self._next = FIRST_PAUSE_SECONDS

    async def pause(self) -> None:
        """Wait, longer each time."""
        # Jitter: after an outage a thousand clients must not come back in one second.
        await asyncio.sleep(self._next * random.uniform(0.5, 1.0))  # noqa: S311  not a secret
        self._next = min(self._next * 2, LONGEST_PAUSE_SECONDS)

    def reset(self) -> None:
        """Forget the failures."""
        self._next = FIRST_PAUSE_SECONDS


async def read_page(api: Api, name: str, keeper: Keeper, *, wait: int = 0) -> bool:
    """Ask once and keep the answer; return whether the keeper holds all there is."""
    before = keeper.position
    try:
        page = await api.feed(name, after=before, wait=wait)
    except PositionUnknownError:
        _log.warning("List '%s': the server does not know position %d; reading anew", name, before)
        keeper.start_over()
        return False
    keeper.apply(page.deltas)
    if keeper.position >= page.head:
        keeper.confirm(time.time() - page.age_seconds)
        return True
    if keeper.position == before:
        raise StuckFeedError(name, position=before, head=page.head)
    return False


async def read_to_head(api: Api, name: str, keeper: Keeper) -> None:
    """Read until nothing is left."""
    while not await read_page(api, name, keeper):
        pass


async def read_all(api: Api, household: Household) -> None:
    """Bring every list that our key may read to its head, once."""
    granted = {standing.name for standing in await api.lists()}
    for name in set(household.names()) - granted:
        household.dismiss(name)
    for name in sorted(granted):
        await read_to_head(api, name, household.admit(name))


async def follow(api: Api, name: str, keeper: Keeper) -> None:
    """Follow one list until the server says that asking again is of no use."""
    backoff = Backoff()
    wait = 0  # at first and after a failure: a list in which nothing happens is confirmed too
    while True:
        try:
            await read_page(api, name, keeper, wait=wait)
        except ApiError as error:
            if error.permanent:
                raise
            _log.warning("%s", error)
            wait = 0
            await backoff.pause()
        else:
            backoff.reset()
            wait = WAIT_SECONDS


class _Followers:
    """One running follower for each list that we may read."""

    def __init__(self, api: Api, household: Household) -> None:
        self._api = api
        self._household = household
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def regroup(self) -> None:
        """Start followers for lists that we may read now, and stop the others."""
        granted = {standing.name for standing in await self._api.lists()}
        for name in {*self._tasks, *self._household.names()} - granted:
            await self._stop(name)
            self._household.dismiss(name)
        for name in granted - self._tasks.keys():
            keeper = self._household.admit(name)
            self._tasks[name] = asyncio.create_task(follow(self._api, name, keeper))

    async def wait(self) -> bool:
        """Wait until it is time to regroup; return whether all followers still run."""
        if not self._tasks:
            await asyncio.sleep(REFRESH_SECONDS)
            return True
        ended, _ = await asyncio.wait(
            self._tasks.values(), timeout=REFRESH_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        for name in [name for name, task in self._tasks.items() if task in ended]:
            error = self._tasks.pop(name).exception()
            if not isinstance(error, ApiError):
                raise error or RuntimeError(f"The follower of '{name}' ended.")
            _log.warning("%s", error)
        return not ended

    async def _stop(self, name: str) -> None:
        task = self._tasks.pop(name, None)
        if task:
            task.cancel()
            await asyncio.wait([task])

    async def stop(self) -> None:
        """Stop all."""
        for name in list(self._tasks):
            await self._stop(name)


async def follow_all(api: Api, household: Household) -> None:
    """Follow every list that our key may read, until the server refuses the key itself."""
    followers = _Followers(api, household)
    backoff = Backoff()
    try:
        while True:
            try:
                await followers.regroup()
                all_run = await followers.wait()
            except ApiError as error:
                if error.permanent:
                    raise
                _log.warning("%s", error)
                all_run = False
            if all_run:
                backoff.reset()
            else:
                await backoff.pause()
    finally:
        await followers.stop()
