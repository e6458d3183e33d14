"""Everything a hotline is made of, on one machine, from one terminal: `make run`.

The database first, then its tables, then the processes side by side. They stop in the order in
which they feed one another, so that nothing that came in is cut off halfway. In production the
same processes are run one by one, by whatever runs processes there.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections

from hotline import embedded
from hotline.environment import ROOT
from hotline.lifeline import end_with
from hotline.management import demonstration
from hotline.management.children import Child, Program, answers, stop
from hotline.management.demonstration import Demonstration
from hotline.management.errors import StartError
from hotline.management.place import HOST, check_database, check_ports, held_folder
from hotline.vault.keys import SESSION_FILE
from hotline.vault.store import check_store

SERVER_THREADS = "16"  # waiting for the database and for uploads, mostly
WORKER_STOP_SECONDS = 7.0  # its jobs get five seconds to end
WATCH_SECONDS = 0.2
BASICS = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "XDG_RUNTIME_DIR")

Say = Callable[[str], None]


class StopRequested(BaseException):
    """Somebody pressed Ctrl-C, or the machine shuts down: the normal end.

    Not an Exception, so that nothing on the way takes it for a failure of its own.
    """


class NoKeysError(StartError):
    """A hotline that works for real gets its keys on purpose, not by the way."""

    def __init__(self, keys: Path) -> None:
        super().__init__(f"There are no keys in '{keys}': run `manage.py create_keys` once.")


class DatabaseDiedError(Exception):
    """The embedded PostgreSQL ended by itself."""

    def __init__(self, log: Path) -> None:
        super().__init__(f"PostgreSQL ended by itself; {log} says why.")


def supervise(say: Say, tell: Callable[[Demonstration | None], None]) -> None:
    """Run the hotline until somebody stops it; `tell` is called once everything works."""
    logs = settings.DATA / "logs"
    with _stop_signals(), held_folder(settings.DATA):
        check_ports(_ports())
        check_store()
        environment = _environment()
        say("Preparing the database …")
        with _database(logs / "postgres.log") as check_database_runs:
            call_command("migrate", verbosity=0, interactive=False)
            shown = demonstration.set_up() if settings.DEMONSTRATION else None
            say("Starting the processes …")
            programs = _programs(environment)
            connections.close_all()
            with _running(programs, logs) as children:
                connections.close_all()
                tell(shown)
                _watch(children, check_database_runs)


def _ports() -> list[int]:
    needed = 3 if settings.DEMONSTRATION else 2
    return list(range(settings.PORT, settings.PORT + needed))


def _environment() -> dict[str, str]:
    """Return the environment of the hotline's processes, with the keys in their place."""
    environment = dict(os.environ)
    if settings.DEMONSTRATION:
        for name, value in demonstration.prepare(settings.PORT).items():
            # What the person set wins, also as X_FILE.
            if not environment.get(name) and not environment.get(f"{name}_FILE"):
                environment[name] = value
    elif not (settings.KEYS / SESSION_FILE).is_file():
        raise NoKeysError(settings.KEYS)
    library = ROOT / "baken" / "src"
    return environment | {
        "BAKEN_DATA": str(settings.DATA),
        "BAKEN_KEYS": str(settings.KEYS),
        "DJANGO_SETTINGS_MODULE": "hotline.settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(library)]),
        # Our processes speak with one another; no proxy is asked for that.
        "NO_PROXY": ",".join(filter(None, [environment.get("NO_PROXY"), HOST, "localhost"])),
    }


@contextmanager
def _database(log: Path) -> Iterator[Callable[[], None]]:
    """Have a database; yield what raises DatabaseDiedError when it is gone."""
    if settings.DATABASE_URL:
        check_database()
        yield lambda: None  # not ours to watch
        return
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    cluster = embedded.start(settings.EMBEDDED_CLUSTER, log)
    try:
        # The settings were read before there was a socket.
        sockets = embedded.socket_folder(settings.EMBEDDED_CLUSTER)
        connections["default"].settings_dict["HOST"] = str(sockets)

        def check() -> None:
            if cluster.process.poll() is not None:
                raise DatabaseDiedError(log)

        yield check
    finally:
        connections.close_all()
        cluster.cleanup()


