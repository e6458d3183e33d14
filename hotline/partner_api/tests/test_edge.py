"""The hotline's check server, through a real database and real HTTP."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from django.db import connection, transaction

from baken.edge import Server, application, listen
from baken.fingerprint import Algorithm, Fingerprint
from baken.sandbox import Decoded
from hotline.custody.actors import Process
from hotline.exchange.keys import key_with_prefix, make_key, revoke_key
from hotline.exchange.partners import add_partner
from hotline.partner_api import edge
from hotline.partner_api.edge import DatabaseKeyring, DatabaseSource
from hotline.registry.create_list import create_list
from hotline.registry.models import HashEntry, HashList
from hotline.registry.publish import publish
from hotline.registry.retract import retract

pytestmark = pytest.mark.django_db(transaction=True)

DEADLINE_SECONDS = 10  # the machine of a test may be busy; docs/performance.md says what is usual
PDQ = "f0" * 16 + "0f" * 16
NEAR_PDQ = "f1" + PDQ[2:]


class NoDecoder:
    """These tests send no media."""

    def fingerprint(self, data: bytes) -> Decoded:
        """Refuse to be called."""
        raise AssertionError(len(data))


class Partner:
    """A partner's machine that asks one check server."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {key}"}

    def status(self) -> int:
        """Return how a check is answered."""
        return self._check(PDQ).status_code

    def finds(self, value: str) -> list[dict[str, Any]]:
        """Return what a PDQ value matches."""
        response = self._check(value)
        found: list[dict[str, Any]] = response.raise_for_status().json()["results"][0]["matches"]
        return found

    def feed(self, after: int) -> dict[str, Any]:
        """Return a page of the list."""
        url = f"{self._url}/api/v1/lists/baseline/feed?after={after}"
        response = httpx.get(url, headers=self._headers, trust_env=False)
        page: dict[str, Any] = response.raise_for_status().json()
        return page

    def _check(self, value: str) -> httpx.Response:
        asked = {"fingerprints": [{"algorithm": "pdq", "value": value, "quality": 90}]}
        return httpx.post(
            f"{self._url}/v1/check", json=asked, headers=self._headers, trust_env=False
        )


def until(is_so: Callable[[], object]) -> None:
    """Wait until it is so; fail when it does not become so."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it did not become so"
        time.sleep(0.02)


def put_on_list(value: str = PDQ, item_id: UUID | None = None) -> HashEntry:
    """Publish a picture."""
    entry = publish(
        HashList.objects.get(name="baseline"),
        item_id=item_id or uuid4(),
        fingerprints=[Fingerprint(Algorithm.PDQ, bytes.fromhex(value), quality=90)],
        labels=["inhope:baseline"],
        approved_by=[uuid4(), uuid4()],
        actor=Process.WORKER,
    )
    assert isinstance(entry, HashEntry)
    return entry


@contextmanager
def running() -> Iterator[str]:
    """Run a check server on the test's database, and say where."""
    keyring = DatabaseKeyring()
    with listen("127.0.0.1", 0) as listening:
        server = Server(application(DatabaseSource(keyring), keyring, NoDecoder()))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            until(lambda: server.started)
            until(lambda: httpx.get(f"{url}/ready", trust_env=False).is_success)
            yield url
        finally:
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive()


@pytest.fixture
def key(hash_list: HashList) -> str:
    partner = add_partner("A hoster", [hash_list.name], actor=Process.COMMAND)
    return make_key(partner, actor=Process.COMMAND)


@pytest.fixture
def server() -> Iterator[str]:
    with running() as url:
        yield url


@pytest.fixture
def partner(key: str, server: str) -> Partner:
    return Partner(server, key)


@pytest.mark.usefixtures("key")
def test_nobody_is_answered_without_a_key(server: str) -> None:
    assert Partner(server, "nonsense").status() == 401
    assert httpx.post(f"{server}/v1/check", trust_env=False).status_code == 401
    assert Partner(server, f"bk_00000000_{'a' * 43}").status() == 401


def test_before_the_database_was_read_a_key_is_not_called_unknown(key: str) -> None:
    with pytest.raises(Exception, match="still being loaded"):
        DatabaseKeyring().find(key)


def test_an_entry_matches_once_published_and_not_once_retracted(partner: Partner) -> None:
    assert partner.finds(NEAR_PDQ) == []
    entry = put_on_list()
    until(lambda: partner.finds(NEAR_PDQ))
    [match] = partner.finds(NEAR_PDQ)
    assert (match["list"], match["entry"], match["version"]) == ("baseline", str(entry.entry_id), 1)
    assert (match["kind"], match["distance"], match["action"]) == ("near", 1, "review")
    retract(entry.entry_id, "A stock photo.", actor=Process.COMMAND)
    until(lambda: not partner.finds(NEAR_PDQ))
    page = partner.feed(after=0)
    assert [delta["state"] for delta in page["deltas"]] == ["listed", "retracted"]
    assert (page["head"], page["deltas"][1].get("fingerprints")) == (2, None)


def test_what_was_published_before_the_start_is_known_at_once(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, "PAGE", 2)
    for number in range(5):
        put_on_list(f"{number:02x}" * 32)
    put_on_list()
    with running() as url:
        assert len(Partner(url, key).finds(PDQ)) == 1
        assert Partner(url, key).feed(after=0)["head"] == 6


def test_a_new_key_opens_and_a_revoked_one_does_not(partner: Partner, server: str) -> None:
    forum = add_partner("A forum", ["baseline"], actor=Process.COMMAND)
    key = make_key(forum, actor=Process.COMMAND)
    other = Partner(server, key)
    until(lambda: other.status() == 200)
    revoke_key(key_with_prefix(key[:11]), actor=Process.COMMAND)
    until(lambda: other.status() == 401)
    assert partner.status() == 200


def test_a_partner_is_answered_from_its_own_lists_only(partner: Partner, server: str) -> None:
    create_list("national", "", ["nl:art-252"], actor=Process.COMMAND)
    put_on_list()
    until(lambda: partner.finds(PDQ))
    other = add_partner("A forum", ["national"], actor=Process.COMMAND)
    theirs = Partner(server, make_key(other, actor=Process.COMMAND))
    until(lambda: theirs.status() == 200)
    assert theirs.finds(PDQ) == []


def test_a_message_that_was_lost_is_made_up_for(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "LOOK_SECONDS", 0.5)
    with running() as url, transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE registry_hashentry DISABLE TRIGGER tell_of_list")
        put_on_list()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE registry_hashentry ENABLE TRIGGER tell_of_list")
        transaction.on_commit(lambda: until(lambda: Partner(url, key).finds(PDQ)))


def test_the_server_outlives_the_database_s_connections(partner: Partner) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchone()[0] >= 1
    assert partner.finds(PDQ) == []  # from memory, meanwhile
    put_on_list()
    until(lambda: partner.finds(PDQ))


def test_a_list_that_was_put_back_is_read_anew(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "LOOK_SECONDS", 0.5)
    put_on_list()
    put_on_list("aa" * 32)
    with running() as url:
        partner = Partner(url, key)
        assert partner.finds("aa" * 32)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("DELETE FROM registry_hashentry WHERE position = 2")
            cursor.execute("UPDATE registry_hashlist SET position = 1")
        until(lambda: not partner.finds("aa" * 32))
        assert len(partner.finds(PDQ)) == 1


def test_a_stopped_server_leaves_no_connection_behind(key: str) -> None:
    with running() as url:
        assert Partner(url, key).status() == 200
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchone() == (0,)
