"""What keeps a hotline from starting: each is one sentence that says what to do."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections

from hotline.management import place
from hotline.management.place import (
    AlreadyRunningError,
    DatabaseUnusableError,
    DataFolderError,
    PortForbiddenError,
    PortInUseError,
    check_database,
    check_ports,
    held_folder,
)


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_a_port_in_use_is_named(taken: int) -> None:
    with pytest.raises(PortInUseError, match=f"Port {taken} is in use: .* set BAKEN_PORT"):
        check_ports([taken, taken + 1])


def test_a_port_that_somebody_used_a_moment_ago_is_free() -> None:
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            listening.accept()[0].close()
    check_ports([port])


def test_a_reserved_port_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refused(socket.socket):
        def bind(self, _address: object) -> None:
            raise PermissionError

    monkeypatch.setattr("hotline.management.place.socket.socket", Refused)
    with pytest.raises(PortForbiddenError, match="Port 80 is for administrators only"):
        check_ports([80])


def test_two_hotlines_on_one_folder_are_refused(tmp_path: Path) -> None:
    refused = pytest.raises(AlreadyRunningError, match="stop it first, or set BAKEN_DATA")
    with held_folder(tmp_path), refused:
        held_folder(tmp_path).__enter__()
    with held_folder(tmp_path):
        pass  # let go of


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataFolderError, match=r"BAKEN_DATA: the folder .* cannot be used"):
        held_folder(tmp_path / "file" / "data").__enter__()


def test_a_folder_of_another_user_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.management.place.os.geteuid", lambda: os.getuid() + 1)
    with pytest.raises(DataFolderError, match=r"belongs to .*; run as that user"):
        held_folder(tmp_path).__enter__()
    assert not (tmp_path / "lock").exists()


def test_a_new_folder_is_closed_to_others(tmp_path: Path) -> None:
    with held_folder(tmp_path / "data"):
        assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_a_database_that_does_not_answer_is_said_without_its_password(
    taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = {"HOST": "127.0.0.1", "PORT": str(taken + 1), "PASSWORD": "hush-hush"}
    monkeypatch.setattr(
        connections["default"],
        "settings_dict",
        {**connections["default"].settings_dict, **elsewhere},
    )
    with pytest.raises(DatabaseUnusableError, match=r"DATABASE_URL: .*does not answer") as refusal:
        check_database()
    assert "hush" not in str(refusal.value)


@pytest.mark.django_db
def test_a_database_that_is_new_enough_is_taken() -> None:
    check_database()


@pytest.mark.django_db
def test_an_old_database_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "OLDEST_POSTGRES", 99)
    with pytest.raises(DatabaseUnusableError, match="needs PostgreSQL 99 or newer; this is 18"):
        check_database()
