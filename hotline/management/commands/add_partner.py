"""`manage add_partner`: take a partner in, and print its first key."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hotline.custody.actors import Process
from hotline.exchange.keys import make_key
from hotline.exchange.partners import (
    NoListsError,
    PartnerExistsError,
    PartnerNameError,
    add_partner,
)
from hotline.registry.log import UnknownListError


class Command(BaseCommand):
    help = "Add a partner that may read the lists named, and print its key, this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the organisation's name")
        parser.add_argument(
            "--list", dest="lists", action="append", default=[], metavar="LIST", help="may repeat"
        )

    def handle(self, *_args: Any, name: str, lists: list[str], **_options: Any) -> None:
        try:
            partner = add_partner(name, lists, actor=Process.COMMAND)
        except (NoListsError, PartnerExistsError, PartnerNameError, UnknownListError) as error:
            raise CommandError(str(error)) from None
        key = make_key(partner, actor=Process.COMMAND)
        self.stdout.write(f"Partner '{partner.name}' is added. Its key, shown this once:")
        self.stdout.write(key)
