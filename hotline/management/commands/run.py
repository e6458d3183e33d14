"""`manage run`: a whole hotline from one terminal; what `make run` calls."""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from hotline.embedded import ClusterError
from hotline.management.children import ChildDiedError, NotReadyError
from hotline.management.demonstration import Demonstration
from hotline.management.errors import StartError
from hotline.management.place import HOST
from hotline.management.supervisor import DatabaseDiedError, StopRequested, supervise
from hotline.vault.keys import KeyFileError
from hotline.vault.store import VaultUrlError

WRONG_SETTING = 2
BROKEN = 1


class Command(BaseCommand):
    help = (
        "Run the whole hotline until Ctrl-C: database, server, worker, check server and, in a"
        " demonstration, the stand-in phone."
    )
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            supervise(self._say, self._tell)
        except StopRequested:
            self._say("Stopped. The data is kept.")
        except (StartError, VaultUrlError, KeyFileError) as error:
            self._say(str(error))
            sys.exit(WRONG_SETTING)
        except (ChildDiedError, NotReadyError, DatabaseDiedError, ClusterError) as error:
            self._say(f"{error}\nEverything was stopped.")
            sys.exit(BROKEN)

    def _say(self, sentence: str) -> None:
        """Say what happens; standard output is for what to open."""
        self.stderr.write(sentence)

    def _tell(self, shown: Demonstration | None) -> None:
        edge = f"http://{HOST}:{settings.PORT + 1}"
        if shown is None:
            self.stdout.write(f"Console: {settings.PUBLIC_URL}\nCheck server: {edge}")
            return
        check = f".venv/bin/baken check FILE --server {edge} --key {shown.partner_key}"
        self.stdout.write(f"Phone:          http://{HOST}:{settings.PORT + 2}/")
        self.stdout.write(f"First analyst:  {shown.first_link}")
        self.stdout.write(f"Second analyst: {shown.second_link}")
        self.stdout.write(f"Partner:        {check}")
        self.stdout.flush()
