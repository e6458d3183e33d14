"""Hand every event of signal-cli's daemon to intake.

The daemon says each thing once. So an event that cannot be kept now (the database restarts)
is tried again until it is, and the next one waits for it.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, connection

from hotline.channels.signal.follow import events
from hotline.pipeline import steps

CHANNEL = "signal"
WAIT_SECONDS = 1.0
log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Follow Signal: hand each event of signal-cli's daemon to the hotline, until stopped."

    def handle(self, *_args: Any, **_options: Any) -> None:
        _, options = settings.CHANNELS[CHANNEL]
        for data in events(options["api_url"], options["account"]):
            keep(data)


def keep(data: bytes, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Make one event durable, however long the database is away."""
    while True:
        try:
            steps.receive(CHANNEL, data)
        except (OperationalError, InterfaceError):
            log.warning("The database cannot be reached; a Signal event waits for it.")
            connection.close()
            sleep(WAIT_SECONDS)
        else:
            return
