"""Print the fingerprints of files. Nothing leaves this machine.

Exit code: 0 when every file has its fingerprints, 1 when some have not, 2 for wrong usage.
"""

import argparse

NAME = "hash"
HELP = "print the fingerprints of files"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="a file, or - for standard input")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")


def run(options: argparse.Namespace) -> int:
    """Print the fingerprints of each file and return the exit code."""
    raise NotImplementedError(options.files)
