"""Keep the compiled kernels on disk, so that a sandbox starts without compiling them.

Inside the sandbox nothing can be written, and compiling takes seconds. So an ordinary process
that sees no picture compiles them first, into a folder that only we can write: a cache holds
code that will be run.
"""

import atexit
import functools
import hashlib
import importlib.metadata
import logging
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

_log = logging.getLogger(__name__)

SOURCE_ROOT = Path(__file__).resolve().parents[2]
"""The folder that holds the package `baken`."""

_SECONDS = 300
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def environment(kernels: Path) -> dict[str, str]:
    """Return all the variables that a process of the sandbox inherits: nothing of ours."""
    return {
        "LANG": "C.UTF-8",
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "NUMBA_CACHE_DIR": str(kernels),
        # One picture, one thread: a fork keeps only the thread that forked.
        "NUMBA_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }


def _own_folder() -> Path:
    """Return a folder that only we can write, in the user's cache if there is one."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "baken" / "kernels"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        about = folder.stat()
        is_ours = about.st_uid == os.getuid() and not about.st_mode & _WRITABLE_BY_OTHERS
        if is_ours and os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    temporary = Path(tempfile.mkdtemp(prefix="baken-kernels-"))
    atexit.register(shutil.rmtree, temporary, ignore_errors=True)
    _log.info("No cache folder of our own can be written; kernels are compiled at each start")
    return temporary


def _key() -> str:
    """Return what the compiled kernels depend on."""
    sources = sorted((SOURCE_ROOT / "baken" / "algorithms").glob("*.py"))
    facts = [f"{path} {path.stat().st_mtime_ns} {path.stat().st_size}" for path in sources]
    facts += [sys.version, importlib.metadata.version("numba")]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]


@functools.cache
def compiled_kernels(paths: Sequence[Path]) -> Path:
    """Return the folder with the compiled kernels; compile them if they are not there."""
    folder = _own_folder()
    mark = folder / f"compiled-{_key()}"
    if mark.exists():
        return folder
    code = (
        f"import sys; sys.path[:0] = {[str(path) for path in paths]!r}; import baken.algorithms.pdq"
    )
    try:
        subprocess.run(  # noqa: S603  # our own words only
            [sys.executable, "-I", "-B", "-c", code],
            env=environment(folder),
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
        )
        mark.touch(mode=0o600)
    except (subprocess.SubprocessError, OSError):
        # The sandbox compiles for itself then, in seconds instead of milliseconds.
        _log.warning("The kernels could not be compiled ahead; the sandbox starts slowly")
    return folder
