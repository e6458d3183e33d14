"""Fingerprint and render pictures in processes that can reach nothing.

The pool is safe to use from many threads. A worker is asked one thing at a time, is killed when
it takes too long, and is replaced after so many pictures and after any that went wrong. What a
worker answers is not trusted either: it is checked, and the digests are made outside, from the
bytes themselves.
"""

import contextlib
import os
import queue
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec

from baken.fingerprint import Algorithm, Fingerprint, digests
from baken.media import Cause, DecodeError, Limits, sniff
from baken.media.sniff import MEDIA_TYPES
from baken.sandbox import messages
from baken.sandbox.launch import find_bubblewrap
from baken.sandbox.workers import PoolClosedError, Worker, Workers

Data = bytes | bytearray | memoryview
_Answer = TypeVar("_Answer", messages.Seen, messages.Rendered)
_Result = TypeVar("_Result")

_SIGXCPU = -24
_PDQ_BYTES = 32
_BEST_QUALITY = 100
_CHUNK = 1 << 20
_JPEG = b"\xff\xd8\xff"


class Decoded(msgspec.Struct, frozen=True):
    """What a picture is. `n_frames` is above 1 for an animation; the first is fingerprinted.

    `fingerprints` are MD5, SHA-1, SHA-256 and PDQ; a picture of a few pixels has no PDQ.
    """

    fingerprints: tuple[Fingerprint, ...]
    media_type: str
    width: int
    height: int
    n_frames: int


class SandboxDiedError(DecodeError):
    """Not only the worker but all of the sandbox ended, as when the system has no memory left."""

    def __init__(self) -> None:
        super().__init__(Cause.DECODER_CRASHED)


def _decoded(made: tuple[Fingerprint, ...], seen: messages.Seen) -> Decoded:
    """Put both halves together; a worker that answers nonsense counts as crashed."""
    pdq: tuple[Fingerprint, ...] = ()
    is_sound = seen.media_type in MEDIA_TYPES and min(seen.width, seen.height, seen.n_frames) > 0
    if seen.pdq is not None:
        pdq = (Fingerprint(Algorithm.PDQ, seen.pdq, seen.quality),)
        is_sound &= len(seen.pdq) == _PDQ_BYTES and 0 <= seen.quality <= _BEST_QUALITY
    if not is_sound:
        raise DecodeError(Cause.DECODER_CRASHED)
    return Decoded((*made, *pdq), seen.media_type, seen.width, seen.height, seen.n_frames)


def _chunks(descriptor: int) -> Iterator[bytes]:
    """Read the sealed copy, so that the digests are of the very bytes that are decoded."""
    place = 0
    while chunk := os.pread(descriptor, _CHUNK, place):
        place += len(chunk)
        yield chunk


