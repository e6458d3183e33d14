"""Tie a child process to its parent's life, so that even kill -9 leaves nothing behind."""

import ctypes
import os
import signal
from collections.abc import Callable

PR_SET_PDEATHSIG = 1  # from <sys/prctl.h>
_libc = ctypes.CDLL(None, use_errno=True)  # before any fork: nothing may be loaded after it


def die_with_parent(last_word: signal.Signals) -> Callable[[], None]:
    """Return what a child runs before its program: the kernel sends it `last_word` when we end.

    For `subprocess.Popen(preexec_fn=…)`. The tie is to the thread that starts the child, so
    start children from the main thread. A child that changes its user must do so before.
    """
    parent = os.getpid()

    def tie() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, last_word)
        if os.getppid() != parent:  # it ended between the fork and the line above
            os._exit(1)

    return tie


def end_with(parent: int) -> None:
    """Ask the kernel to send this process SIGTERM when `parent`, which started it, ends."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)