def _programs(environment: dict[str, str]) -> list[Program]:
    """Return the processes, in the order in which they stop.

    Django's checks of the settings are left out: `make check` runs them, and they take each
    process most of a second.
    """
    port = settings.PORT
    manage = [sys.executable, str(ROOT / "manage.py")]
    server = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST]
    server += ["--port", str(port), "--blocking-threads", SERVER_THREADS, "--no-ws"]
    server += ["--log-level", "warning", "hotline.wsgi:application"]
    edge = [*manage, "edge", "--skip-checks", "--host", HOST, "--port", str(port + 1)]
    programs = [
        Program("check server", edge, environment, answers(port + 1, "/ready")),
        Program("server", server, environment, answers(port, "/ready")),
        Program(
            "worker",
            [*manage, "work", "--skip-checks"],
            environment,
            _has_new_worker(),
            WORKER_STOP_SECONDS,
        ),
    ]
    if environment.get("SIGNAL_ACCOUNT"):
        follow = [*manage, "follow_signal", "--skip-checks"]
        # Signal keeps what comes while nobody follows; the others would all start slower.
        programs.insert(1, Program("Signal follower", follow, environment, starts_last=True))
    if settings.DEMONSTRATION:
        programs.insert(0, _phone(environment))
    return programs


def _phone(environment: dict[str, str]) -> Program:
    """Return the stand-in phone; it is a stranger, and gets nothing but what a provider knows."""
    port = settings.PORT
    words = [sys.executable, "-m", "phone", "--port", str(port + 2)]
    words += ["--hotline", f"http://{HOST}:{port}"]
    basics = {name: environment[name] for name in BASICS if name in environment}
    told = demonstration.environment_of_phone(environment)
    paths = {name: environment[name] for name in ("PYTHONPATH", "NO_PROXY")}
    return Program("phone", words, basics | told | paths, answers(port + 2, "/health"))


def _has_new_worker() -> Callable[[], bool]:
    """Return what asks whether a worker has reported since now."""

    def newest() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(max(id), 0) FROM procrastinate_workers")
            (found,) = cursor.fetchone() or (0,)
        return int(found)

    before = newest()
    return lambda: newest() > before


@contextmanager
def _running(programs: Sequence[Program], logs: Path) -> Iterator[Sequence[Child]]:
    """Start them and yield them when they work; stop them all, whatever happens in between."""
    started: dict[str, Child] = {}
    try:
        for starts_last in (False, True):
            for program in programs:
                if program.starts_last is starts_last:
                    started[program.name] = Child(program, logs)
            for child in started.values():
                child.wait_until_ready()
        yield list(started.values())
    finally:
        stop([started[program.name] for program in programs if program.name in started])


def _watch(children: Sequence[Child], check_database_runs: Callable[[], None]) -> None:
    """Return never; raise ChildDiedError, DatabaseDiedError or StopRequested."""
    while True:
        for child in children:
            child.check()
        check_database_runs()
        time.sleep(WATCH_SECONDS)


@contextmanager
def _stop_signals() -> Iterator[None]:
    """Turn the first signal to stop into StopRequested; later ones change nothing."""
    words = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def request(_number: int, _frame: FrameType | None) -> None:
        for word in words:
            signal.signal(word, signal.SIG_IGN)
        raise StopRequested

    before = {word: signal.signal(word, request) for word in words}
    _end_with_make()
    try:
        yield
    finally:
        for word, handler in before.items():
            signal.signal(word, handler)


def _end_with_make() -> None:
    """Where `make` started us, end when it is killed: whoever typed it wants all of it gone."""
    parent = os.getppid()
    try:
        name = Path(f"/proc/{parent}/comm").read_text(encoding="utf-8").strip()
    except OSError:  # a parent outside of this container
        return
    if name == "make":
        end_with(parent)
