"""Who is refused, before anybody is answered; and how refusals look."""

from collections.abc import Iterator

import httpx
import pytest

from tests.edges import MemorySource, RunningEdge, delta, md5, running

CHECK = b'{"fingerprints":[]}'
FEED = "/api/v1/lists/baseline/feed"
ENDPOINTS = [
    ("POST", "/v1/check", CHECK),
    ("POST", "/v1/check/media", b"a file"),
    ("GET", "/api/v1/lists", b""),
    ("GET", FEED, b""),
]


@pytest.fixture(scope="module")
def edge() -> Iterator[RunningEdge]:
    with running(MemorySource(delta(1, md5(1)))) as edge:
        yield edge


def ask(
    edge: RunningEdge, method: str, path: str, body: bytes = b"", key: str = ""
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx.request(method, edge.url + path, content=body, headers=headers, trust_env=False)


@pytest.mark.parametrize(("method", "path", "body"), ENDPOINTS)
@pytest.mark.parametrize("key", ["", "mallory", "alice2"])
def test_nobody_is_answered_without_a_key(
    edge: RunningEdge, method: str, path: str, body: bytes, key: str
) -> None:
    response = ask(edge, method, path, body, key)
    assert response.status_code == 401
    assert response.json()["error"] == "unknown_key"
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["alice", "Basic alice", "Bearer", "Bearer  alice bob"])
def test_a_key_in_any_other_form_is_none(edge: RunningEdge, header: str) -> None:
    headers = {"Authorization": header}
    assert httpx.get(edge.url + FEED, headers=headers, trust_env=False).status_code == 401


@pytest.mark.parametrize(
    ("key", "method", "path", "body"),
    [
        ("bob", "GET", FEED, b""),
        ("bob", "GET", "/api/v1/lists/nowhere/feed", b""),
        ("carol", "GET", FEED, b""),
        ("carol", "GET", "/api/v1/lists", b""),
        ("dave", "POST", "/v1/check", CHECK),
        ("dave", "POST", "/v1/check/media", b"a file"),
    ],
)
def test_a_key_opens_only_what_it_was_given_for(
    edge: RunningEdge, key: str, method: str, path: str, body: bytes
) -> None:
    response = ask(edge, method, path, body, key)
    assert response.status_code == 403
    assert response.json()["error"] == "not_granted"


@pytest.mark.parametrize(("method", "path", "body"), ENDPOINTS)
def test_a_key_with_the_right_is_answered(
    edge: RunningEdge, method: str, path: str, body: bytes
) -> None:
    assert ask(edge, method, path, body, "alice").status_code == 200


def test_a_partner_sees_and_is_checked_against_its_own_lists_only(edge: RunningEdge) -> None:
    named = ask(edge, "GET", "/api/v1/lists", key="bob").json()["lists"]
    assert [standing["name"] for standing in named] == ["other"]
    body = b'{"fingerprints":[{"algorithm":"md5","value":"%032x"}]}' % 1
    assert not ask(edge, "POST", "/v1/check", body, "bob").json()["results"][0]["match"]
    assert ask(edge, "POST", "/v1/check", body, "alice").json()["results"][0]["match"]


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/check/", "/api/v1/lists/a/b/feed", "/api/v1/lists//"]
)
def test_an_unknown_path_is_told_so(edge: RunningEdge, path: str) -> None:
    response = ask(edge, "GET", path, key="alice")
    assert (response.status_code, response.json()["error"]) == (404, "unknown_path")


@pytest.mark.parametrize("name", ["nowhere", "", "..", "%2e%2e", "Baseline"])
def test_an_unknown_list_is_told_so(edge: RunningEdge, name: str) -> None:
    response = ask(edge, "GET", f"/api/v1/lists/{name}/feed", key="alice")
    assert response.status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", "/v1/check", "POST"), ("POST", FEED, "GET"), ("DELETE", "/health", "GET")],
)
def test_a_wrong_method_is_told_the_right_one(
    edge: RunningEdge, method: str, path: str, allowed: str
) -> None:
    response = ask(edge, method, path, key="alice")
    assert (response.status_code, response.headers["allow"]) == (405, allowed)


def test_whoever_runs_it_sees_that_it_lives_and_where_it_stands(edge: RunningEdge) -> None:
    assert ask(edge, "GET", "/health").json() == {"alive": True}
    ready = ask(edge, "GET", "/ready").json()
    assert ready["ready"] is True
    baseline = ready["lists"][0]
    assert (baseline["name"], baseline["position"]) == ("baseline", 1)
    assert baseline["age_seconds"] >= 0


@pytest.mark.parametrize(("method", "path", "body"), ENDPOINTS)
def test_nothing_is_answered_from_lists_that_are_not_loaded(
    method: str, path: str, body: bytes
) -> None:
    with running(MemorySource(loads=False)) as edge:
        response = ask(edge, method, path, body, "alice")
        assert (response.status_code, response.json()["error"]) == (503, "not_loaded")
        assert ask(edge, "GET", "/ready").status_code == 503
        assert ask(edge, "GET", "/health").status_code == 200
