"""`manage edge`: run the hotline's check server."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from baken.edge import PortError, serve
from hotline.partner_api.edge import DatabaseKeyring, DatabaseSource


class Command(BaseCommand):
    help = (
        "Run the check server: answers checks and feeds the lists to partners, from memory,"
        " following the database. Ctrl-C stops it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="where to listen")
        parser.add_argument("--port", type=int, default=settings.PORT + 1)

    def handle(self, *_args: Any, host: str, port: int, **_options: Any) -> None:
        keyring = DatabaseKeyring()
        try:
            serve(DatabaseSource(keyring), keyring, host=host, port=port)
        except PortError as error:
            raise CommandError(str(error)) from None
