"""The check, over real HTTP."""

import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from baken.edge import listen
from baken.fingerprint import Algorithm, Fingerprint, digests
from baken.hashlist import ListedFingerprint
from baken.media import Cause, DecodeError
from baken.sandbox import Decoded
from tests.edges import (
    MemorySource,
    RunningEdge,
    delta,
    md5,
    pdq,
    retraction,
    running,
)

ALICE = {"Authorization": "Bearer alice"}
PICTURE = b"the bytes of a picture"


class PictureDecoder:
    """Knows one picture; a file of another content is none."""

    def fingerprint(self, data: bytes) -> Decoded:
        """Return the picture's fingerprints."""
        if data != PICTURE:
            raise DecodeError(Cause.TRUNCATED)
        found = (*digests([data]), Fingerprint(Algorithm.PDQ, bytes(31) + b"\x03", 80))
        return Decoded(found, "image/png", 640, 480, 1)


@pytest.fixture
def source() -> MemorySource:
    return MemorySource(delta(1, md5(1), pdq(0)), delta(2, pdq(2**40 - 1)))


@pytest.fixture
def edge(source: MemorySource) -> Iterator[RunningEdge]:
    with running(source, decoder=PictureDecoder()) as edge:
        yield edge


def post(edge: RunningEdge, path: str, **what: Any) -> httpx.Response:
    return httpx.post(edge.url + path, headers=ALICE, trust_env=False, timeout=30, **what)


def check(edge: RunningEdge, *queries: dict[str, Any]) -> list[dict[str, Any]]:
    response = post(edge, "/v1/check", json={"fingerprints": queries})
    assert response.status_code == 200, response.text
    results: list[dict[str, Any]] = response.json()["results"]
    return results


def test_a_near_picture_is_answered_with_all_that_a_site_needs_to_decide(edge: RunningEdge) -> None:
    (result,) = check(edge, {"algorithm": "pdq", "value": f"{3:064x}", "quality": 97})
    assert result["match"] is True
    assert result["matches"] == [
        {
            "list": "baseline",
            "entry": "00000000-0000-0000-0000-000000000001",
            "version": 1,
            "kind": "near",
            "algorithm": "pdq",
            "distance": 2,
            "listed_at": "2026-01-01T00:00:00Z",
            "labels": ["inhope:baseline"],
            "action": "review",
        }
    ]


def test_the_same_file_is_an_exact_match_with_the_action_of_its_entry(edge: RunningEdge) -> None:
    (result,) = check(edge, {"algorithm": "md5", "value": f"{1:032X}"})
    assert (result["matches"][0]["kind"], result["matches"][0]["action"]) == ("exact", "block")


def test_the_answer_names_the_lists_it_stands_on(edge: RunningEdge) -> None:
    lists = post(edge, "/v1/check", json={"fingerprints": []}).json()["lists"]
    assert [(standing["name"], standing["position"]) for standing in lists] == [
        ("baseline", 2),
        ("other", 0),
    ]


def test_a_picture_with_little_in_it_is_not_compared_and_says_so(edge: RunningEdge) -> None:
    (result,) = check(edge, {"algorithm": "pdq", "value": f"{0:064x}", "quality": 12})
    assert result["match"] is False
    assert "quality 12" in result["note"]


def test_no_match_becomes_a_match_and_a_retraction_no_match(
    edge: RunningEdge, source: MemorySource
) -> None:
    query = {"algorithm": "sha1", "value": f"{7:040x}"}
    assert not check(edge, query)[0]["match"]
    listed = delta(3, md5(7), pdq(2**250 - 1), entry=9)
    source.publish(listed)
    near = {"algorithm": "pdq", "value": f"{2**250 - 2:064x}"}
    assert check(edge, near)[0]["match"]
    source.publish(retraction(4, entry=9))
    assert not check(edge, near)[0]["match"]
    assert not check(edge, {"algorithm": "md5", "value": f"{7:032x}"})[0]["match"]


