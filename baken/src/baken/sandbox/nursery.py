"""The process inside the sandbox: it loads everything once, then forks workers that lock up.

A worker that saw a bad picture is thrown away, and loading Python, Numba and the decoders takes
longer than most pictures. So one process, the nursery, loads them and never sees a picture; a
worker is a fork of it, some milliseconds old, that locks itself before it reads its first byte.
"""

import contextlib
import os
import signal
import socket
import sys

import numpy as np

from baken.algorithms import pdq
from baken.media import DecodeError, Limits
from baken.media.decode import decode, fingerprint, prepare, render
from baken.sandbox import messages
from baken.sandbox.confinement import Locks, die_with_parent, limit_processor

_IGNORED = (signal.SIGINT, signal.SIGHUP)  # of the terminal: the program decides when we end


def _seen(descriptor: int, limits: Limits) -> messages.Seen:
    with os.fdopen(descriptor, "rb") as file:
        picture = decode(file, limits)
        width, height = picture.size
        found = fingerprint(picture)
    return messages.Seen(
        media_type=picture.media_type,
        width=width,
        height=height,
        n_frames=picture.n_frames,
        pdq=found.value if found else None,
        quality=found.quality if found else 0,
    )


def _rendered(job: messages.Render, descriptor: int, limits: Limits) -> messages.Rendered:
    with os.fdopen(descriptor, "rb") as file:
        picture = decode(file, limits)
        jpeg = render(picture, max_side=job.max_side, blur=job.blur, is_grey=job.is_grey)
    return messages.Rendered(jpeg)


def _answer(job: messages.Job, descriptor: int, limits: Limits) -> messages.Answer:
    try:
        if isinstance(job, messages.Render):
            return _rendered(job, descriptor, limits)
        return _seen(descriptor, limits)
    except DecodeError as error:
        return messages.Refused(error.cause)


def _work(channel: socket.socket, limits: Limits) -> None:
    """Serve jobs until the program hangs up."""
    while True:
        job, descriptors = messages.receive(channel, messages.Job)
        limit_processor(limits.seconds)
        messages.send(channel, _answer(job, descriptors[0], limits))


def _be_a_worker(channel: socket.socket, locks: Locks, limits: Limits) -> None:
    """Lock this fork and work; never returns."""
    code = 1
    try:
        locks.close(limits.memory)
        with contextlib.suppress(messages.HungUpError, ConnectionError):
            _work(channel, limits)
        code = 0
    finally:
        # Not sys.exit: what the nursery wants done at its end is not this fork's business.
        os._exit(code)


class _Nursery:
    """The workers that live."""

    def __init__(self, control: socket.socket, locks: Locks, limits: Limits) -> None:
        self._control = control
        self._locks = locks
        self._limits = limits
        self._pids: set[int] = set()

    def start(self, descriptor: int) -> None:
        """Fork a worker that serves the socket."""
        channel = socket.socket(fileno=descriptor)
        pid = os.fork()
        if not pid:
            self._control.close()
            _be_a_worker(channel, self._locks, self._limits)
        channel.close()
        self._pids.add(pid)
        messages.send(self._control, messages.Started(pid))

    def stop(self, pid: int) -> None:
        """End a worker of ours."""
        self._pids.remove(pid)
        # One that ended by itself is a zombie until the wait below, so the number is still its.
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        messages.send(self._control, messages.Stopped(os.waitstatus_to_exitcode(status)))

    def serve(self) -> None:
        """Start and stop workers until the program hangs up."""
        while True:
            order, descriptors = messages.receive(self._control, messages.Order)
            if isinstance(order, messages.Start):
                self.start(descriptors[0])
            else:
                self.stop(order.pid)


def _load() -> None:
    """Run everything once, so that nothing is left to load, import or open later."""
    prepare()
    pdq.of_pixels(np.zeros((70, 70, 3), dtype=np.uint8))


def serve(control: socket.socket, limits: Limits, *, has_own_user: bool) -> None:
    """Load, say that we are ready, and start and stop workers until the program hangs up."""
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    _load()
    locks = Locks(has_own_user=has_own_user)
    messages.send(control, messages.Ready(locks.names))
    # From here on nobody reads what we write; a decoder's complaints may quote the picture.
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stderr.fileno())
    os.close(null)
    with contextlib.suppress(messages.HungUpError, ConnectionError):
        _Nursery(control, locks, limits).serve()


def main() -> None:
    """Serve the program on standard input, which is a socket; see `launch`."""
    is_in_bubblewrap, size, pixels, seconds, memory = sys.argv[1:]
    limits = Limits(bytes=int(size), pixels=int(pixels), seconds=float(seconds), memory=int(memory))
    if is_in_bubblewrap == "no":
        die_with_parent()
    # Descriptor 0 stays taken: a worker's picture must never become "standard input".
    control = socket.socket(fileno=os.dup(0))
    serve(control, limits, has_own_user=is_in_bubblewrap == "yes")
