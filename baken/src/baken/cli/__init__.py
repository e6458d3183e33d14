"""The `baken` command. Each subcommand is a module; it is in the list or it does not exist.

A subcommand module has `NAME`, `HELP`, `add_arguments(parser)` and `run(options)`, which
returns the exit code.
"""

import argparse
from collections.abc import Sequence
from typing import Protocol

from baken.cli import hash as hash_command


class Command(Protocol):
    """What a subcommand module offers."""

    NAME: str
    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the options."""

    def run(self, options: argparse.Namespace) -> int:
        """Do the work and return the exit code."""


COMMANDS: list[Command] = [hash_command]


def parser() -> argparse.ArgumentParser:
    """Return the parser with every subcommand."""
    top = argparse.ArgumentParser(
        prog="baken",
        description="Recognise known child sexual abuse material by its fingerprint.",
    )
    subparsers = top.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        sub = subparsers.add_parser(
            command.NAME,
            help=command.HELP,
            description=command.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_arguments(sub)
        sub.set_defaults(run=command.run)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the subcommand named in `arguments` and return its exit code."""
    options = parser().parse_args(arguments)
    code: int = options.run(options)
    return code
