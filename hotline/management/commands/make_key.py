"""`manage make_key`: another key for a partner."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hotline.custody.actors import Process
from hotline.exchange.keys import PartnerInactiveError, make_key
from hotline.exchange.partners import UnknownPartnerError, partner_named


class Command(BaseCommand):
    help = "Make a key for a partner and print it, this once. Its other keys stay in force."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("partner", help="the organisation's name")

    def handle(self, *_args: Any, partner: str, **_options: Any) -> None:
        try:
            key = make_key(partner_named(partner), actor=Process.COMMAND)
        except (PartnerInactiveError, UnknownPartnerError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(key)
