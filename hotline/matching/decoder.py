"""The decoder pool of this process: media is decoded in the sandbox and nowhere else."""

import os
from functools import lru_cache

from django.conf import settings

from baken.media import Limits
from baken.sandbox import DecoderPool


@lru_cache(maxsize=1)
def decoder_pool() -> DecoderPool:
    """Return the pool, started on first use; its processes end with this one."""
    limits = Limits(bytes=settings.MAX_ATTACHMENT_BYTES, seconds=settings.DECODER_SECONDS)
    return DecoderPool(workers=min(2, os.cpu_count() or 1), limits=limits)
