"""The keyrings of a check server that stands alone: a file of keys, or none on one's own machine.

A file has one line per key: `name prefix digest`. It is read again when it changes, so that a
new key works, and a removed one stops working, without a restart.
"""

import logging
import re
from pathlib import Path

import msgspec

from baken.edge.access import Grant
from baken.edge.keys import new_key, opens, prefix_of

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LINE = re.compile(rf"({_NAME.pattern}) ([0-9a-f]{{8}}) ([0-9a-f]{{64}})")

_log = logging.getLogger(__name__)


class KeyFileError(Exception):
    """The file of keys cannot be used."""


class UnreadableKeyFileError(KeyFileError):
    """The file is not there or not ours to read."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(f"The key file '{path}' cannot be used: {error.strerror}.")


class MalformedKeyFileError(KeyFileError):
    """A line is no key."""

    def __init__(self, path: Path, number: int) -> None:
        super().__init__(f"Line {number} of '{path}' is not 'name prefix digest'.")


class KeyNameError(KeyFileError):
    """A new key's name cannot be used."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"'{name}' cannot name a key: {problem}.")


class _Known(msgspec.Struct, frozen=True):
    """A line of the file."""

    name: str
    digest: str


def _read(path: Path) -> dict[str, _Known]:
    """Return the keys of the file by their prefix."""
    known: dict[str, _Known] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UnreadableKeyFileError(path, error) from error
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line.strip())
        if not found:
            raise MalformedKeyFileError(path, number)
        known[found[2]] = _Known(found[1], found[3])
    return known


class FileKeyring:
    """Knows the keys of a file; each may check and read every list."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = self._state()
        self._known = _read(path)

    def find(self, key: str) -> Grant | None:
        """Return what the key opens."""
        prefix = prefix_of(key)
        if prefix is None:
            return None
        self._read_again()
        known = self._known.get(prefix)
        if known is None or not opens(key, known.digest):
            return None
        return Grant(known.name, None, may_check=True, may_feed=True)

    def _state(self) -> tuple[int, int, int] | None:
        try:
            state = self._path.stat()
        except OSError:
            return None
        return state.st_ino, state.st_mtime_ns, state.st_size

    def _read_again(self) -> None:
        state = self._state()
        if state == self._seen:
            return
        self._seen = state
        try:
            self._known = _read(self._path)
        except KeyFileError as error:
            # A slip of the editor must not lock every partner out; it is said loudly.
            _log.error("%s The keys known before stay in force.", error)


class OpenKeyring:
    """Lets everybody in: for a check server that only its own machine can reach."""

    def find(self, key: str) -> Grant | None:  # noqa: ARG002  the protocol's name
        """Return the right to everything."""
        return Grant("this machine", None, may_check=True, may_feed=True)


def add_key(path: Path, name: str) -> str:
    """Add a new key to the file, made if need be, and return the key."""
    if not _NAME.fullmatch(name):
        raise KeyNameError(name, "use letters, digits, '.', '_' and '-', at most 64")
    known = _read(path) if path.exists() else {}
    if any(other.name == name for other in known.values()):
        raise KeyNameError(name, "there is a key of that name; remove its line first")
    key, prefix, digest = new_key()
    try:
        path.touch(mode=0o600)
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{name} {prefix} {digest}\n")
    except OSError as error:
        raise UnreadableKeyFileError(path, error) from error
    return key
