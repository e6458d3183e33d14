"""What the kernel says of processes, for tests that kill them."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path


def children_of(pid: int) -> list[int]:
    """Return the processes below this one, parents before their children."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it just ended
            for child in map(int, task.read_text(encoding="ascii").split()):
                found += [child, *children_of(child)]
    return found


def facts_of(pid: int) -> list[str]:
    """Return what the kernel says of a process, from its state on; nothing when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ["X"]


def is_gone(pid: int) -> bool:
    """Whether a process ended, whether or not somebody was told."""
    return facts_of(pid)[0] in "XZ"


def is_busy(pid: int) -> bool:
    """Whether a process has computed for a while."""
    return int(facts_of(pid)[11]) > 100


def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so; a minute is for ever."""
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)
