"""`manage work`: run the jobs of the flow."""

import asyncio
import os
from argparse import ArgumentParser
from typing import Any, cast

from django.core.management.base import BaseCommand
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from hotline.pipeline.sweep import HEARTBEAT_SECONDS, SILENT_SECONDS

NICENESS = 5  # a provider waits for its 200 and an analyst for a page; a job can wait a moment


class Command(BaseCommand):
    help = "Run the jobs of the flow until stopped; several may run side by side."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--concurrency", type=int, default=4, help="jobs at once (4)")

    def handle(self, *_args: Any, concurrency: int, **_options: Any) -> None:
        os.nice(NICENESS)
        asyncio.run(_work(concurrency))


async def _work(concurrency: int) -> None:
    # Django's own connector cannot listen; this one has connections beside Django's.
    connector = cast("DjangoConnector", app.connector).get_worker_connector()
    with app.replace_connector(connector):
        async with app.open_async():
            await app.run_worker_async(
                concurrency=concurrency,
                fetch_job_polling_interval=1.0,
                shutdown_graceful_timeout=5.0,
                delete_jobs="successful",
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=SILENT_SECONDS,
            )
