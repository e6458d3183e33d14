"""A worker in the test's own process, and reporters who forward something."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import cast

import msgspec
import pytest
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from hotline.accounts.models import Analyst, Role
from hotline.pipeline import steps
from hotline.pipeline.sweep import HEARTBEAT_SECONDS, SILENT_SECONDS, give_back
from hotline.pipeline.tests.provider import FolderProvider, Forward

DOORS = ("hotline.intake.read", "hotline.intake.fetch", "hotline.intake.send")


@pytest.fixture(autouse=True)
def no_jobs(transactional_db: None) -> None:
    """Begin without jobs: their tables are not Django's, so it does not empty them."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


@pytest.fixture
def provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FolderProvider:
    fake = FolderProvider(tmp_path / "provider")
    for door in DOORS:
        monkeypatch.setattr(f"{door}.channel", lambda _name: fake)
    return fake


async def run_jobs() -> None:
    """Run jobs until none is due; first give back what a killed worker held."""
    connector = cast("DjangoConnector", app.connector).get_worker_connector()
    with app.replace_connector(connector):
        async with app.open_async():
            await give_back(0)
            await app.run_worker_async(
                wait=False,
                concurrency=1,
                listen_notify=False,
                install_signal_handlers=False,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=SILENT_SECONDS,
            )


@pytest.fixture
def work() -> Callable[[], None]:
    return lambda: asyncio.run(run_jobs())


@pytest.fixture
def forward(provider: FolderProvider) -> Callable[..., bool]:
    """Let a reporter forward a text or a file."""
    numbers = iter(range(1000))

    def send(address: str, *, text: str | None = None, file: bytes | None = None) -> bool:
        number = next(numbers)
        files = []
        if file is not None:
            files = [f"file-{number}"]
            (provider.files / files[0]).write_bytes(file)
        body = msgspec.json.encode(Forward(f"message-{number}", address, text, files))
        return steps.receive("whatsapp", body)

    return send


@pytest.fixture
def people() -> tuple[Analyst, Analyst]:
    first = Analyst.objects.create(username="alice", role=Role.ANALYST)
    return first, Analyst.objects.create(username="bob", role=Role.ANALYST)
