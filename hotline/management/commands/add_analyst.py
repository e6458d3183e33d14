"""`manage add_analyst`: open an account, and print the first sign-in link."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from hotline.accounts.models import Role
from hotline.accounts.people import NameRefusedError, NameTakenError, add_analyst
from hotline.custody.actions import Action
from hotline.custody.actors import Process
from hotline.custody.record import record
from hotline.management.sign_in_links import sign_in_link


class Command(BaseCommand):
    help = "Open an account and print a sign-in link for it: it works once, within 12 hours."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--role", choices=Role.values, default=Role.ANALYST.value)

    def handle(self, *_args: Any, username: str, role: str, **_options: Any) -> None:
        try:
            with transaction.atomic():
                analyst = add_analyst(username, Role(role))
                details = {"role": role}
                record(Action.ANALYST_ADDED, analyst, actor=Process.COMMAND, details=details)
        except (NameTakenError, NameRefusedError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(sign_in_link(analyst, public_url=settings.PUBLIC_URL))
