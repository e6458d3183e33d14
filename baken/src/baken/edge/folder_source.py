"""Serve the lists of a local copy that `baken sync` writes, and follow it as it grows.

The writer appends whole lines and puts a new file in place when a list starts over; so a reader
needs no lock, only the place in the file up to which it has read. Looking ten times a second
costs nothing and works on every file system.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from baken.client.copy import SUFFIX, names_in, origin_of, whole_lines
from baken.edge.lists import Lists, ServedList

LOOK_SECONDS = 0.1
SLICE_DELTAS = 500  # after so many, others have a turn


@dataclass
class _Reading:
    """How far one file has been read."""

    inode: int
    offset: int = 0
    is_whole: bool = False  # nothing stands after the offset that could not be read
    confirmed_at: float | None = None


class FolderSource:
    """Follows the folder of a local copy."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def follow(self, lists: Lists) -> None:
        """Run until cancelled."""
        readings: dict[str, _Reading] = {}
        while True:
            names = names_in(self._folder)
            for name in set(lists.names()) - set(names):
                lists.drop(name)
                readings.pop(name, None)
            for name in names:
                await self._read(lists.open(name), readings)
            self._confirm(lists, readings)
            if names and all(lists.get(name) for name in names):
                lists.mark_loaded()
            await asyncio.sleep(LOOK_SECONDS)

    async def _read(self, served: ServedList, readings: dict[str, _Reading]) -> None:
        """Apply what was written since the last look."""
        path = self._folder / f"{served.name}{SUFFIX}"
        try:
            state = path.stat()
        except FileNotFoundError:
            return  # removed this moment; the next look drops it
        reading = readings.get(served.name)
        if reading and reading.inode == state.st_ino and reading.offset == state.st_size:
            return
        with path.open("rb") as file:
            # Another file, or one that was cut, is another history: it replaces what is served.
            if not reading or reading.inode != state.st_ino or reading.offset > state.st_size:
                served.start_over()
                reading = _Reading(state.st_ino)
            await _apply(served, file, reading)
        reading.is_whole = reading.offset == state.st_size
        readings[served.name] = reading

    def _confirm(self, lists: Lists, readings: dict[str, _Reading]) -> None:
        """Pass on when the copy was last known to be whole."""
        origin = origin_of(self._folder)
        confirmed = origin.confirmed if origin else {}
        for name, reading in readings.items():
            if name not in confirmed:
                lists.open(name).serve_unconfirmed()  # put here by hand: nobody knows its age
                continue
            at = confirmed[name]
            if at is not None and at != reading.confirmed_at and reading.is_whole:
                lists.open(name).confirm(at)
                reading.confirmed_at = at


async def _apply(served: ServedList, file: BinaryIO, reading: _Reading) -> None:
    """Apply the whole lines after the reading's offset, a slice at a time."""
    file.seek(reading.offset)
    deltas = []
    for delta, line in whole_lines(file):
        deltas.append(delta)
        reading.offset += len(line)
        if len(deltas) == SLICE_DELTAS:
            served.apply(deltas)
            deltas = []
            await asyncio.sleep(0)
    if deltas:
        served.apply(deltas)