def test_a_changed_entry_is_found_as_it_is_now(edge: RunningEdge, source: MemorySource) -> None:
    source.publish(delta(3, md5(2), entry=1, version=2))
    assert not check(edge, {"algorithm": "md5", "value": f"{1:032x}"})[0]["match"]
    (result,) = check(edge, {"algorithm": "md5", "value": f"{2:032x}"})
    assert [match["version"] for match in result["matches"]] == [2]


def test_ten_thousand_are_answered_in_their_order_and_one_more_is_refused(
    edge: RunningEdge,
) -> None:
    queries = [{"algorithm": "md5", "value": f"{number:032x}"} for number in range(10_001)]
    results = check(edge, *queries[:-1])
    assert [result["value"] for result in results] == [query["value"] for query in queries[:-1]]
    assert [n for n, result in enumerate(results) if result["match"]] == [1]
    response = post(edge, "/v1/check", json={"fingerprints": queries})
    assert response.status_code == 400
    assert "10000" in response.json()["detail"]


def test_answers_are_sent_without_delay() -> None:
    with (
        listen("127.0.0.1", 0) as listening,
        socket.create_connection(listening.getsockname()),
        listening.accept()[0] as accepted,
    ):
        assert accepted.proto == socket.IPPROTO_TCP  # what asyncio asks before it sets TCP_NODELAY


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"[]", "body"),
        (b"{}", "fingerprints"),
        (b'{"fingerprints":[{"algorithm":"md4","value":""}]}', "$.fingerprints[0].algorithm"),
        (b'{"fingerprints":[{"algorithm":"pdq"}]}', "value"),
        (b'{"fingerprints":[{"algorithm":"pdq","value":"00"}]}', "$.fingerprints[0].value"),
        (
            b'{"fingerprints":[{"algorithm":"md5","value":"","quality":101}]}',
            "$.fingerprints[0].quality",
        ),
    ],
)
def test_a_malformed_question_is_told_which_field(
    edge: RunningEdge, body: bytes, field: str
) -> None:
    response = post(edge, "/v1/check", content=body)
    assert (response.status_code, response.json()["error"]) == (400, "bad_request")
    assert field in response.json()["detail"]


def test_a_file_is_checked_by_its_picture_and_its_digests(edge: RunningEdge) -> None:
    answer = post(edge, "/v1/check/media", content=PICTURE).json()
    assert answer["media_type"] == "image/png"
    by_algorithm = {result["algorithm"]: result["match"] for result in answer["results"]}
    assert by_algorithm == {"md5": False, "sha1": False, "sha256": False, "pdq": True}


def test_a_file_that_cannot_be_decoded_is_checked_by_its_digests(
    edge: RunningEdge, source: MemorySource
) -> None:
    found = {print_.algorithm: print_.value.hex() for print_ in digests([b"broken"])}
    source.publish(delta(3, ListedFingerprint("sha256", found[Algorithm.SHA256])))
    answer = post(edge, "/v1/check/media", content=b"broken").json()
    assert "truncated" in answer["note"]
    assert [result["algorithm"] for result in answer["results"] if result["match"]] == ["sha256"]


def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_read(edge: RunningEdge) -> None:
    host, port = edge.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(
            b"POST /v1/check/media HTTP/1.1\r\nHost: edge\r\nAuthorization: Bearer alice\r\n"
            b"Content-Length: %d\r\n\r\n" % ((100 << 20) + 1)
        )
        assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(("path", "n_chunks"), [("/v1/check", 3), ("/v1/check/media", 101)])
def test_a_body_that_does_not_say_its_size_is_refused_at_the_limit(
    edge: RunningEdge, path: str, n_chunks: int
) -> None:
    chunk = bytes(1 << 20)
    response = post(edge, path, content=(chunk for _ in range(n_chunks)))
    assert (response.status_code, response.json()["error"]) == (413, "body_too_large")
