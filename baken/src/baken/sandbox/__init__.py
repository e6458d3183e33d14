"""Open pictures from strangers in processes that can reach nothing.

`pool` is what callers use. Outside the sandbox: `workers` and `launch` start and stop what is
inside, `kernels` compiles ahead. Inside: `nursery` loads and forks, `confinement` and `syscalls`
lock. `messages` is what the two sides say to one another.
"""

from baken.sandbox.pool import Decoded, DecoderPool
from baken.sandbox.workers import PoolClosedError

__all__ = ["Decoded", "DecoderPool", "PoolClosedError"]
