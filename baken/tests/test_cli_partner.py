"""The commands of a partner site, as typed: check, sync, edge."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from baken.cli import main
from baken.edge import FileKeyring
from baken.fingerprint import digests
from baken.hashlist import ListedFingerprint
from baken.sandbox import DecoderPool
from tests.edges import MemorySource, RunningEdge, delta, md5, retraction, running, until
from tests.pictures import dead_leaves, to_jpeg

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def source() -> MemorySource:
    return MemorySource(delta(1, md5(1)))


@pytest.fixture
def edge(source: MemorySource, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningEdge]:
    monkeypatch.setenv("BAKEN_KEY", "alice")
    with running(source) as edge:
        yield edge


def listed(data: bytes) -> list[ListedFingerprint]:
    """Return the fingerprints of a file as a list holds them."""
    with DecoderPool() as pool:
        found = pool.fingerprint(data).fingerprints
    return [ListedFingerprint(one.algorithm, one.value.hex(), one.quality) for one in found]


def test_check_recognises_the_file_a_copy_of_it_and_nothing_else(
    edge: RunningEdge, source: MemorySource, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = dead_leaves(1)
    files = {"same": to_jpeg(picture, 90), "smaller": to_jpeg(picture.resize((320, 240)), 40)}
    files["another"] = to_jpeg(dead_leaves(2), 90)
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    source.publish(delta(2, *listed(files["same"])))
    arguments = ["check", *(str(tmp_path / name) for name in files), "--server", edge.url]
    assert main(arguments) == 1
    same, smaller, another = capsys.readouterr().out.splitlines()
    assert "MATCH (exact) on list 'baseline'" in same
    assert same.endswith("we recommend: block it")
    assert re.search(r"MATCH \(near, \d+ of 256 bits apart\)", smaller)
    assert smaller.endswith("we recommend: let a person look")
    assert another.endswith("no match on 'baseline' at 2, 'other' at 0")


def test_check_of_a_file_that_is_no_picture_compares_its_digests(
    edge: RunningEdge, source: MemorySource, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"no picture")
    assert main(["check", str(path), "--server", edge.url]) == 0
    assert "only its digests were checked" in capsys.readouterr().err
    (found,) = (one for one in digests([b"no picture"]) if one.algorithm == "sha1")
    source.publish(delta(2, ListedFingerprint("sha1", found.value.hex())))
    assert main(["check", str(path), "--server", edge.url, "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["match"], answer["file"]) == (True, str(path))


def test_check_of_a_file_that_is_not_there_says_which_and_checks_the_others(
    edge: RunningEdge, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "there").write_bytes(b"no picture")
    arguments = ["check", str(tmp_path / "gone"), str(tmp_path / "there"), "--server", edge.url]
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert f"{tmp_path / 'gone'}: cannot be read: No such file" in printed.err
    assert "there: no match" in printed.out


@pytest.mark.parametrize(
    ("key", "server", "said"),
    [
        ("mallory", None, "Send your key"),
        ("alice", "http://127.0.0.1:1", "No answer from"),
        ("alice", "127.0.0.1", "no server address"),
    ],
)
def test_check_says_in_a_sentence_why_it_could_not_ask(
    edge: RunningEdge,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    key: str,
    server: str | None,
    said: str,
) -> None:
    (tmp_path / "file").write_bytes(b"no picture")
    (tmp_path / "key").write_text(f"{key}\n")
    arguments = ["check", str(tmp_path / "file"), "--server", server or edge.url]
    assert main([*arguments, "--key-file", str(tmp_path / "key")]) == 2
    printed = capsys.readouterr().err
    assert said in printed
    assert "mallory" not in printed


def test_sync_once_brings_the_copy_up_to_date(
    edge: RunningEdge, source: MemorySource, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["sync", str(tmp_path / "lists"), "--server", edge.url, "--once"]
    assert main(arguments) == 0
    assert capsys.readouterr().out.splitlines() == ["baseline: position 1", "other: position 0"]
    source.publish(retraction(2, entry=1))
    assert main(arguments) == 0
    assert capsys.readouterr().out.splitlines() == ["baseline: position 2", "other: position 0"]
    assert "alice" not in (tmp_path / "lists" / "server.json").read_text()


@pytest.mark.parametrize("key", ["mallory", "carol"])
def test_sync_without_the_right_ends_with_a_sentence(
    edge: RunningEdge, tmp_path: Path, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    assert main(["sync", str(tmp_path), "--server", edge.url, "--key", key]) == 2
    assert "refuses" in capsys.readouterr().err


class Command:
    """A `baken` command in a process of its own."""

    def __init__(self, *arguments: str) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "baken/src"), "BAKEN_KEY": "alice"}
        self.process = subprocess.Popen(  # noqa: S603  our own command
            [sys.executable, "-m", "baken", *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def stop(self, signal_: signal.Signals) -> int:
        """Stop it and return its exit code."""
        self.process.send_signal(signal_)
        self.process.communicate(timeout=30)
        return self.process.returncode

    def is_running(self) -> bool:
        return self.process.poll() is None


@pytest.fixture
def commands() -> Iterator[list[Command]]:
    """Commands that are killed at the end, however the test ends."""
    started: list[Command] = []
    yield started
    for command in started:
        command.process.kill()
        command.process.communicate()


def free_port() -> int:
    with running(MemorySource()) as edge:
        return int(edge.url.rsplit(":", 1)[1])


def is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/ready", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGTERM])
def test_sync_follows_until_it_is_stopped_and_a_kill_loses_nothing(
    edge: RunningEdge,
    source: MemorySource,
    tmp_path: Path,
    commands: list[Command],
    signal_: signal.Signals,
) -> None:
    path = tmp_path / "baseline.deltas"
    commands.append(command := Command("sync", str(tmp_path), "--server", edge.url))
    until(lambda: path.exists() and path.read_bytes().count(b"\n") == 1)
    assert command.stop(signal.SIGKILL) == -signal.SIGKILL
    source.publish(delta(2, md5(2)))
    commands.append(command := Command("sync", str(tmp_path), "--server", edge.url))
    until(lambda: path.read_bytes().count(b"\n") == 2)
    assert command.stop(signal_) == 0


@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGTERM])
def test_edge_serves_a_copy_until_it_is_stopped(
    edge: RunningEdge, tmp_path: Path, commands: list[Command], signal_: signal.Signals
) -> None:
    assert main(["sync", str(tmp_path), "--server", edge.url, "--once"]) == 0
    port = free_port()
    commands.append(command := Command("edge", "--from", str(tmp_path), "--port", str(port)))
    until(lambda: is_ready(port) or not command.is_running())
    assert main(["check", __file__, "--server", f"http://127.0.0.1:{port}"]) == 0
    assert command.stop(signal_) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--from DIR"),
        (["--from", "/nowhere"], "baken sync /nowhere"),
        (["--from", "ftp://127.0.0.1"], "no server address"),
        (["--from", "http://127.0.0.1:1", "--host", "::"], "--new-key"),
        (["--from", "http://127.0.0.1:1", "--keys", "/nowhere"], "'/nowhere' cannot be used"),
        (["--new-key", "alice"], "--keys FILE"),
    ],
)
def test_edge_says_in_a_sentence_why_it_does_not_start(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["edge", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_edge_says_that_a_port_is_taken(
    edge: RunningEdge, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = edge.url.rsplit(":", 1)[1]
    assert main(["edge", "--from", str(tmp_path), "--port", port]) == 2
    assert f"port {port}: Address already in use" in capsys.readouterr().err


def test_edge_makes_a_key_and_prints_it_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "keys"
    assert main(["edge", "--new-key", "alice", "--keys", str(path)]) == 0
    key = capsys.readouterr().out.strip()
    grant = FileKeyring(path).find(key)
    assert grant
    assert grant.partner == "alice"
