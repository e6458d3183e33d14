"""Child processes: watched, named when they die, and gone with everything they started."""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hotline.management import children
from hotline.management.children import Child, ChildDiedError, NotReadyError, Program, stop

STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True)"
WITH_CHILD = "import subprocess, time; print(subprocess.Popen(['sleep', '600']).pid, flush=True)"


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] in "XZ"
    except FileNotFoundError:
        return True


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60  # for ever
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def watch(child: Child) -> None:
    while True:
        child.check()
        time.sleep(0.01)


def program(code: str, *, is_up: Path | None = None) -> Program:
    words = [sys.executable, "-c", code]
    is_ready = (lambda: bool(is_up.read_text())) if is_up else (lambda: True)
    return Program("test program", words, {}, is_ready, stop_seconds=0.5)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "test-program.log"


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[Child]]:
    running: list[Child] = []
    yield running
    stop(running)


def test_a_child_that_dies_is_named_with_its_last_words(tmp_path: Path) -> None:
    child = Child(program("import sys; sys.exit('the disk is full')"), tmp_path)
    with pytest.raises(ChildDiedError, match=r"test program .*code 1(.|\n)*the disk is full"):
        watch(child)


def test_a_child_that_dies_while_awaited_is_not_awaited(tmp_path: Path) -> None:
    never = Program("test program", [sys.executable, "-c", ""], {}, lambda: False)
    with pytest.raises(ChildDiedError):
        Child(never, tmp_path).wait_until_ready()


def test_a_child_that_never_gets_ready_is_named(
    tmp_path: Path, started: list[Child], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "START_SECONDS", 0)
    words = [sys.executable, "-c", "import time; time.sleep(600)"]
    started.append(Child(Program("test program", words, {}, lambda: False), tmp_path))
    with pytest.raises(NotReadyError, match=r"test program was not ready .*test-program\.log"):
        started[0].wait_until_ready()


def test_one_that_will_not_stop_is_ended(tmp_path: Path, log: Path) -> None:
    child = Child(program(f"{STUBBORN}; time.sleep(600)", is_up=log), tmp_path)
    child.wait_until_ready()
    stop([child])
    with pytest.raises(ChildDiedError, match="code -9"):
        child.check()


def test_what_a_child_started_ends_with_it(tmp_path: Path, log: Path) -> None:
    child = Child(program(f"{WITH_CHILD}; time.sleep(600)", is_up=log), tmp_path)
    child.wait_until_ready()
    grandchild = int(log.read_text())
    stop([child])
    until(lambda: is_gone(grandchild))


def test_a_child_gets_the_environment_it_was_given_and_no_other(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1:secret")
    code = "import os, time; print(sorted(os.environ), flush=True); time.sleep(600)"
    child = Child(program(code, is_up=log), tmp_path)
    child.wait_until_ready()
    stop([child])
    assert "TELEGRAM" not in log.read_text()


def test_a_long_log_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "LOG_LIMIT", 3)
    path = tmp_path / "server.log"
    path.write_text("long")
    children.fresh_log(path).close()
    assert (path.read_text(), (tmp_path / "server.log.1").read_text()) == ("", "long")


def test_a_server_that_is_not_there_answers_no() -> None:
    assert not children.answers(9, "/health")()
