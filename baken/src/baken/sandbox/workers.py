"""The workers of a pool as the program sees them: started, stopped, and started again."""

import logging
import select
import socket
import threading
import time

from baken.media import Limits
from baken.sandbox import messages
from baken.sandbox.launch import Launched, LaunchError

_log = logging.getLogger(__name__)

_START_SECONDS = 120  # on a slow machine, compiling included


class PoolClosedError(Exception):
    """The pool was closed before or while it was asked."""

    def __init__(self) -> None:
        super().__init__("The pool that opens pictures is closed.")


class Worker:
    """One worker: the socket to it, and where it was born."""

    def __init__(self, channel: socket.socket, pid: int, home: Launched) -> None:
        self.channel = channel
        self.pid = pid  # as its nursery counts
        self.home = home
        self.n_done = 0

    @property
    def is_alive(self) -> bool:
        """Whether an idle worker still waits: it would have nothing to say but goodbye."""
        readable, _, _ = select.select([self.channel], [], [], 0)
        return not readable


class Workers:
    """Starts and stops workers, through a nursery that is started when it is needed or died."""

    def __init__(self, limits: Limits, bubblewrap: str | None) -> None:
        self._limits = limits
        self._bubblewrap = bubblewrap
        self._launched: Launched | None = None
        self._lock = threading.Lock()
        self._locks: tuple[str, ...] = ()
        self.is_closed = False

    def _launch(self) -> Launched:
        launched = Launched(self._limits, self._bubblewrap)
        try:
            deadline = time.monotonic() + _START_SECONDS
            ready, _ = messages.receive(launched.control, messages.Ready, deadline)
        except (messages.HungUpError, OSError) as error:
            reason = launched.complaint()
            launched.close()
            raise LaunchError(reason) from error
        self._locks = ready.locks
        if "seccomp" not in ready.locks:
            _log.warning("seccomp cannot be had here: pictures are decoded with fewer locks")
        return launched

    def _running(self) -> Launched:
        if self.is_closed:
            raise PoolClosedError
        if self._launched is None:
            self._launched = self._launch()
        return self._launched

    def _discard(self) -> None:
        if self._launched:
            self._launched.close()
            self._launched = None

    def locks(self) -> tuple[str, ...]:
        """Return what confines a worker, in words."""
        with self._lock:
            self._running()
            outer = ("bubblewrap",) if self._bubblewrap else ()
            return (*outer, *self._locks)

    def _start(self) -> Worker:
        launched = self._running()
        ours, theirs = socket.socketpair()
        try:
            messages.send(launched.control, messages.Start(), theirs.fileno())
            deadline = time.monotonic() + _START_SECONDS
            started, _ = messages.receive(launched.control, messages.Started, deadline)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return Worker(ours, started.pid, launched)

    def start(self) -> Worker:
        """Return a new worker; if the nursery has died meanwhile, start another one first."""
        with self._lock:
            try:
                return self._start()
            except (messages.HungUpError, OSError):
                self._discard()
                return self._start()

    def stop(self, worker: Worker) -> int | None:
        """End the worker and return how it ended: a negative signal or an exit code.

        None when its nursery is gone and took it along.
        """
        worker.channel.close()
        with self._lock:
            if self._launched is None or self._launched is not worker.home:
                return None
            control = self._launched.control
            try:
                messages.send(control, messages.Stop(worker.pid))
                deadline = time.monotonic() + _START_SECONDS
                stopped, _ = messages.receive(control, messages.Stopped, deadline)
            except (messages.HungUpError, OSError):
                self._discard()
                return None
            code: int = stopped.code
            return code

    def close(self) -> None:
        """End the nursery and with it every worker."""
        with self._lock:
            self.is_closed = True
            self._discard()
