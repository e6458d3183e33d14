"""The options by which a command finds its server and its key."""

import argparse
import os
from pathlib import Path


class KeyFileUnreadableError(Exception):
    """The file that should hold the key cannot be read."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(f"The key file '{path}' cannot be read: {error.strerror}.")


def add_key_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how the key is given."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--key-file", type=Path, metavar="FILE", help="a file that holds your key and nothing else"
    )
    group.add_argument(
        "--key",
        metavar="KEY",
        help="your key; other people of this machine can see it here, so prefer --key-file or"
        " the environment variable BAKEN_KEY",
    )


def key_of(options: argparse.Namespace) -> str:
    """Return the key: from its file, the command line or BAKEN_KEY, or none."""
    if options.key_file:
        try:
            text: str = options.key_file.read_text(encoding="utf-8")
        except OSError as error:
            raise KeyFileUnreadableError(options.key_file, error) from error
        return text.strip()
    return (options.key or os.environ.get("BAKEN_KEY", "")).strip()
