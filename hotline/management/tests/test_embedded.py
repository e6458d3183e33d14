"""The embedded PostgreSQL: private, whole after a kill, and gone with its parent."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from hotline import embedded
from hotline.embedded import Cluster, ClusterError, start_throwaway

ROOT = Path(__file__).parents[3]
STARTS_AND_WAITS = """
import sys, time
from pathlib import Path
from hotline import embedded
cluster = embedded.start(Path(sys.argv[1]), Path(sys.argv[1]).with_suffix(".log"))
print(cluster.process.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not under pytest's folder: its long names would be too long for a socket.
    with tempfile.TemporaryDirectory(prefix="baken-") as made:
        yield Path(made)


@pytest.fixture
def cluster(folder: Path) -> Iterator[Cluster]:
    started = start_throwaway(folder / "cluster")
    yield started
    started.cleanup()


def connect(folder: Path) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(host=str(embedded.socket_folder(folder)), user="postgres")


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] in "XZ"
    except FileNotFoundError:
        return True


def test_only_its_own_user_opens_the_socket(cluster: Cluster) -> None:
    (socket,) = cluster.sockets.glob(".s.PGSQL.[0-9]*[0-9]")
    assert socket.stat().st_mode & 0o077 == 0
    with connect(cluster.folder) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_a_path_too_long_for_a_socket_has_it_elsewhere_and_as_private(folder: Path) -> None:
    long = start_throwaway(folder / ("long" * 25) / "cluster")
    try:
        assert long.sockets != long.folder
        assert long.sockets.stat().st_mode & 0o077 == 0
        connect(long.folder).close()
    finally:
        long.cleanup()
    assert not long.sockets.exists()


def test_a_throwaway_cluster_leaves_nothing(folder: Path) -> None:
    started = start_throwaway(folder / "cluster")
    started.cleanup()
    assert started.process.poll() == 0
    assert not started.folder.exists()


def test_what_is_in_the_way_is_never_removed(folder: Path) -> None:
    mine = folder / "cluster" / "thesis.txt"
    mine.parent.mkdir()
    mine.touch()
    with pytest.raises(ClusterError, match="is in the way"):
        start_throwaway(mine.parent)
    assert mine.exists()


def test_a_set_up_that_was_cut_off_is_begun_again(folder: Path) -> None:
    (folder / "cluster.unfinished" / "base").mkdir(parents=True)
    started = start_throwaway(folder / "cluster")
    started.cleanup()
    assert not (folder / "cluster.unfinished").exists()


def test_a_start_that_fails_says_the_last_word_of_postgresql(folder: Path) -> None:
    start_throwaway(folder / "first").cleanup()
    started = start_throwaway(folder / "cluster")
    settings = started.folder / "postgresql.conf"
    settings.write_text("max_connections = many\n")
    started.process.send_signal(signal.SIGINT)
    started.process.wait()
    with pytest.raises(ClusterError, match=r"PostgreSQL did not start: .*max_connections|errors"):
        start_throwaway(started.folder)


def test_it_ends_with_a_killed_parent_and_the_next_start_recovers(folder: Path) -> None:
    words = [sys.executable, "-c", STARTS_AND_WAITS, str(folder / "cluster")]
    parent = subprocess.Popen(  # noqa: S603  # our own words
        words, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert parent.stdout
    postgres = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    again = embedded.start(folder / "cluster", folder / "log")
    assert is_gone(postgres)
    connect(folder / "cluster").close()
    again.cleanup()


def test_a_number_that_belongs_to_another_process_by_now_is_no_obstacle(folder: Path) -> None:
    first = embedded.start(folder / "cluster", folder / "log")
    first.cleanup()
    stale = f"{os.getpid()}\n{folder / 'cluster'}\n{int(time.time())}\n5432\n"
    (folder / "cluster" / "postmaster.pid").write_text(stale)
    again = embedded.start(folder / "cluster", folder / "log")
    connect(folder / "cluster").close()
    again.cleanup()
