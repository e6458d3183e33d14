"""Lock this process so that a decoder taken over by a picture reaches nothing.

Each lock works alone; where one cannot be had the others stand. In order: limits on resources,
no new rights through programs, Landlock (no file by path at all), seccomp (only the system
calls that decoding needs). A lock cannot be opened again from inside. Everything must be
imported and loaded before.
"""

import ctypes
import os
import resource
from collections.abc import Callable
from pathlib import Path

from baken.sandbox.syscalls import build_filter

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_SYS_LANDLOCK_CREATE_RULESET = 444  # the same on every architecture
_SYS_LANDLOCK_RESTRICT_SELF = 446
_LANDLOCK_VERSION = 1  # flag: answer the version, make nothing
_LANDLOCK_FILES = {1: 13, 2: 14, 3: 15, 4: 15}  # version -> number of rights over files
_LANDLOCK_FILES_NEWEST = 16
_LANDLOCK_HAS_NETWORK = 4  # from this version: binding and connecting TCP

_MOST_DESCRIPTORS = 16
_SIGKILL = 9

_libc = ctypes.CDLL(None, use_errno=True)


class LockError(OSError):
    """The kernel refused a lock that it said it has."""

    def __init__(self, lock: str) -> None:
        number = ctypes.get_errno()
        super().__init__(number, f"{lock}: {os.strerror(number)}")


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, value, 0, 0, 0):
        raise LockError("prctl")


def die_with_parent() -> None:
    """Ask the kernel to kill this process when the thread that started it ends."""
    _prctl(_PR_SET_PDEATHSIG, _SIGKILL)


def _memory_in_use() -> int:
    """Return the address space this process holds now, in bytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


def limit_resources(memory: int) -> None:
    """Allow `memory` more bytes, no file to write, no core dump, few descriptors."""
    limits = {
        resource.RLIMIT_AS: _memory_in_use() + memory,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: _MOST_DESCRIPTORS,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))


def limit_threads(most: int) -> None:
    """Allow this user so many processes and threads; only sensible for a user of our own."""
    resource.setrlimit(resource.RLIMIT_NPROC, (most, most))


def limit_processor(seconds: float) -> None:
    """Allow so much more processor time; for each picture anew."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    total = int(usage.ru_utime + usage.ru_stime + seconds) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (total, hard))


def landlock_version() -> int:
    """Return the kernel's version of Landlock, 0 when it has none."""
    version: int = _libc.syscall(_SYS_LANDLOCK_CREATE_RULESET, None, 0, _LANDLOCK_VERSION)
    return max(version, 0)


def forbid_files(version: int) -> None:
    """Forbid, through Landlock, every file by path and every TCP connection."""
    n_rights = _LANDLOCK_FILES.get(version, _LANDLOCK_FILES_NEWEST)
    network = 0b11 if version >= _LANDLOCK_HAS_NETWORK else 0
    rights = (ctypes.c_uint64 * 2)((1 << n_rights) - 1, network)
    size = 16 if network else 8
    rules = _libc.syscall(_SYS_LANDLOCK_CREATE_RULESET, ctypes.byref(rights), size, 0)
    if rules < 0:
        raise LockError("Landlock")
    failed = _libc.syscall(_SYS_LANDLOCK_RESTRICT_SELF, rules, 0)
    os.close(rules)
    if failed:
        raise LockError("Landlock")


class Locks:
    """The locks this system has, found and built once; then closed in each worker."""

    def __init__(self, *, has_own_user: bool) -> None:
        self._has_own_user = has_own_user
        self._landlock = landlock_version()
        self._load_seccomp: Callable[[], None] | None = build_filter()

    @property
    def names(self) -> tuple[str, ...]:
        """What is active, in words."""
        landlock = ("landlock",) if self._landlock else ()
        seccomp = ("seccomp",) if self._load_seccomp else ()
        return (*seccomp, *landlock, "rlimits")

    def close(self, memory: int) -> None:
        """Lock this process for good."""
        die_with_parent()
        limit_resources(memory)
        if self._has_own_user:
            limit_threads(_MOST_DESCRIPTORS)
        _prctl(_PR_SET_DUMPABLE, 0)
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)
        if self._landlock:
            forbid_files(self._landlock)
        if self._load_seccomp:
            self._load_seccomp()
