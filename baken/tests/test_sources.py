"""Where a check server's lists come from: another server's feed, or a copy on disk."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from baken.client import Api, ApiError, Folder, read_all
from baken.client.follow import read_to_head
from baken.edge import FeedSource, FolderSource, Lists
from tests.edges import (
    CastKeyring,
    MemorySource,
    RunningEdge,
    delta,
    md5,
    retraction,
    running,
    until,
)


def matches(edge: RunningEdge, number: int) -> bool:
    """Return whether the file of that number matches; no, too, while nothing is loaded."""
    query = {"fingerprints": [{"algorithm": "md5", "value": md5(number).value}]}
    headers = {"Authorization": "Bearer alice"}
    response = httpx.post(edge.url + "/v1/check", json=query, headers=headers, trust_env=False)
    return response.status_code == 200 and bool(response.json()["results"][0]["match"])


def names(edge: RunningEdge) -> list[str]:
    lists = httpx.get(edge.url + "/ready", trust_env=False).json()["lists"]
    return [standing["name"] for standing in lists]


def test_a_change_goes_through_two_servers_in_a_row() -> None:
    source = MemorySource(delta(1, md5(1)))
    with (
        running(source) as first,
        running(FeedSource(first.url, "alice")) as second,
        running(FeedSource(second.url, "alice")) as third,
    ):
        until(lambda: matches(third, 1))
        source.publish(delta(2, md5(2)))
        until(lambda: matches(third, 2))
        source.publish(retraction(3, entry=1))
        until(lambda: not matches(third, 1))


def test_a_list_that_appears_is_followed_and_one_that_is_withdrawn_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("baken.client.follow.REFRESH_SECONDS", 0.1)
    source, keyring = MemorySource(), CastKeyring()
    with running(source, keyring) as first, running(FeedSource(first.url, "alice")) as second:
        until(lambda: names(second) == ["baseline", "other"])
        source.tell(lambda lists: lists.open("new").confirm())
        until(lambda: "new" in names(second))
        keyring.grants["alice"] = keyring.grants["bob"]
        until(lambda: names(second) == ["other"])


def test_a_list_that_starts_over_replaces_the_old_one_down_the_line() -> None:
    source = MemorySource(delta(1, md5(1)), delta(2, md5(2)))
    with running(source) as first, running(FeedSource(first.url, "alice")) as second:
        until(lambda: matches(second, 2))
        source.tell(lambda lists: lists.open("baseline").start_over())
        source.publish(delta(1, md5(3)))
        source.tell(lambda lists: lists.open("baseline").confirm())
        until(lambda: matches(second, 3))
        assert not matches(second, 1)


def test_a_server_with_a_copy_starts_without_the_one_it_follows(tmp_path: Path) -> None:
    source = MemorySource(delta(1, md5(1)))
    with running(source) as first:
        with running(FeedSource(first.url, "alice", tmp_path)) as second:
            until(lambda: matches(second, 1))
            source.publish(delta(2, md5(2)))
            until(lambda: (tmp_path / "baseline.deltas").read_bytes().count(b"\n") == 2)
            until(lambda: '"baseline":null' not in (tmp_path / "server.json").read_text())
        gone = first.url
    with running(FeedSource(gone, "alice", tmp_path)) as second:
        until(lambda: matches(second, 2))


def test_a_copy_follows_a_list_that_starts_over(tmp_path: Path) -> None:
    source = MemorySource(delta(1, md5(1)), delta(2, md5(2)))
    path = tmp_path / "baseline.deltas"
    with running(source) as first, running(FeedSource(first.url, "alice", tmp_path)) as second:
        until(lambda: matches(second, 2))
        source.tell(lambda lists: lists.open("baseline").start_over())
        source.publish(delta(1, md5(3)))
        source.tell(lambda lists: lists.open("baseline").confirm())
        until(lambda: path.exists() and md5(3).value.encode() in path.read_bytes())
        until(lambda: md5(2).value.encode() not in path.read_bytes())


def sync(folder: Path, edge: RunningEdge) -> None:
    """Bring the copy in a folder up to date, once."""

    async def run() -> None:
        async with Api(edge.url, "alice") as api:
            with Folder(folder, api.server) as copies:
                for standing in await api.lists():
                    with contextlib.closing(copies.open(standing.name)) as copy:
                        await read_to_head(api, standing.name, copy)

    asyncio.run(run())


@pytest.fixture
def copied(tmp_path: Path) -> Iterator[tuple[MemorySource, RunningEdge, RunningEdge]]:
    """A source, the server that it feeds, and a server on a copy of that one's lists."""
    source = MemorySource(delta(1, md5(1)), delta(2, md5(2)))
    with running(source) as first:
        sync(tmp_path, first)
        with running(FolderSource(tmp_path)) as second:
            until(lambda: matches(second, 2))
            yield source, first, second


def test_a_server_on_a_copy_follows_it_as_it_grows(
    copied: tuple[MemorySource, RunningEdge, RunningEdge], tmp_path: Path
) -> None:
    source, first, second = copied
    source.publish(delta(3, md5(3)), retraction(4, entry=1))
    sync(tmp_path, first)
    until(lambda: matches(second, 3))
    until(lambda: not matches(second, 1))


