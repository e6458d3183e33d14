"""Pictures out of bytes that nobody may trust, within limits.

`limits` and `sniff` only look at bytes and may run anywhere. `decode` and `render` run image
decoders; they belong in a sandbox worker and are imported by nothing else.
"""

from baken.media.limits import Cause, DecodeError, Limits
from baken.media.sniff import sniff

__all__ = ["Cause", "DecodeError", "Limits", "sniff"]
