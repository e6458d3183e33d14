"""Bring webhooks to the hotline as a provider does: signed once, repeated until it says 2xx."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx

FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 60.0
MAX_ATTEMPTS = 20  # about a quarter of an hour; the providers go on for a day or a week
NO_ANSWER = 0  # the status of an attempt that nobody answered


@dataclass(slots=True)
class Delivery:
    """One webhook, and how its delivery went."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    status: int = NO_ANSWER
    seconds: float = 0.0  # of the newest attempt, from the first byte to the answer
    attempts: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_accepted(self) -> bool:
        """Return whether the hotline took it."""
        return httpx.codes.is_success(self.status)

    def as_json(self) -> dict[str, object]:
        """Return what a test or a bench wants to know."""
        return {
            "delivered": self.is_accepted,
            "status": self.status,
            "seconds": self.seconds,
            "attempts": self.attempts,
        }


class Deliverer:
    """Sends webhooks in the background, and remembers the last one of each app."""

    def __init__(self, client: httpx.AsyncClient | None = None) -> None:
        limits = httpx.Limits(max_connections=200)
        self._client = client or httpx.AsyncClient(timeout=30, limits=limits, trust_env=False)
        self._tasks: set[asyncio.Task[None]] = set()
        self._last: dict[str, Delivery] = {}

    def start(self, app: str, delivery: Delivery, then: Callable[[str], None]) -> Delivery:
        """Deliver in the background; `then` hears "delivered" or "failed"."""
        self._last[app] = delivery
        task = asyncio.create_task(self._deliver(delivery, then))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return delivery

    async def repeat(self, app: str) -> Delivery | None:
        """Send the app's last webhook once more, byte for byte."""
        last = self._last.get(app)
        if last is None:
            return None
        again = Delivery(last.url, last.headers, last.body)
        await self._attempt(again)
        return again

    async def close(self) -> None:
        """Stop all deliveries."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    async def _deliver(self, delivery: Delivery, then: Callable[[str], None]) -> None:
        wait_seconds = FIRST_WAIT_SECONDS
        while delivery.attempts < MAX_ATTEMPTS:
            asked = await self._attempt(delivery)
            if delivery.is_accepted:
                break
            await asyncio.sleep(min(asked or wait_seconds, LONGEST_WAIT_SECONDS))
            wait_seconds = min(wait_seconds * 2, LONGEST_WAIT_SECONDS)
        then("delivered" if delivery.is_accepted else "failed")
        delivery.done.set()

    async def _attempt(self, delivery: Delivery) -> float | None:
        """Send once; return how many seconds the hotline asks to wait, where it does."""
        delivery.attempts += 1
        started = time.perf_counter()
        try:
            answer = await self._client.post(
                delivery.url, content=delivery.body, headers=delivery.headers
            )
        except httpx.HTTPError:
            delivery.status, asked = NO_ANSWER, ""
        else:
            delivery.status, asked = answer.status_code, answer.headers.get("retry-after", "")
        delivery.seconds = time.perf_counter() - started
        return float(asked) if asked.isdecimal() else None
