"""Measure the chain as its users feel it, through the processes that `make run` starts.

`make bench NAME=chain`. Nothing is short-circuited: photos go from the stand-in phone through
signed webhooks, two analysts decide over HTTP, a partner asks the check server.
"""

import asyncio
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "baken" / "src")]

from baken import hash_bytes  # noqa: E402  # the path comes first
from bench.results import Result, quantile, report  # noqa: E402  # the path comes first
from tests.pictures import landscape, to_jpeg  # noqa: E402  # the path comes first
from tests.system import System, running  # noqa: E402  # the path comes first

RATE = 50  # messages a second
LOAD_SECONDS = 10
ROUNDS = 10
ACK_LIMIT = 0.25  # the providers like their 200 within this median
REPLY_LIMIT = 5.0  # "within seconds"
EDGE_LIMIT = 1.0  # a new entry or a retraction must be in force
BASELINE = {
    "depiction": "real",
    "ages": "3-6",
    "conduct": "sexual-act",
    "origin": "unknown",
    "urgency": "none-seen",
}


class StuckError(Exception):
    """Something that must happen did not."""


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 60) -> float:
    """Poll until it holds; return the seconds that took."""
    began = time.perf_counter()
    while not await holds():
        if time.perf_counter() - began > seconds:
            raise StuckError(holds.__qualname__)
        await asyncio.sleep(0.005)
    return time.perf_counter() - began


class Bench:
    """A running system and the people who use it."""

    def __init__(self, system: System) -> None:
        self.system = system
        # Shorter than the servers keep a connection, so that none is closed under a request.
        limits = httpx.Limits(max_connections=200, keepalive_expiry=1)
        self.http = httpx.AsyncClient(timeout=60, limits=limits)

    async def send(self, person: str, picture: bytes | None = None, **order: str) -> float:
        """Forward something over WhatsApp; return the seconds until the webhook's 200."""
        data = {"app": "whatsapp", "person": person, "wait": "yes", **order}
        files = {"file": ("photo.jpg", picture, "image/jpeg")} if picture else None
        answer = await self.http.post(f"{self.system.phone}/phone/send", data=data, files=files)
        answer.raise_for_status()
        (sent,) = answer.json()["messages"]
        if not sent["delivered"]:
            raise StuckError(person)
        return float(sent["seconds"])

    async def n_replies(self, person: str) -> int:
        """Return how many answers somebody has got."""
        where = {"app": "whatsapp", "person": person}
        answer = await self.http.get(f"{self.system.phone}/phone/messages", params=where)
        found = answer.json()
        messages = found["messages"] if isinstance(found, dict) else found
        return sum(message["author"] == "hotline" for message in messages)

    async def is_match(self, pdq: str) -> bool:
        """Ask the check server, as a partner does."""
        body = {"fingerprints": [{"algorithm": "pdq", "value": pdq}]}
        headers = {"Authorization": f"Bearer {self.system.key}"}
        url = f"{self.system.edge}/v1/check"
        answer = await self.http.post(url, json=body, headers=headers)
        answer.raise_for_status()
        return bool(answer.json()["results"][0]["match"])


class Analyst:
    """Somebody in the console, without the browser around it."""

    def __init__(self, link: str) -> None:
        self.base = link.split("/sign-in", maxsplit=1)[0]
        self.http = httpx.AsyncClient(timeout=60, follow_redirects=True)
        self.link = link

    async def post(self, path: str, page: str, data: dict[str, str]) -> None:
        """Send a form of a page."""
        shown = (await self.http.get(page)).text
        token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', shown)[-1]
        form = {**data, "csrfmiddlewaretoken": token}
        answer = await self.http.post(path, data=form, headers={"Referer": page})
        answer.raise_for_status()

    async def sign_in(self) -> None:
        """Use the one-time link."""
        await self.post(self.link, self.link, {})

    async def first_item(self) -> str:
        """Return the path of the first item in the queue, or nothing."""
        page = (await self.http.get(f"{self.base}/queue")).text
        found = re.findall(r'href="(/items/[0-9a-f-]+)"', page)
        return str(found[0]) if found else ""

    async def say(self, item: str) -> None:
        """Say that it is what belongs on the list."""
        await self.post(f"{self.base}{item}/assess", f"{self.base}{item}", BASELINE)

    async def retract_newest(self) -> None:
        """Take the newest entry back."""
        page = (await self.http.get(f"{self.base}/list?state=listed")).text
        entry = self.base + re.findall(r'href="(/list/[0-9a-f-]+)"', page)[0]
        await self.post(f"{entry}/retract", entry, {"reason": "measured"})