def test_a_server_on_a_copy_takes_a_copy_that_started_over(
    copied: tuple[MemorySource, RunningEdge, RunningEdge], tmp_path: Path
) -> None:
    source, first, second = copied
    source.tell(lambda lists: lists.open("baseline").start_over())
    source.publish(delta(1, md5(3)))
    source.tell(lambda lists: lists.open("baseline").confirm())
    sync(tmp_path, first)
    until(lambda: matches(second, 3))
    assert not matches(second, 1)


def test_a_server_on_a_copy_forgets_a_list_whose_copy_is_removed(
    copied: tuple[MemorySource, RunningEdge, RunningEdge], tmp_path: Path
) -> None:
    _, _, second = copied
    (tmp_path / "baseline.deltas").unlink()
    until(lambda: names(second) == ["other"])


def test_a_copy_that_was_never_whole_is_not_served(tmp_path: Path) -> None:
    with Folder(tmp_path, "http://127.0.0.1:1") as folder:
        copy = folder.open("baseline")
        copy.apply([delta(1, md5(1))])
        with running(FolderSource(tmp_path)) as edge:
            assert httpx.get(edge.url + "/ready", trust_env=False).status_code == 503
            copy.confirm(1000.0)
            until(lambda: matches(edge, 1))
        copy.close()


def test_a_copy_without_its_notes_is_served_with_no_age(tmp_path: Path) -> None:
    with Folder(tmp_path, "http://127.0.0.1:1") as folder:
        copy = folder.open("baseline")
        copy.apply([delta(1, md5(1))])
        copy.close()
    (tmp_path / "server.json").unlink()
    with running(FolderSource(tmp_path)) as edge:
        until(lambda: matches(edge, 1))
        (standing,) = httpx.get(edge.url + "/ready", trust_env=False).json()["lists"]
        assert standing == {"name": "baseline", "position": 1}


class _Faulty(BaseHTTPRequestHandler):
    """Answers what the test lays out, one answer per request, in order."""

    answers: list[tuple[int, bytes, int]]  # status, body, how many of its bytes to send

    def do_GET(self) -> None:
        """Answer."""
        status, body, n_sent = self.answers.pop(0)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:n_sent])

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def faulty() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Faulty)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


PAGE = b'{"list":"baseline","deltas":[],"head":0}'


@pytest.mark.parametrize(
    ("answer", "is_permanent"),
    [
        ((500, b"oops", 4), False),
        ((503, b'{"error":"not_loaded","detail":"soon"}', 38), False),
        ((200, PAGE, 10), False),  # half an answer
        ((200, b"<html>", 6), False),
        ((200, b'{"list":"other","deltas":[],"head":0}', 37), False),
        ((302, b"", 0), False),
        ((401, b'{"error":"unknown_key","detail":"no"}', 37), True),
        ((404, b"", 0), True),
    ],
)
def test_every_failure_says_whether_asking_again_can_help(
    faulty: str, answer: tuple[int, bytes, int], is_permanent: bool
) -> None:
    _Faulty.answers = [answer]

    async def ask() -> None:
        async with Api(faulty, "alice") as api:
            await api.feed("baseline", after=0, wait=0)

    with pytest.raises(ApiError) as caught:
        asyncio.run(ask())
    assert caught.value.permanent is is_permanent
    assert "alice" not in str(caught.value)


def test_a_server_cannot_choose_where_a_copy_is_written(faulty: str, tmp_path: Path) -> None:
    body = b'{"lists":[{"name":"../../escape","position":1}]}'
    _Faulty.answers = [(200, body, len(body))]

    class Nothing:
        def names(self) -> list[str]:
            return []

        def admit(self, name: str) -> Lists:
            raise AssertionError(name)

        def dismiss(self, name: str) -> None:
            raise AssertionError(name)

    async def ask() -> None:
        async with Api(faulty) as api:
            await read_all(api, Nothing())  # type: ignore[arg-type]  # nobody may be admitted

    with pytest.raises(ApiError, match="no list may have"):
        asyncio.run(ask())


def test_nothing_is_lost_while_the_other_server_fails(
    monkeypatch: pytest.MonkeyPatch, faulty: str
) -> None:
    monkeypatch.setattr("baken.client.follow.FIRST_PAUSE_SECONDS", 0.01)
    lists = b'{"lists":[{"name":"baseline","position":2}]}'
    first = b'{"list":"baseline","deltas":[%s],"head":2}' % _json(1)
    gap = b'{"list":"baseline","deltas":[%s],"head":3}' % _json(3)
    second = b'{"list":"baseline","deltas":[%s],"head":2}' % _json(2)
    bodies = [(500, b""), (200, lists), (200, first), (500, b""), (200, lists), (200, gap)]
    bodies += [(200, lists), (200, second)] + [(200, lists)] + [(500, b"")] * 5000
    _Faulty.answers = [(status, body, len(body)) for status, body in bodies]
    with running(FeedSource(faulty, "alice")) as edge:
        until(lambda: matches(edge, 2) and matches(edge, 1))


def _json(position: int) -> bytes:
    return (
        b'{"position":%d,"entry":"%d","version":1,"state":"listed","at":"2026-01-01T00:00:00Z",'
        b'"fingerprints":[{"algorithm":"md5","value":"%032x"}]}' % (position, position, position)
    )
