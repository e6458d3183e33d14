"""What code that took over a decoder could reach. Each probe is such code, run behind the locks."""

import json
import os
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from baken.sandbox import DecoderPool
from baken.sandbox.launch import command, find_bubblewrap
from tests.processes import children_of

# Loads what a worker loads, then forks once per probe as the nursery does, and locks the fork.
PROBER = """
import ctypes, json, mmap, os, socket, subprocess, sys, threading
import numpy, msgspec, pillow_heif
from baken.media.decode import prepare
from baken.sandbox.confinement import Locks

prepare()
locks = Locks(has_own_user=False)
libc = ctypes.CDLL(None, use_errno=True)
port, secret, parent, *_ = sys.argv[1:]

def connect(): socket.socket().connect(("127.0.0.1", int(port)))
def resolve(): socket.getaddrinfo("example.org", 80)
def unix(): socket.socketpair()
def read(): open(secret).read()
def read_system(): open("/etc/ld.so.cache", "rb").read()
def write(): open("/tmp/left", "w").write("x")
def list_folder(): os.listdir("/")
def run(): os.execv("/bin/true", ["true"])
def fork(): os.fork()
def signal_parent(): os.kill(int(parent), 0)
def trace():
    if libc.ptrace(16, int(parent), 0, 0): raise OSError(ctypes.get_errno(), "ptrace")
def make_code(): mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
def take_memory(): bytearray(1 << 30)
def start_thread():
    thread = threading.Thread(target=lambda: None); thread.start(); thread.join()

def probe(function):
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            locks.close(64 << 20)
            function()
            outcome = "done"
        except BaseException as error:
            outcome = type(error).__name__
        os.write(writing, outcome.encode())
        os._exit(0)
    os.close(writing)
    outcome = os.read(reading, 100).decode()
    os.close(reading)
    _, status = os.waitpid(pid, 0)
    return outcome or f"signal {os.WTERMSIG(status)}"

probes = [connect, resolve, unix, read, read_system, write, list_folder, run, fork, signal_parent,
          trace, make_code, take_memory, start_thread]
outcomes = {function.__name__: probe(function) for function in probes}
outcomes["locks"] = list(locks.names)
places = (secret, "/etc/passwd", "/etc/ssl", "/var", "/sys", "/dev/sda")
outcomes["sees"] = [place for place in places if os.path.exists(place)]
outcomes["user"] = os.getuid()
outcomes["processes"] = sum(name.isdigit() for name in os.listdir("/proc"))
print(json.dumps(outcomes))
"""

KILLED = "signal 31"  # by seccomp
OUTCOMES = {
    "connect": {KILLED},
    "resolve": {"PermissionError", KILLED},
    "unix": {KILLED},
    "read": {"PermissionError"},
    "read_system": {"PermissionError"},
    "write": {"PermissionError"},
    "list_folder": {"PermissionError"},
    "run": {KILLED},
    "fork": {KILLED},
    "signal_parent": {KILLED},
    "trace": {KILLED},
    "make_code": {"PermissionError"},
    "take_memory": {"MemoryError"},
    "start_thread": {"done"},
}


def probed(bubblewrap: str | None, folder: Path) -> dict[str, object]:
    """Run all probes and return what came of each."""
    secret = folder / "secret"
    secret.write_text("secret", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        arguments = (str(port), str(secret), str(os.getpid()))
        done = subprocess.run(  # noqa: S603  # our own words only
            command(PROBER, arguments, bubblewrap),
            check=True,
            capture_output=True,
            env={"NUMBA_CACHE_DIR": str(folder), "OPENBLAS_NUM_THREADS": "1"},
        )
    outcomes: dict[str, object] = json.loads(done.stdout)
    return outcomes


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, object]:
    outcomes = probed(None, tmp_path_factory.mktemp("bare"))
    locks = outcomes["locks"]
    assert isinstance(locks, list)
    if "seccomp" not in locks:
        pytest.skip("this system has no seccomp (libseccomp is not installed)")
    return outcomes


@pytest.fixture(scope="module")
def wrapped(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, object]:
    executable = find_bubblewrap()
    if executable is None:
        pytest.skip("bubblewrap is not installed or not allowed here")
    return probed(executable, tmp_path_factory.mktemp("wrapped"))


@pytest.mark.parametrize("probe", OUTCOMES)
def test_the_locks_alone_keep_it_in(bare: Mapping[str, object], probe: str) -> None:
    assert bare[probe] in OUTCOMES[probe]


@pytest.mark.parametrize("probe", OUTCOMES)
def test_nothing_is_reached_inside_bubblewrap(wrapped: Mapping[str, object], probe: str) -> None:
    assert wrapped[probe] in OUTCOMES[probe]


def test_bubblewrap_hides_the_system_even_before_the_locks(wrapped: Mapping[str, object]) -> None:
    assert wrapped["sees"] == []
    assert wrapped["user"] == 65534
    assert wrapped["processes"] in (1, 2)  # bubblewrap's own, and this


def test_no_secret_and_no_open_file_is_inherited(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("A_SECRET", "secret")
    with (tmp_path / "open").open("wb") as file:
        os.set_inheritable(file.fileno(), True)
        with DecoderPool() as pool:
            assert pool.confinement
            nursery = children_of(os.getpid())[-1]
            inside = Path(f"/proc/{nursery}")
            assert b"A_SECRET" not in (inside / "environ").read_bytes()
            targets = [path.readlink() for path in (inside / "fd").iterdir()]
    assert tmp_path / "open" not in targets
