"""`manage demonstrate`: new sign-in links for the two analysts of a demonstration."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from hotline.management.demonstration import set_up


class Command(BaseCommand):
    help = (
        "While `make run` runs, in a second terminal: print new sign-in links for the two"
        " demonstration analysts, and the partner's key. Adds them where they are missing."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        if not settings.DEMONSTRATION:
            raise CommandError("This is no demonstration: set BAKEN_DEMONSTRATION=yes.")
        shown = set_up()
        self.stdout.write(f"First analyst:  {shown.first_link}")
        self.stdout.write(f"Second analyst: {shown.second_link}")
        self.stdout.write(f"Partner key:    {shown.partner_key}")
