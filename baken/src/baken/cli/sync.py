"""Keep a copy of the hash lists in a folder, and follow every change.

Prints one line per change of a list's position. Ctrl-C stops it; the next start goes on where
this one stopped. Any number of programs may read the folder, `baken edge --from DIR` for one;
only one `baken sync` may write it.

Exit code: 0 when stopped, or up to date with --once; 2 when the server refuses, the folder cannot
be written or, with --once, the server does not answer.
"""

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Iterable
from pathlib import Path

from baken.cli.connection import KeyFileUnreadableError, add_key_arguments, key_of
from baken.client import Api, ApiError, Copy, CopyError, Folder, Keeper, follow_all, read_all
from baken.hashlist import Delta


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="the folder; made if need be")
    parser.add_argument("--server", required=True, metavar="URL", help="the hotline's address")
    parser.add_argument("--once", action="store_true", help="stop when the copy is up to date")
    add_key_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Keep the copy and return the exit code."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING, stream=sys.stderr)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        asyncio.run(_sync(options))
    except KeyboardInterrupt:
        return 0
    except (ApiError, CopyError, KeyFileUnreadableError) as error:
        sys.stderr.write(f"baken sync: {error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"baken sync: '{options.folder}' cannot be written: {error.strerror}.\n")
        return 2
    return 0


async def _sync(options: argparse.Namespace) -> None:
    async with Api(options.server, key_of(options)) as api:
        with Folder(options.folder, api.server) as folder:
            household = _Copies(folder)
            try:
                await (read_all if options.once else follow_all)(api, household)
            finally:
                household.close()


class _Copies:
    """The copies of the folder, one per list; a Household."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._open: dict[str, _Told] = {}

    def names(self) -> list[str]:
        """Return the lists that are kept."""
        return self._folder.names()

    def admit(self, name: str) -> Keeper:
        """Return the copy of a list."""
        if name not in self._open:
            self._open[name] = _Told(name, self._folder.open(name))
        return self._open[name]

    def dismiss(self, name: str) -> None:
        """Remove the copy of a list that we may no longer read."""
        told = self._open.pop(name, None)
        if told:
            told.copy.close()
        self._folder.remove(name)
        _tell(f"{name}: removed, because your key may no longer read it")

    def close(self) -> None:
        """Close every copy."""
        for told in self._open.values():
            told.copy.close()


class _Told:
    """A copy that says where it stands; a Keeper."""

    def __init__(self, name: str, copy: Copy) -> None:
        self.copy = copy
        self._name = name
        self._told_position: int | None = None

    @property
    def position(self) -> int:
        """The position after which to read on."""
        return self.copy.position

    def start_over(self) -> None:
        """Begin a new copy beside the old one."""
        self.copy.start_over()
        _tell(f"{self._name}: the server's list began anew; reading it from 0")

    def apply(self, deltas: Iterable[Delta]) -> None:
        """Write the deltas."""
        self.copy.apply(deltas)
        if self.position != self._told_position and self.position:
            self._told_position = self.position
            _tell(f"{self._name}: position {self.position}")

    def confirm(self, at: float) -> None:
        """Record that the copy is up to date."""
        self.copy.confirm(at)
        if self._told_position is None:
            self._told_position = self.position
            _tell(f"{self._name}: position {self.position}")


def _tell(line: str) -> None:
    # Whoever reads our output went away; the copy is what matters.
    with contextlib.suppress(BrokenPipeError):
        print(line, flush=True)  # noqa: T201  the command's output