async def measure_replies(bench: Bench) -> list[float]:
    """Return the seconds from forwarding a photo to the reply on the phone, one at a time."""
    seconds = []
    for number in range(ROUNDS):
        person = f"waiting-{number}"
        began = time.perf_counter()
        await bench.send(person, to_jpeg(landscape(500 + number, (1600, 1200))))

        async def answered(person: str = person) -> bool:
            return await bench.n_replies(person) > 0

        await until(answered)
        seconds.append(time.perf_counter() - began)
    return seconds


async def measure_edge(bench: Bench, people: list[Analyst]) -> tuple[list[float], list[float]]:
    """Return the seconds from the second opinion to a match, and from a retraction to none."""
    matched, unmatched = [], []
    for number in range(ROUNDS):
        picture = to_jpeg(landscape(900 + number, (1600, 1200)))
        (pdq,) = [f.value.hex() for f in hash_bytes(picture).fingerprints if f.algorithm == "pdq"]

        async def is_listed(pdq: str = pdq) -> bool:
            return await bench.is_match(pdq)

        async def is_gone(pdq: str = pdq) -> bool:
            return not await bench.is_match(pdq)

        async def is_queued() -> bool:
            return bool(await people[0].first_item())

        await bench.send(f"maker-{number}", picture)
        await until(is_queued)
        item = await people[0].first_item()
        await people[0].say(item)
        shown = asyncio.ensure_future(until(is_listed))
        await people[1].say(item)
        said = time.perf_counter()
        await shown
        matched.append(max(0.0, time.perf_counter() - said))
        await people[0].retract_newest()
        unmatched.append(await until(is_gone))
    return matched, unmatched


async def settle_queue(people: list[Analyst]) -> None:
    """Empty the queue, so that what follows finds only its own item."""
    while item := await people[0].first_item():
        for one in people:
            await one.say(item)


async def measure_load(bench: Bench) -> tuple[list[float], float]:
    """Return the seconds to each 200 at the rate, and the seconds until the last reply after it."""
    sent: list[asyncio.Task[float]] = []
    began = time.perf_counter()
    for number in range(RATE * LOAD_SECONDS):
        await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
        # As it is: re-encoding would measure the phone.
        photo = bench.send(f"crowd-{number}", sample="harbour")
        sent.append(asyncio.ensure_future(photo))
    seconds = list(await asyncio.gather(*sent))
    ended = time.perf_counter()
    for number in range(RATE * LOAD_SECONDS):

        async def answered(person: str = f"crowd-{number}") -> bool:
            return await bench.n_replies(person) > 0

        await until(answered, seconds=600)
    return seconds, time.perf_counter() - ended


async def measure(system: System) -> list[Result]:
    """Run every part on one system, the quiet ones first."""
    bench = Bench(system)
    people = [Analyst(link) for link in system.links]
    for one in people:
        await one.sign_in()
    replies = await measure_replies(bench)
    await settle_queue(people)
    matched, unmatched = await measure_edge(bench, people)
    acks, drained = await measure_load(bench)
    n = len(acks)
    ack = f"limit {ACK_LIMIT} s"
    reply = f"limit {REPLY_LIMIT} s"
    edge = f"limit {EDGE_LIMIT} s"
    at = f"at {RATE} photos/s"
    return [
        Result(f"webhook to 200, median, {at}", quantile(acks, 0.5), "s", ack, ACK_LIMIT),
        Result(f"webhook to 200, p99, {at}", quantile(acks, 0.99), "s", "limit 1.0 s", 1.0),
        Result(f"last reply after {n} photos {at}", drained, "s"),
        Result("photo to reply, median", quantile(replies, 0.5), "s", reply, REPLY_LIMIT),
        Result("photo to reply, worst", max(replies), "s", reply, REPLY_LIMIT),
        Result("second opinion to match, median", quantile(matched, 0.5), "s", edge, EDGE_LIMIT),
        Result("second opinion to match, worst", max(matched), "s", edge, EDGE_LIMIT),
        Result("retraction to no match, median", quantile(unmatched, 0.5), "s", edge, EDGE_LIMIT),
        Result("retraction to no match, worst", max(unmatched), "s", edge, EDGE_LIMIT),
    ]


def measure_check() -> Result:
    """Return how long `make check` takes on this machine."""
    began = time.perf_counter()
    subprocess.run(["make", "check"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S607  # the make that runs us
    return Result("make check", time.perf_counter() - began, "s", "limit 900 s", 900)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="baken-bench-") as folder:
        began = time.perf_counter()
        with running(Path(folder) / "data") as system:
            first = time.perf_counter() - began
            results = asyncio.run(measure(system))
        began = time.perf_counter()
        with running(Path(folder) / "data"):
            second = time.perf_counter() - began
    results += [
        Result("first start, from installed", first, "s"),
        Result("second start", second, "s", "limit 10 s", 10),
    ]
    if "--without-check" not in sys.argv:
        results.append(measure_check())
    report("The chain", results)


if __name__ == "__main__":
    main()
