"""The pool when a worker, all of the sandbox or the program itself is killed."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from baken import DecodeError, DecoderPool
from baken.media import Cause
from baken.sandbox import PoolClosedError
from tests.pictures import dead_leaves, heavy_png, to_jpeg
from tests.processes import children_of, is_busy, is_gone, until

Ours = Callable[[], list[int]]

JPEG = to_jpeg(dead_leaves(1, (320, 240)))


@pytest.fixture
def ours() -> Ours:
    """Return the processes of this test; pools of other tests may be open beside it."""
    others = set(children_of(os.getpid()))
    return lambda: [pid for pid in children_of(os.getpid()) if pid not in others]


def cause_of(pool: DecoderPool, data: bytes) -> Cause:
    """Return why the pool refuses a file."""
    with pytest.raises(DecodeError) as raised:
        pool.fingerprint(data)
    return raised.value.cause


def test_a_worker_killed_at_its_work_has_crashed(ours: Ours) -> None:
    with DecoderPool() as pool:
        pool.fingerprint(JPEG)
        worker = ours()[-1]
        causes: list[Cause] = []
        picture = heavy_png()
        asking = threading.Thread(target=lambda: causes.append(cause_of(pool, picture)))
        asking.start()
        until(lambda: is_busy(worker))
        os.kill(worker, signal.SIGKILL)
        asking.join()
        assert causes == [Cause.DECODER_CRASHED]
        assert pool.fingerprint(JPEG).width == 320


@pytest.mark.parametrize("use_bubblewrap", [True, False])
def test_what_was_killed_while_idle_is_started_again(ours: Ours, *, use_bubblewrap: bool) -> None:
    with DecoderPool(use_bubblewrap=use_bubblewrap) as pool:
        pool.fingerprint(JPEG)
        before = ours()
        os.kill(before[-1], signal.SIGKILL)  # the worker
        until(lambda: is_gone(before[-1]))
        assert pool.fingerprint(JPEG).width == 320
        os.kill(before[0], signal.SIGKILL)  # everything
        until(lambda: all(map(is_gone, before)))
        assert pool.fingerprint(JPEG).width == 320


def test_a_picture_is_opened_again_when_all_of_the_sandbox_died(ours: Ours) -> None:
    with DecoderPool() as pool:
        pool.fingerprint(JPEG)
        sandbox = ours()
        widths: list[int] = []
        picture = heavy_png()
        asking = threading.Thread(target=lambda: widths.append(pool.fingerprint(picture).width))
        asking.start()
        until(lambda: is_busy(sandbox[-1]))
        os.kill(sandbox[0], signal.SIGKILL)
        asking.join()
        assert widths == [11_000]


def test_a_worker_is_replaced_after_so_many_pictures(ours: Ours) -> None:
    with DecoderPool(recycle_after=2) as pool:
        workers = []
        for _ in range(4):
            pool.fingerprint(JPEG)
            workers.append(ours()[-1])
        pool.fingerprint(JPEG)
    assert len(set(workers)) >= 2
    assert not ours()


def test_a_closed_pool_says_so(ours: Ours) -> None:
    pool = DecoderPool()
    pool.fingerprint(JPEG)
    pool.close()
    with pytest.raises(PoolClosedError):
        pool.fingerprint(JPEG)
    assert not ours()


SERVER = """
import sys, threading, time
from baken import DecoderPool
pool = DecoderPool(use_bubblewrap=sys.argv[1] == "yes")
# Asked by a thread that ends at once: the workers must outlive it.
data = sys.stdin.buffer.read()
asking = threading.Thread(target=pool.fingerprint, args=[data])
asking.start()
asking.join()
print(pool.fingerprint(data).width, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("use_bubblewrap", ["yes", "no"])
def test_nothing_is_left_behind_when_the_program_is_killed(use_bubblewrap: str) -> None:
    paths = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    server = subprocess.Popen(  # noqa: S603  # our own words only
        [sys.executable, "-c", SERVER, use_bubblewrap],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | paths,
    )
    assert server.stdin
    assert server.stdout
    with server:
        server.stdin.write(JPEG)
        server.stdin.close()
        assert server.stdout.readline() == b"320\n"
        left = children_of(server.pid)
        server.kill()
    assert left
    until(lambda: all(map(is_gone, left)))
