"""What every test can use: a throwaway PostgreSQL, a vault of its own, and the cast."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import hypothesis
import pytest
from django.conf import settings
from django.db import connections
from django.db.backends.postgresql.operations import DatabaseOperations
from pytest_django import Settings

from hotline import embedded
from hotline.accounts.models import Analyst, Role
from hotline.matching.indexes import indexes
from hotline.registry.models import HashList
from hotline.vault.keys import create_keys

hypothesis.settings.register_profile("dev", deadline=None)  # a busy machine is no failure
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_configure() -> None:
    """Sign sessions with a key that exists in tests only."""
    settings.SECRET_KEY = "only in tests"  # noqa: S105  # no secret


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One set of keys for all tests."""
    folder = tmp_path_factory.mktemp("data") / "keys"
    create_keys(folder)
    return folder


@pytest.fixture(autouse=True)
def installation(keys: Path, tmp_path: Path, settings: Settings) -> None:
    """Give each test keys, an empty vault and empty indexes."""
    indexes.cache_clear()
    settings.KEYS = keys
    settings.VAULT_URL = f"file://{tmp_path / 'vault'}"


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> Iterator[None]:
    """Run the tests on a PostgreSQL of their own, whatever the environment says."""
    # Not under pytest's folder: another run beside this one would tidy it away.
    folder = Path(tempfile.mkdtemp(prefix="baken-tests-"))
    cluster = folder / "postgres"
    server = embedded.start_throwaway(cluster)
    here = {
        "NAME": "postgres",
        "USER": "postgres",
        "PASSWORD": "",
        "HOST": str(embedded.socket_folder(cluster)),
        "PORT": "",
        "OPTIONS": {},
        "CONN_MAX_AGE": 0,  # the threads of a test leave nothing open
    }
    settings.DATABASES["default"].update(here)
    connections["default"].settings_dict.update(here)
    yield
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def _let_tests_empty_the_tables() -> Iterator[None]:
    """Let Django empty append-only tables between tests; the triggers refuse everybody else."""
    flush = DatabaseOperations.execute_sql_flush

    def lifted(self: DatabaseOperations, sql_list: list[str]) -> None:
        lift = "SET session_replication_role = replica"
        flush(self, [lift, *sql_list, "SET session_replication_role = origin"])

    DatabaseOperations.execute_sql_flush = lifted  # type: ignore[method-assign,assignment]  # for the session
    yield
    DatabaseOperations.execute_sql_flush = flush  # type: ignore[method-assign]  # as it was


def _person(name: str, role: Role, *, is_active: bool = True) -> Analyst:
    return Analyst.objects.create(username=name, role=role, is_active=is_active)


@pytest.fixture
def alice(db: None) -> Analyst:
    """An analyst."""
    return _person("alice", Role.ANALYST)


@pytest.fixture
def bob(db: None) -> Analyst:
    """Another analyst."""
    return _person("bob", Role.ANALYST)


@pytest.fixture
def carol(db: None) -> Analyst:
    """The senior analyst."""
    return _person("carol", Role.SENIOR)


@pytest.fixture
def dave(db: None) -> Analyst:
    """The partner manager."""
    return _person("dave", Role.PARTNER_MANAGER)


@pytest.fixture
def erin(db: None) -> Analyst:
    """The administrator."""
    return _person("erin", Role.ADMINISTRATOR)


@pytest.fixture
def mallory(db: None) -> Analyst:
    """Somebody whose account was closed."""
    return _person("mallory", Role.ANALYST, is_active=False)


@pytest.fixture
def hash_list(db: None) -> HashList:
    """The hotline's own list."""
    made, _ = HashList.objects.get_or_create(
        name="baseline", defaults={"title": "Baseline", "accepts": ["inhope:baseline"]}
    )
    return made


@pytest.fixture
def run_in_thread() -> Iterator[Callable[[Callable[[], None]], Thread]]:
    """Run something beside the test, with a database connection of its own."""
    threads: list[Thread] = []

    def run(work: Callable[[], None]) -> Thread:
        def and_disconnect() -> None:
            try:
                work()
            finally:
                connections.close_all()

        thread = Thread(target=and_disconnect)
        threads.append(thread)
        thread.start()
        return thread

    yield run
    for thread in threads:
        thread.join(10)
