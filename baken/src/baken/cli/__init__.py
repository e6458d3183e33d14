"""The `baken` command. Each subcommand is a module; it is in the table or it does not exist.

A subcommand module has `add_arguments(parser)` and `run(options)`, which returns the exit code;
its docstring is its help. Only the module that is asked for is imported: the check server needs
compiled code that takes seconds to load, and `baken sync` should not wait for it.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import Protocol, cast


class Command(Protocol):
    """What a subcommand module offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the options."""

    def run(self, options: argparse.Namespace) -> int:
        """Do the work and return the exit code."""


COMMANDS = {
    "hash": "print the fingerprints of files",
    "check": "ask a check server whether files are on its lists",
    "sync": "keep a copy of the hash lists in a folder",
    "edge": "run a check server on this machine",
}


def parser(asked: str) -> argparse.ArgumentParser:
    """Return the parser with every subcommand, and the options of the one that is asked for."""
    top = argparse.ArgumentParser(
        prog="baken",
        description="Recognise known child sexual abuse material by its fingerprint.",
    )
    subparsers = top.add_subparsers(metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        sub = subparsers.add_parser(
            name, help=summary, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        if name == asked:
            module = importlib.import_module(f"baken.cli.{name}")
            command = cast("Command", module)
            sub.description = module.__doc__
            command.add_arguments(sub)
            sub.set_defaults(run=command.run)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the subcommand named in `arguments` and return its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    options = parser(given[0] if given else "").parse_args(given)
    code: int = options.run(options)
    return code
