"""`manage create_list`: make another hash list."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hotline.custody.actors import Process
from hotline.registry.create_list import (
    ListExistsError,
    ListNameError,
    NothingAcceptedError,
    create_list,
)


class Command(BaseCommand):
    help = "Make a hash list. A new installation has 'baseline' already."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="small letters, digits and hyphens")
        parser.add_argument("--title", default="", help="how people call it")
        parser.add_argument(
            "--accept",
            dest="labels",
            action="append",
            default=[],
            metavar="LABEL",
            help="a label of which an item needs one, such as inhope:baseline; may be repeated",
        )

    def handle(
        self, *_args: Any, name: str, title: str, labels: list[str], **_options: Any
    ) -> None:
        try:
            made = create_list(name, title, labels, actor=Process.COMMAND)
        except (ListExistsError, ListNameError, NothingAcceptedError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"List '{made.name}' accepts: {', '.join(made.accepts)}.")
