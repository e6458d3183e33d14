"""Pictures out of bytes that nobody may trust, within limits.

`limits`, `mapped` and `sniff` only look at bytes and may run anywhere. `decode` runs image
decoders; it belongs in a sandbox worker and is imported by nothing else.
"""

from baken.media.limits import Cause, DecodeError, Limits
from baken.media.mapped import mapped
from baken.media.sniff import sniff

__all__ = ["Cause", "DecodeError", "Limits", "mapped", "sniff"]
