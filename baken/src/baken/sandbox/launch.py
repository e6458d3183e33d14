"""Start the process inside the sandbox: what it may see, what it inherits, when it dies.

With bubblewrap it sees Python, the libraries and nothing else: no network, no other process,
no home, no data, all of it read-only, as nobody. Without, it is an ordinary process, and only
the locks it closes itself protect us; that is said aloud, once.
"""

import functools
import importlib.util
import logging
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from baken.media import Limits
from baken.sandbox.kernels import SOURCE_ROOT, compiled_kernels, environment

_log = logging.getLogger(__name__)

_LIBRARIES = ("llvmlite", "msgspec", "numba", "numpy", "PIL", "pillow_heif", "pyseccomp")
_SYSTEM = ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin", "/etc/ld.so.cache")
_KERNELS_INSIDE = "/tmp/kernels"  # noqa: S108  # of the sandbox: a folder in memory of its own
_PROBE_SECONDS = 20

_MAIN = "from baken.sandbox.nursery import main; main()"


@functools.cache
def library_paths() -> tuple[Path, ...]:
    """Return the folders that Python finds the library and what it needs in."""
    specs = (importlib.util.find_spec(name) for name in _LIBRARIES)
    origins = (Path(spec.origin) for spec in specs if spec and spec.origin)
    # A package's origin is its __init__.py; pyseccomp, say, may be one file.
    roots = (o.parents[1] if o.name == "__init__.py" else o.parent for o in origins)
    return tuple(dict.fromkeys([SOURCE_ROOT, *roots]))


def _python(code: str, arguments: Sequence[str]) -> list[str]:
    """Return the command that runs `code` with our library and nothing of the user's."""
    paths = [str(path) for path in library_paths()]
    whole = f"import sys; sys.path[:0] = {paths!r}; {code}"
    return [sys.executable, "-I", "-B", "-c", whole, *arguments]


def _bubblewrap(executable: str, kernels: Path) -> list[str]:
    """Return the beginning of a command line that confines the rest of it."""
    python = {Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parent}
    folders = [*_SYSTEM, *sorted(str(p) for p in python), *(str(p) for p in library_paths()[1:])]
    folders.append(str(SOURCE_ROOT / "baken"))
    binds = [word for folder in folders for word in ("--ro-bind-try", folder, folder)]
    variables = environment(Path(_KERNELS_INSIDE)) | {"HOME": "/tmp"}  # noqa: S108  # as above
    settings = [word for item in variables.items() for word in ("--setenv", *item)]
    return [
        *(executable, "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"),
        *("--uid", "65534", "--gid", "65534", "--hostname", "sandbox", *settings),
        *("--tmpfs", "/", *binds, "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"),  # noqa: S108
        *("--ro-bind", str(kernels), "/kernels", "--remount-ro", "/", "--chdir", "/tmp", "--"),  # noqa: S108
    ]


_COPY_KERNELS = f"import shutil; shutil.copytree('/kernels', '{_KERNELS_INSIDE}'); "


def command(code: str, arguments: Sequence[str], bubblewrap: str | None) -> list[str]:
    """Return the command line that runs Python code where pictures are decoded."""
    kernels = compiled_kernels(library_paths())
    if bubblewrap is None:
        return _python(code, arguments)
    # Numba wants to write where it reads its cache; inside, only memory can be written.
    return [*_bubblewrap(bubblewrap, kernels), *_python(_COPY_KERNELS + code, arguments)]


@functools.cache
def find_bubblewrap() -> str | None:
    """Return the path of bubblewrap if it works for us, and say so once if it does not."""
    executable = shutil.which("bwrap")
    if executable is None:
        _log.warning("bubblewrap is not installed: pictures are decoded with fewer locks")
        return None
    try:
        subprocess.run(  # noqa: S603  # our own words only
            command("", (), executable),
            env={},
            check=True,
            capture_output=True,
            timeout=_PROBE_SECONDS,
        )
    except (subprocess.SubprocessError, OSError):
        _log.warning(
            "bubblewrap does not work here (are user namespaces allowed?):"
            " pictures are decoded with fewer locks"
        )
        return None
    return executable


class LaunchError(Exception):
    """The sandbox did not start."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The sandbox for pictures did not start: {reason}")


class Launched:
    """The process inside the sandbox and the socket to it."""

    def __init__(self, limits: Limits, bubblewrap: str | None) -> None:
        arguments = (
            "no" if bubblewrap is None else "yes",
            *(str(limits.bytes), str(limits.pixels), str(limits.seconds), str(limits.memory)),
        )
        self._command = command(_MAIN, arguments, bubblewrap)
        self._kernels = compiled_kernels(library_paths())
        self.control, self._theirs = socket.socketpair()
        self._has_started = threading.Event()
        self._failure: OSError | None = None
        self.process: subprocess.Popen[bytes] | None = None
        # The kernel's "die with the parent" watches the thread that started the process, not
        # the program; so this thread does nothing else and lives as long as the process does.
        self._thread = threading.Thread(target=self._run, name="baken-sandbox", daemon=True)
        self._thread.start()
        self._has_started.wait()
        self._theirs.close()
        if self._failure:
            self.control.close()
            raise LaunchError(str(self._failure)) from self._failure

    def _run(self) -> None:
        try:
            process = subprocess.Popen(  # noqa: S603  # our own words only
                self._command,
                stdin=self._theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=environment(self._kernels),
                start_new_session=True,
            )
        except OSError as error:
            self._failure = error
            self._has_started.set()
            return
        self.process = process
        self._has_started.set()
        process.wait()

    def complaint(self) -> str:
        """End the process and return the last line it wrote."""
        text = b""
        if self.process and self.process.stderr:
            self.process.kill()
            text = self.process.stderr.read()
        lines = text.decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def close(self) -> None:
        """End the process and everything in it."""
        self.control.close()
        if self.process:
            self.process.kill()
            self._thread.join()
            if self.process.stderr:
                self.process.stderr.close()
