"""Child processes: started together, watched, stopped in order, none of them left behind."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import BinaryIO

from hotline.lifeline import die_with_parent

LOG_LIMIT = 5 << 20  # a longer log becomes the old one at the next start
LINES_SHOWN = 15
START_SECONDS = 90
LOOK_SECONDS = 0.1
OK = 200


class ChildDiedError(Exception):
    """One of the processes ended by itself; the hotline is not whole without it."""

    def __init__(self, name: str, code: int, log: Path) -> None:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LINES_SHOWN:]
        shown = "".join(f"\n  {line}" for line in lines) or " nothing"
        super().__init__(f"The {name} ended by itself (exit code {code}). {log} says last:{shown}")


class NotReadyError(Exception):
    """One of the processes runs, but does not come to work."""

    def __init__(self, name: str, log: Path) -> None:
        super().__init__(f"The {name} was not ready after {START_SECONDS} seconds; see {log}.")


@dataclass(frozen=True, slots=True)
class Program:
    """What is to run: its name, its words, its whole environment, and when it is ready."""

    name: str
    words: Sequence[str]
    environment: Mapping[str, str]
    is_ready: Callable[[], bool] = field(default=lambda: True)
    stop_seconds: float = 2.0  # between asking it to end and ending it
    starts_last: bool = False  # once the others are ready


class Child:
    """A running program."""

    def __init__(self, program: Program, logs: Path) -> None:
        self.program = program
        self.log = logs / f"{program.name.replace(' ', '-')}.log"
        with fresh_log(self.log) as lines:
            self._process = subprocess.Popen(  # noqa: S603  # our own words
                program.words,
                env=dict(program.environment),
                stdin=subprocess.DEVNULL,
                stdout=lines,
                stderr=lines,
                start_new_session=True,  # a Ctrl-C is for the supervisor, who stops in order
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509  # two system calls
            )

    def check(self) -> None:
        """Raise ChildDiedError if it does not run any more."""
        code = self._process.poll()
        if code is not None:
            raise ChildDiedError(self.program.name, code, self.log)

    def wait_until_ready(self) -> None:
        """Return when it works; raise ChildDiedError or NotReadyError."""
        deadline = time.monotonic() + START_SECONDS
        while not self.program.is_ready():
            self.check()
            if time.monotonic() > deadline:
                raise NotReadyError(self.program.name, self.log)
            time.sleep(LOOK_SECONDS)

    def ask_to_stop(self) -> None:
        """Let it finish what it is at."""
        with suppress(ProcessLookupError):
            self._process.terminate()

    def make_sure(self) -> None:
        """Wait for its end, then end it and whatever it started itself."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(self.program.stop_seconds)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def fresh_log(path: Path) -> BinaryIO:
    """Open a log at its end; one that grew long is put aside first."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def stop(children: Sequence[Child]) -> None:
    """Stop them in the order given; each has begun to end before the next is asked to."""
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.make_sure()


def answers(port: int, path: str) -> Callable[[], bool]:
    """Return what asks whether the server on this port says 200."""

    def ask() -> bool:
        connection = HTTPConnection("127.0.0.1", port, timeout=2)  # never through a proxy
        try:
            connection.request("GET", path)
            return connection.getresponse().status == OK
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    return ask
