"""`manage sign_in_link`: a new sign-in link for somebody who has an account."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from hotline.accounts.models import Analyst
from hotline.accounts.sign_in import ClosedAccountError
from hotline.management.sign_in_links import sign_in_link


class Command(BaseCommand):
    help = (
        "Print a sign-in link: it works once, within 12 hours, and ends any link made before."
        " Hand it to the person on a way that only they read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *_args: Any, username: str, **_options: Any) -> None:
        analyst = Analyst.objects.filter(username=username).first()
        if analyst is None:
            raise CommandError(f"There is no account called '{username}'.")
        try:
            self.stdout.write(sign_in_link(analyst, public_url=settings.PUBLIC_URL))
        except ClosedAccountError as error:
            raise CommandError(str(error)) from None
