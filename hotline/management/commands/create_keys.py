"""`manage create_keys`: the keys of a new hotline, once."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from hotline.vault.keys import KeyFileError, create_keys


class Command(BaseCommand):
    help = (
        "Write the keys of a new hotline into BAKEN_KEYS. Keep a copy where no backup of the data"
        " goes: without them nothing can be opened again, and with them everything can."
    )
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            create_keys(settings.KEYS)
        except KeyFileError as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"'{error.filename}' cannot be written: {error.strerror}.") from None
        self.stdout.write(f"Keys written to {settings.KEYS}. Keep a copy somewhere else.")
