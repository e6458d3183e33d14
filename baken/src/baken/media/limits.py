"""What a file may cost us, and the words for one that we could not or would not read."""

from enum import StrEnum

import msgspec

MIB = 1024 * 1024


class Limits(msgspec.Struct, frozen=True):
    """What one file may cost. The defaults fit the largest pictures that phones take."""

    bytes: int = 100 * MIB
    pixels: int = 128_000_000
    seconds: float = 30.0
    memory: int = 1536 * MIB  # bytes a worker may use on top of what it needs to start


class Cause(StrEnum):
    """Why a file has no picture to show."""

    EMPTY = "empty"
    NOT_AN_IMAGE = "not_an_image"
    UNSUPPORTED = "unsupported"
    TRUNCATED = "truncated"
    TOO_MANY_BYTES = "too_many_bytes"
    TOO_MANY_PIXELS = "too_many_pixels"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    DECODER_CRASHED = "decoder_crashed"


SENTENCES = {
    Cause.EMPTY: "The file is empty.",
    Cause.NOT_AN_IMAGE: "The file is not a picture, whatever its name says.",
    Cause.UNSUPPORTED: "The file is of a kind that we do not open, such as a drawing (SVG),"
    " a document, an archive or a video.",
    Cause.TRUNCATED: "The picture is damaged or incomplete.",
    Cause.TOO_MANY_BYTES: "The file is larger than we open.",
    Cause.TOO_MANY_PIXELS: "The picture has more pixels than we open.",
    Cause.TIMED_OUT: "Opening the picture took longer than we allow.",
    Cause.OUT_OF_MEMORY: "Opening the picture needed more memory than we allow.",
    Cause.DECODER_CRASHED: "The picture made the program that opens pictures crash;"
    " it may be an attack.",
}
"""One sentence for the analyst per cause."""


class DecodeError(Exception):
    """A file could not be turned into a picture; `cause` says why."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(SENTENCES[cause])
        self.cause = cause
