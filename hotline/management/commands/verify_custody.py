"""`manage verify_custody`: say whether the custody log is whole."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hotline.custody.models import CustodyEntry
from hotline.custody.verify import BrokenChainError, Head, verify


class Command(BaseCommand):
    help = (
        "Walk the whole custody log. Prints its head (position:hash), which you should keep"
        " somewhere else; --noted checks that a head you kept is still part of the log."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--noted", metavar="POSITION:HASH", help="a head printed earlier")

    def handle(self, *_args: Any, noted: str | None, **_options: Any) -> None:
        entries = CustodyEntry.objects.order_by("position").iterator(chunk_size=1000)
        try:
            head = verify(entries, noted=_head_from(noted) if noted else None)
        except BrokenChainError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"The custody log is whole: {head.position} entries.")
        self.stdout.write(f"{head.position}:{head.hash}")


def _head_from(text: str) -> Head:
    position, _, digest = text.partition(":")
    if not position.isdigit() or not digest:
        raise CommandError(f"--noted wants POSITION:HASH as this command prints it, not '{text}'.")
    return Head(int(position), digest)