class DecoderPool:
    """Workers that open pictures; use it as a context manager, or close it."""

    def __init__(
        self,
        workers: int = 1,
        limits: Limits | None = None,
        recycle_after: int = 200,
        *,
        use_bubblewrap: bool = True,
    ) -> None:
        """`use_bubblewrap=False` is for where something else confines the whole program."""
        self.limits = limits or Limits()
        self._recycle_after = recycle_after
        self._workers = Workers(self.limits, find_bubblewrap() if use_bubblewrap else None)
        # Last in, first out: few workers stay warm rather than all of them lukewarm.
        self._idle: queue.LifoQueue[Worker | None] = queue.LifoQueue()
        for _ in range(workers):
            self._idle.put(None)

    @property
    def confinement(self) -> str:
        """What confines the workers, in words, such as "bubblewrap, seccomp, rlimits"."""
        return ", ".join(self._workers.locks())

    def fingerprint(self, data: Data) -> Decoded:
        """Return what the picture is, with its fingerprints, or raise DecodeError."""
        with self._sealed(data) as picture:

            def work(worker: Worker) -> Decoded:
                deadline = self._ask(worker, messages.Fingerprint(), picture)
                made = digests(_chunks(picture))  # the worker decodes meanwhile, on another core
                return _decoded(made, _answer(worker, messages.Seen, deadline))

            return self._with_worker(work)

    def render(self, data: Data, *, max_side: int, blur: float = 0.0, grey: bool = False) -> bytes:
        """Return the picture as a new JPEG that holds nothing of the file but what it shows.

        `max_side` bounds both sides, `blur` is a radius in pixels of the result.
        """
        job = messages.Render(max_side=max_side, blur=blur, is_grey=grey)
        with self._sealed(data) as picture:

            def work(worker: Worker) -> bytes:
                deadline = self._ask(worker, job, picture)
                jpeg = _answer(worker, messages.Rendered, deadline).jpeg
                if not jpeg.startswith(_JPEG):
                    raise DecodeError(Cause.DECODER_CRASHED)
                return jpeg

            return self._with_worker(work)

    def _with_worker(self, work: Callable[[Worker], _Result]) -> _Result:
        """Do the work; do it again if all of the sandbox died, which a picture cannot do."""
        try:
            with self._borrowed() as worker:
                return work(worker)
        except SandboxDiedError:
            with self._borrowed() as worker:
                return work(worker)

    @contextlib.contextmanager
    def _sealed(self, data: Data) -> Iterator[int]:
        """Give a copy that cannot change, or raise DecodeError for what no worker need see."""
        with memoryview(data).cast("B") as view:
            if len(view) > self.limits.bytes:
                raise DecodeError(Cause.TOO_MANY_BYTES)
            sniff(view)
            picture = messages.sealed(view)
        try:
            yield picture
        finally:
            os.close(picture)

    def _ask(self, worker: Worker, job: messages.Job, picture: int) -> float:
        """Give the worker its job and return the time by which it must have answered."""
        worker.channel.settimeout(self.limits.seconds)
        messages.send(worker.channel, job, picture)
        return time.monotonic() + self.limits.seconds

    @contextlib.contextmanager
    def _borrowed(self) -> Iterator[Worker]:
        """Lend a worker; an empty place comes back if anything went wrong with it."""
        place: Worker | None = self._idle.get()
        try:
            worker = place = self._fresh(place)
            try:
                yield worker
                worker.n_done += 1
                if worker.n_done >= self._recycle_after:
                    place = None
                    self._workers.stop(worker)
            except (messages.HungUpError, OSError) as error:
                place = None
                raise self._why(worker, error) from error
            except BaseException:
                place = None
                self._workers.stop(worker)
                raise
        finally:
            self._idle.put(place)
            if self._workers.is_closed:
                self._drain()

    def _fresh(self, place: Worker | None) -> Worker:
        """Return the worker of this place, or a new one where there is none or it died."""
        if place is not None and place.is_alive:
            return place
        if place is not None:
            self._workers.stop(place)
        return self._workers.start()

    def _why(self, worker: Worker, error: Exception) -> Exception:
        """End a worker that fell silent and return what to raise."""
        code = self._workers.stop(worker)
        if self._workers.is_closed:
            return PoolClosedError()
        if isinstance(error, TimeoutError) or code == _SIGXCPU:
            return DecodeError(Cause.TIMED_OUT)
        return SandboxDiedError() if code is None else DecodeError(Cause.DECODER_CRASHED)

    def _drain(self) -> None:
        """Let go of the idle workers' sockets and keep the places, so that nobody waits."""
        places = []
        with contextlib.suppress(queue.Empty):
            while True:
                places.append(self._idle.get_nowait())
        for place in places:
            if place is not None:
                place.channel.close()
            self._idle.put(None)

    def close(self) -> None:
        """End all workers; whoever waits for one gets PoolClosedError."""
        self._workers.close()
        self._drain()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _answer(worker: Worker, kind: type[_Answer], deadline: float) -> _Answer:
    """Return the worker's answer of this kind, or raise DecodeError if it refuses."""
    answer: Any
    answer, descriptors = messages.receive(worker.channel, kind | messages.Refused, deadline)
    for descriptor in descriptors:  # nobody asked for one
        os.close(descriptor)
    if isinstance(answer, messages.Refused):
        raise DecodeError(answer.cause)
    checked: _Answer = answer
    return checked
