"""`manage revoke_key`: let a key open nothing any more."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hotline.custody.actors import Process
from hotline.exchange.keys import UnknownKeyError, key_with_prefix, revoke_key


class Command(BaseCommand):
    help = "Revoke a partner's key, by the 8 digits after 'bk_' (never give the whole key)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("prefix", help="the 8 digits after 'bk_'")

    def handle(self, *_args: Any, prefix: str, **_options: Any) -> None:
        try:
            key = revoke_key(key_with_prefix(prefix), actor=Process.COMMAND)
        except UnknownKeyError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Key {key.prefix} of '{key.partner.name}' opens nothing any more.")
