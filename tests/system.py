"""The whole system as `make run` starts it: real processes, on ports and data of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).parent.parent
READY_SECONDS = 120
STOP_SECONDS = 30


@dataclass(frozen=True)
class System:
    """What `make run` printed, and the process that runs it all."""

    process: "subprocess.Popen[str]"
    port: int
    data: Path
    printed: tuple[str, ...]

    @property
    def server(self) -> str:
        """Return the hotline's address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def edge(self) -> str:
        """Return the check server's address."""
        return f"http://127.0.0.1:{self.port + 1}"

    @property
    def phone(self) -> str:
        """Return the stand-in phone's address."""
        return f"http://127.0.0.1:{self.port + 2}"

    @property
    def links(self) -> list[str]:
        """Return the one-time links, the first analyst's first."""
        return re.findall(r"http://\S+/sign-in/link/\S+", "\n".join(self.printed))

    @property
    def key(self) -> str:
        """Return the demonstration partner's key."""
        (key,) = re.findall(r"bk_[0-9a-f]{8}_[\w-]{43}", "\n".join(self.printed))
        return str(key)

    def send(self, app: str, person: str, **order: object) -> dict[str, object]:
        """Let a person forward something; return what the phone says of the delivery."""
        order = {"app": app, "person": person, "wait": True, **order}
        answer = httpx.post(f"{self.phone}/phone/send", json=order, timeout=60)
        answer.raise_for_status()
        sent: dict[str, object] = answer.json()
        return sent

    def replies(self, app: str, person: str) -> list[dict[str, object]]:
        """Return what the hotline answered a person, oldest first."""
        where = {"app": app, "person": person}
        answer = httpx.get(f"{self.phone}/phone/messages", params=where, timeout=10)
        answer.raise_for_status()
        messages = answer.json()
        messages = messages["messages"] if isinstance(messages, dict) else messages
        return [message for message in messages if message["author"] == "hotline"]

    def manage(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run a management command beside the running system."""
        return subprocess.run(  # noqa: S603  # our own command
            [sys.executable, str(ROOT / "manage.py"), *words],
            env=environment(self.port, self.data),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


def environment(port: int, data: Path) -> dict[str, str]:
    """Return the environment of a demonstration on this port and data."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("DJANGO_")}
    for name in ("DATABASE_URL", "VAULT_URL", "BAKEN_KEYS"):
        kept.pop(name, None)
    mine = {"BAKEN_PORT": str(port), "BAKEN_DATA": str(data), "BAKEN_DEMONSTRATION": "yes"}
    return {**kept, **mine}


def free_port() -> int:
    """Return a port that is free together with the two after it."""
    while True:
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
        if port < 65_000 and all(_is_free(port + n) for n in range(3)):  # of 65535
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@contextmanager
def running(data: Path, port: int | None = None) -> Iterator[System]:
    """Start the system, wait until it says what to open, and stop it with Ctrl-C."""
    port = port or free_port()
    process = subprocess.Popen(  # noqa: S603  # our own command
        [sys.executable, str(ROOT / "manage.py"), "run"],
        env=environment(port, data),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield System(process, port, data, _until_ready(process))
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(STOP_SECONDS)
        if process.stdout:
            process.stdout.close()


def _until_ready(process: "subprocess.Popen[str]") -> tuple[str, ...]:
    if process.stdout is None:
        raise AssertionError(process)
    lines: list[str] = []
    deadline = time.monotonic() + READY_SECONDS
    for line in process.stdout:
        lines.append(line.rstrip())
        if "bk_" in line:
            return tuple(lines)
        if time.monotonic() > deadline:
            break
    raise AssertionError("\n".join(lines) or "it printed nothing")
