"""The feed, over real HTTP: pages, waiting, and the end of waiting."""

import gzip
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.edges import CastKeyring, MemorySource, RunningEdge, delta, md5, retraction, running

N_DELTAS = 120


@pytest.fixture
def keyring() -> CastKeyring:
    return CastKeyring()


@pytest.fixture
def source() -> MemorySource:
    return MemorySource(*(delta(position, md5(position)) for position in range(1, N_DELTAS + 1)))


@pytest.fixture
def edge(source: MemorySource, keyring: CastKeyring) -> Iterator[RunningEdge]:
    with running(source, keyring) as edge:
        yield edge


def feed(edge: RunningEdge, **query: Any) -> httpx.Response:
    url = f"{edge.url}/api/v1/lists/baseline/feed"
    headers = {"Authorization": "Bearer alice", **query.pop("headers", {})}
    return httpx.get(url, params=query, headers=headers, timeout=30, trust_env=False)


class Waiting:
    """A long poll in a thread."""

    def __init__(self, edge: RunningEdge, *, after: int, wait: int = 20) -> None:
        self.response: httpx.Response | None = None
        self._thread = threading.Thread(target=self._ask, args=(edge, after, wait))
        self._thread.start()
        time.sleep(0.2)  # it is waiting now; if not, the test is easier, never wrong

    def _ask(self, edge: RunningEdge, after: int, wait: int) -> None:
        self.response = feed(edge, after=after, wait=wait)

    def answer(self) -> httpx.Response:
        """Return what came."""
        self._thread.join(10)
        assert self.response is not None
        return self.response


def positions(response: httpx.Response) -> list[int]:
    return [one["position"] for one in response.json()["deltas"]]


def test_pages_follow_one_another_and_name_the_head(edge: RunningEdge) -> None:
    first = feed(edge, limit=50)
    assert positions(first) == list(range(1, 51))
    assert (first.json()["list"], first.json()["head"]) == ("baseline", N_DELTAS)
    assert positions(feed(edge, after=100)) == list(range(101, N_DELTAS + 1))
    assert positions(feed(edge, after=N_DELTAS)) == []


def test_a_large_page_is_compressed_for_those_who_ask(edge: RunningEdge) -> None:
    packed = feed(edge, headers={"Accept-Encoding": "gzip"})
    plain = feed(edge, headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.json()["deltas"] == plain.json()["deltas"]
    assert len(gzip.compress(plain.content)) < len(plain.content)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("after", "-1"),
        ("after", "x"),
        ("after", ""),
        ("after", "1" * 30),
        ("after", "1.5"),
        ("wait", "61"),
        ("wait", "nan"),
        ("limit", "5001"),
        ("limit", "²"),
    ],
)
def test_a_bad_number_is_told_which(edge: RunningEdge, field: str, value: str) -> None:
    response = feed(edge, **{field: value})
    assert (response.status_code, response.json()["error"]) == (400, "bad_request")
    assert response.json()["detail"].startswith(f"{field}:")


def test_a_client_ahead_of_us_is_told_that_we_do_not_know_its_position(edge: RunningEdge) -> None:
    response = feed(edge, after=N_DELTAS + 1, wait=20)
    assert (response.status_code, response.json()["error"]) == (409, "position_unknown")


def test_who_waits_is_answered_when_something_comes(
    edge: RunningEdge, source: MemorySource
) -> None:
    waiting = Waiting(edge, after=N_DELTAS)
    source.publish(retraction(N_DELTAS + 1, entry=1))
    assert positions(waiting.answer()) == [N_DELTAS + 1]


def test_who_waits_for_nothing_is_answered_with_an_empty_page(edge: RunningEdge) -> None:
    assert positions(feed(edge, after=N_DELTAS, wait=1)) == []


def test_news_of_another_list_wakes_nobody(edge: RunningEdge, source: MemorySource) -> None:
    waiting = Waiting(edge, after=N_DELTAS, wait=1)
    source.publish(delta(1), name="other")
    assert waiting.response is None
    assert positions(waiting.answer()) == []


def test_a_key_that_is_taken_back_while_it_waits_gets_nothing(
    edge: RunningEdge, source: MemorySource, keyring: CastKeyring
) -> None:
    waiting = Waiting(edge, after=N_DELTAS)
    del keyring.grants["alice"]
    source.publish(delta(N_DELTAS + 1))
    assert waiting.answer().status_code == 401


def test_a_list_that_is_dropped_lets_those_who_wait_go(
    edge: RunningEdge, source: MemorySource
) -> None:
    waiting = Waiting(edge, after=N_DELTAS)
    source.tell(lambda lists: lists.drop("baseline"))
    assert waiting.answer().status_code == 404


def test_a_list_that_starts_over_shows_the_old_one_until_the_new_one_is_whole(
    edge: RunningEdge, source: MemorySource
) -> None:
    source.tell(lambda lists: lists.open("baseline").start_over())
    source.publish(delta(1, md5(9)))
    assert feed(edge).json()["head"] == N_DELTAS
    source.tell(lambda lists: lists.open("baseline").confirm())
    assert feed(edge).json()["head"] == 1
    assert feed(edge, after=2).status_code == 409


def test_stopping_lets_those_who_wait_go(source: MemorySource, keyring: CastKeyring) -> None:
    edge = RunningEdge(source, keyring, decoder=None)  # type: ignore[arg-type]  # no file is checked
    waiting = Waiting(edge, after=N_DELTAS, wait=60)
    edge.stop()
    assert positions(waiting.answer()) == []
