"""The copy of the lists in a folder: what `baken sync` writes and `baken edge` may read.

    FOLDER/<list>.deltas   the list's log from position 1, one JSON delta per line
    FOLDER/server.json     where it comes from (never the key), and when each list was last
                           known to be whole
    FOLDER/.lock           held by the one process that writes

A file is only appended to, and each page is on the disk before we ask for the next. A kill at
any instant leaves whole lines and perhaps one torn one, which the next opening cuts off.
"""

import fcntl
import logging
import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import msgspec

from baken.hashlist import LIST_NAME, Delta, contiguous

SUFFIX = ".deltas"
ORIGIN = "server.json"

_log = logging.getLogger(__name__)
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Delta)


class CopyError(Exception):
    """The copy on disk cannot be used."""


class CopyInUseError(CopyError):
    """Another process writes to the folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"Another process writes to '{path}'; two would spoil the copy.")


class FolderUnusableError(CopyError):
    """The folder cannot be written."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(f"The folder '{path}' cannot be written: {error.strerror}.")


class OtherServerError(CopyError):
    """The folder holds the lists of another server."""

    def __init__(self, path: Path, server: str) -> None:
        super().__init__(f"'{path}' is a copy of {server}; use another folder for another server.")


class Origin(msgspec.Struct, frozen=True):
    """What server.json says."""

    server: str
    confirmed: dict[str, float | None] = {}  # by list, Unix seconds; None: never whole so far


def whole_lines(file: BinaryIO) -> Iterator[tuple[Delta, bytes]]:
    """Return the deltas in whole lines, each with its line; stop at the first that is not."""
    for line in file:
        if not line.endswith(b"\n"):
            return
        try:
            yield _decoder.decode(line), line
        except msgspec.DecodeError:
            return


def _sync_folder(folder: Path) -> None:
    """Make a new or renamed file's name durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _Log:
    """One file of deltas, open for appending. Not more than one thread at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.position = 0
        self._end = 0
        self._file = path.open("a+b", buffering=0)
        self._cut_what_is_not_whole()

    def _cut_what_is_not_whole(self) -> None:
        with self.path.open("rb") as file:
            for delta, line in whole_lines(file):
                if delta.position != self.position + 1:
                    break
                self.position = delta.position
                self._end += len(line)
        torn = self.path.stat().st_size - self._end
        if torn:
            # The feed gives again what was cut.
            _log.warning("%s: cut %d bytes after position %d", self.path, torn, self.position)
            self._file.truncate(self._end)
            os.fsync(self._file)

    def append(self, deltas: Iterable[Delta]) -> None:
        """Write the deltas that follow, and return when the disk has them."""
        following = contiguous(deltas, self.position)
        if not following:
            return
        lines = b"".join(_encoder.encode(delta) + b"\n" for delta in following)
        try:
            self._write(lines)
        except OSError:
            self._file.truncate(self._end)  # the next attempt must not follow half a line
            raise
        self._end += len(lines)
        self.position = following[-1].position

    def _write(self, lines: bytes) -> None:
        while lines:  # A raw write may be short, on a full disk for instance.
            lines = lines[self._file.write(lines) :]
        os.fsync(self._file)

    def close(self) -> None:
        self._file.close()


class Copy:
    """One list in the folder, open for writing; a Keeper."""

    def __init__(self, folder: "Folder", name: str) -> None:
        self._folder = folder
        self._name = name
        self._path = folder.path / f"{name}{SUFFIX}"
        self._next_path = folder.path / f".{name}{SUFFIX}.new"
        self._next_path.unlink(missing_ok=True)  # of a process that was killed
        self._log = _Log(self._path)
        self._next: _Log | None = None

    @property
    def position(self) -> int:
        """The position after which to read on."""
        return (self._next or self._log).position

    @property
    def confirmed_at(self) -> float | None:
        """When the copy was last known to be whole (Unix seconds)."""
        return self._folder.confirmed_at(self._name)

    def deltas(self) -> Iterator[Delta]:
        """Return the deltas in force, from position 1."""
        with self._path.open("rb") as file:
            for delta, _ in whole_lines(file):
                yield delta

    def start_over(self) -> None:
        """Take the next deltas as a new copy; the old one is in force until it is confirmed."""
        if self._next:
            self._next.close()
        self._next_path.unlink(missing_ok=True)
        self._next = _Log(self._next_path)

    def apply(self, deltas: Iterable[Delta]) -> None:
        """Write the deltas that follow, and return when the disk has them."""
        (self._next or self._log).append(deltas)

    def confirm(self, at: float) -> None:
        """Record that what we hold was the list's newest position at that time (Unix seconds)."""
        if self._next:
            self._next_path.rename(self._path)
            _sync_folder(self._folder.path)
            self._log.close()
            self._log, self._next = self._next, None
        self._folder.confirm(self._name, at)

    def close(self) -> None:
        """Stop writing."""
        self._log.close()
        if self._next:
            self._next.close()


class Folder:
    """The folder of copies, locked for this process."""

    def __init__(self, path: Path, server: str) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._lock_file = (path / ".lock").open("ab")
        except OSError as error:
            raise FolderUnusableError(path, error) from error
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            known = origin_of(path)
            if known and known.server != server:
                raise OtherServerError(path, known.server)
        except BlockingIOError:
            self.close()
            raise CopyInUseError(path) from None
        except CopyError:
            self.close()
            raise
        self._confirmed = dict(known.confirmed) if known else {}
        self._server = server
        self._writing = threading.Lock()  # a check server writes each list in a thread of its own
        self._remember()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let another process write."""
        self._lock_file.close()

    def open(self, name: str) -> Copy:
        """Open the copy of a list, made empty and unconfirmed if there was none."""
        if name not in self._confirmed:
            self.confirm(name, None)
        return Copy(self, name)

    def names(self) -> list[str]:
        """Return the lists that have a copy here."""
        return names_in(self.path)

    def confirmed_at(self, name: str) -> float | None:
        """Return when the copy was last known to be whole; None while it was never."""
        return self._confirmed.get(name)

    def confirm(self, name: str, at: float | None) -> None:
        """Record when the copy of a list was last known to be whole."""
        with self._writing:
            self._confirmed[name] = at
            self._remember()

    def remove(self, name: str) -> None:
        """Remove the copy of a list that we may no longer hold."""
        (self.path / f"{name}{SUFFIX}").unlink(missing_ok=True)
        with self._writing:
            self._confirmed.pop(name, None)
            self._remember()

    def _remember(self) -> None:
        # Not fsynced: a power cut at worst makes the copy look older than it is.
        temporary = self.path / ".server.json.new"
        temporary.write_bytes(_encoder.encode(Origin(self._server, self._confirmed)))
        temporary.rename(self.path / ORIGIN)


def origin_of(folder: Path) -> Origin | None:
    """Return what the folder's server.json says; None where there is none that can be read."""
    try:
        return msgspec.json.decode((folder / ORIGIN).read_bytes(), type=Origin)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def names_in(folder: Path) -> list[str]:
    """Return the lists that have a copy in the folder."""
    names = (path.name.removesuffix(SUFFIX) for path in folder.glob(f"*{SUFFIX}"))
    return sorted(name for name in names if LIST_NAME.fullmatch(name))
