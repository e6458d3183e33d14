"""`make run`: what it refuses in one sentence, and that it leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import children_of, is_gone, until
from tests.system import ROOT, environment, free_port, running

pytestmark = pytest.mark.journey


def start(data: Path, port: int, **more: str) -> "subprocess.CompletedProcess[str]":
    """Type the command with an environment that cannot work."""
    return subprocess.run(  # noqa: S603  # our own command
        [sys.executable, str(ROOT / "manage.py"), "run"],
        env={**environment(port, data), **more},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def data() -> Iterator[Path]:
    # Not under pytest's folder: another run beside this one would tidy it away.
    with tempfile.TemporaryDirectory(prefix="baken-start-") as folder:
        yield Path(folder) / "data"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("BAKEN_PORT", "eight", "BAKEN_PORT must be a whole number, not 'eight'."),
        ("BAKEN_PORT", "70000", "BAKEN_PORT must be between 1 and 65533, not 70000."),
        ("DATABASE_URL", "mysql://host/name", "DATABASE_URL must begin with postgresql://"),
        ("DATABASE_URL", "postgresql://127.0.0.1:9/name", "DATABASE_URL: "),
        ("VAULT_URL", "ftp://host/path", "VAULT_URL (ftp://…) cannot be used"),
        ("BAKEN_DATA", "/proc/nowhere", "BAKEN_DATA"),
        ("BAKEN_DEMONSTRATION", "perhaps", "BAKEN_DEMONSTRATION must be yes or no"),
    ],
)
def test_a_wrong_value_is_one_clear_sentence(
    data: Path, name: str, value: str, sentence: str
) -> None:
    done = start(data, free_port(), **{name: value})
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_in_use_is_one_clear_sentence(data: Path) -> None:
    port = free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port + 1))
        taken.listen()
        done = start(data, port)
    assert done.returncode == 2
    assert f"Port {port + 1} is in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_second_start_on_the_same_data_is_refused_and_ctrl_c_leaves_no_process(
    data: Path,
) -> None:
    with running(data) as system:
        assert len([line for line in system.printed if "http://" in line]) == 4
        second = start(data, free_port())
        assert second.returncode == 2
        assert "Traceback" not in second.stderr
        started = children_of(system.process.pid)
        assert len(started) >= 6
        os.kill(system.process.pid, signal.SIGINT)
        assert system.process.wait(20) == 0
    until(lambda: all(is_gone(pid) for pid in started))


def test_a_kill_of_the_supervisor_takes_everything_along_and_the_next_start_recovers(
    data: Path,
) -> None:
    with running(data) as system:
        started = children_of(system.process.pid)
        system.process.kill()
        system.process.wait(10)
        until(lambda: all(is_gone(pid) for pid in started))
    with running(data) as again:
        assert again.key == system.key
