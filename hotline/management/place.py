"""Look, before anything starts, whether this machine lets a hotline run here."""

import fcntl
import os
import pwd
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.db import connection

from hotline.management.errors import StartError

HOST = "127.0.0.1"
OLDEST_POSTGRES = 15
FIRST_FREE_PORT = 1024  # below, only an administrator may listen


class PortInUseError(StartError):
    """Somebody listens there."""

    def __init__(self, port: int, wanted: Sequence[int]) -> None:
        super().__init__(
            f"Port {port} is in use: stop what uses it, or set BAKEN_PORT to another number"
            f" ({len(wanted)} ports from there on are needed: now {wanted[0]} to {wanted[-1]})."
        )


class PortForbiddenError(StartError):
    """The port is reserved."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"Port {port} is for administrators only: set BAKEN_PORT to {FIRST_FREE_PORT} or more."
        )


class DataFolderError(StartError):
    """The data folder cannot be used."""

    def __init__(self, folder: Path, problem: str) -> None:
        super().__init__(f"BAKEN_DATA: the folder '{folder}' {problem}")


class AlreadyRunningError(StartError):
    """One folder of data, one hotline."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"A hotline runs on the data in '{folder}' already: stop it first, or set BAKEN_DATA"
            " (and BAKEN_PORT) to have another one beside it."
        )


class DatabaseUnusableError(StartError):
    """DATABASE_URL leads to no database that we can use."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"DATABASE_URL: {problem}")


def check_ports(ports: Sequence[int]) -> None:
    """Raise PortInUseError or PortForbiddenError unless all of them are ours to take."""
    for port in ports:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do
            try:
                probe.bind((HOST, port))
            except PermissionError:
                raise PortForbiddenError(port) from None
            except OSError:
                raise PortInUseError(port, ports) from None


@contextmanager
def held_folder(folder: Path) -> Iterator[None]:
    """Make the folder where it is missing, and keep every other hotline off it meanwhile."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = folder.stat().st_uid
        if owner != os.geteuid():
            raise DataFolderError(folder, f"belongs to {_name_of(owner)}; run as that user.")
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise DataFolderError(folder, f"cannot be used: {error.strerror}.") from None
    with lock:  # the kernel lets go of it, however this process ends
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunningError(folder) from None
        yield


def check_database() -> None:
    """Raise DatabaseUnusableError unless the database of DATABASE_URL answers and is new enough."""
    options = connection.get_connection_params()
    options.pop("cursor_factory", None)
    options.pop("context", None)
    try:
        with psycopg.connect(**{"connect_timeout": 10, **options}) as conn:
            version = conn.info.server_version // 10_000
    except psycopg.Error as error:
        lines = str(error).strip().splitlines() or ["no reason given"]
        raise DatabaseUnusableError(f"the database does not answer: {lines[0]}") from None
    if version < OLDEST_POSTGRES:
        problem = f"Baken needs PostgreSQL {OLDEST_POSTGRES} or newer; this is {version}."
        raise DatabaseUnusableError(problem)


def _name_of(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user number {user}"
