"""Look at a file's bytes without reading them all into memory."""

import mmap
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from baken.media.limits import Cause, DecodeError


@contextmanager
def mapped(path: str | Path, most: int) -> Iterator[memoryview]:
    """Give the bytes of a file; a pipe is read, up to `most` bytes.

    Raises OSError, and DecodeError for a pipe that goes on after `most`.
    """
    with Path(path).open("rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            data = file.read(most + 1)
            if len(data) > most:
                raise DecodeError(Cause.TOO_MANY_BYTES)
            yield memoryview(data)
        elif not about.st_size:  # which cannot be mapped
            yield memoryview(b"")
        else:
            with (
                mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole,
                memoryview(whole) as view,
            ):
                yield view
