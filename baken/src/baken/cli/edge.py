"""Run a check server on this machine: it holds the hash lists in memory and answers checks.

The lists come from a local copy (--from DIR, which `baken sync` keeps) or straight from another
server's feed (--from URL), with --copy DIR also kept on disk for the next start.

Without keys it answers anybody, and so listens to this machine only. To let other machines ask,
make a key for each (--new-key NAME --keys FILE) and start it with --keys FILE.

Exit code: 0 when stopped, 2 when it cannot start.
"""

import argparse
import logging
import sys
from pathlib import Path

from baken.cli.connection import KeyFileUnreadableError, add_key_arguments, key_of
from baken.client import Api, ApiError, CopyError, Folder
from baken.edge import (
    FeedSource,
    FileKeyring,
    FolderSource,
    KeyFileError,
    Keyring,
    OpenEdgeError,
    OpenKeyring,
    PortError,
    Source,
    add_key,
    serve,
)


class OptionsError(Exception):
    """The options do not go together."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--from", dest="origin", metavar="DIR|URL", help="where the lists are")
    parser.add_argument("--copy", type=Path, metavar="DIR", help="keep a copy of --from URL")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=int, default=8001, help="the port to listen on")
    parser.add_argument("--keys", type=Path, metavar="FILE", help="the keys of those who may ask")
    parser.add_argument("--new-key", metavar="NAME", help="add a key to the file, print it, stop")
    add_key_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Serve until stopped and return the exit code."""
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.INFO, stream=sys.stderr)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # one line per long poll
    try:
        if options.new_key:
            return _make_key(options)
        keyring: Keyring = FileKeyring(options.keys) if options.keys else OpenKeyring()
        serve(_source(options), keyring, host=options.host, port=options.port)
    except (
        ApiError,
        CopyError,
        KeyFileError,
        KeyFileUnreadableError,
        OpenEdgeError,
        OptionsError,
        PortError,
    ) as error:
        sys.stderr.write(f"baken edge: {error}\n")
        return 2
    return 0


def _make_key(options: argparse.Namespace) -> int:
    if not options.keys:
        raise OptionsError("--new-key needs --keys FILE, the file to add it to.")
    print(add_key(options.keys, options.new_key))  # noqa: T201  the command's output
    sys.stderr.write(f"This is the key of {options.new_key}. It is not shown again.\n")
    return 0


def _source(options: argparse.Namespace) -> Source:
    """Return where the lists come from."""
    if not options.origin:
        raise OptionsError("--from DIR or --from URL must say where the lists come from.")
    if "://" in options.origin:
        server = Api(options.origin).server  # refuses now what is no address
        if options.copy:
            Folder(options.copy, server).close()  # refuses now what cannot be written
        return FeedSource(server, key_of(options), options.copy)
    folder = Path(options.origin)
    if not folder.is_dir():
        raise OptionsError(f"'{folder}' is no folder; `baken sync {folder}` makes one.")
    if options.copy:
        raise OptionsError("--copy goes with --from URL; a folder is a copy already.")
    return FolderSource(folder)
