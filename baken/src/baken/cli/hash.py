"""Print the fingerprints of picture files. Nothing leaves this machine.

Exit code: 0 when every file has its fingerprints, 1 when some have not, 2 for wrong usage.
A file that is no picture still has its digests printed; why it has no PDQ is told on standard
error, with its name, and the other files go on.
"""

import argparse
import mmap
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from baken.fingerprint import Fingerprint, digests
from baken.media import Cause, DecodeError, Limits
from baken.sandbox import Decoded, DecoderPool

NAME = "hash"
HELP = "print the fingerprints of picture files"

STANDARD_INPUT = "-"
_CHUNK = 1 << 20

_WHAT_TO_DO = {
    Cause.EMPTY: "Was it copied completely?",
    Cause.TRUNCATED: "Open it in a picture viewer; copy it again from where it came.",
    Cause.UNSUPPORTED: "Give JPEG, PNG, WebP, GIF, HEIC, AVIF, BMP or TIFF.",
    Cause.NOT_AN_IMAGE: "Give JPEG, PNG, WebP, GIF, HEIC, AVIF, BMP or TIFF.",
    Cause.TOO_MANY_BYTES: "Make it smaller with a picture editor first.",
    Cause.TOO_MANY_PIXELS: "Make it smaller with a picture editor first.",
    Cause.TIMED_OUT: "Try again when the machine is less busy.",
    Cause.OUT_OF_MEMORY: "Make it smaller with a picture editor first.",
    Cause.DECODER_CRASHED: "Do not open it on this machine.",
}


class TooLargeError(Exception):
    """Standard input does not end where we stop reading."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"Standard input is larger than {limit} bytes; save it as a file first.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="a picture file, or - for standard input"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object per line")


@contextmanager
def contents(name: str, limits: Limits) -> Iterator[memoryview]:
    """Give the bytes of a file, mapped and not read, or of standard input."""
    if name == STANDARD_INPUT:
        data = sys.stdin.buffer.read(limits.bytes + 1)
        if len(data) > limits.bytes:
            raise TooLargeError(limits.bytes)
        yield memoryview(data)
        return
    with Path(name).open("rb") as file:
        if not os.fstat(file.fileno()).st_size:
            yield memoryview(b"")
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data, memoryview(data) as view:
            yield view


def _described(fingerprints: tuple[Fingerprint, ...]) -> dict[str, Any]:
    described: dict[str, Any] = {}
    for fingerprint in fingerprints:
        described[fingerprint.algorithm.value] = fingerprint.value.hex()
        if fingerprint.quality is not None:
            described[f"{fingerprint.algorithm.value}_quality"] = fingerprint.quality
    return described


def _described_whole(decoded: Decoded) -> dict[str, Any]:
    return _described(decoded.fingerprints) | {
        "media_type": decoded.media_type,
        "width": decoded.width,
        "height": decoded.height,
        "n_frames": decoded.n_frames,
    }


def _print(name: str, facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(msgspec.json.encode({"file": name} | facts).decode())  # noqa: T201  the command's output
        return
    print(name)  # noqa: T201  the command's output
    for fact, value in facts.items():
        print(f"  {fact:<12} {value}")  # noqa: T201  the command's output


def _hash(name: str, pool: DecoderPool, *, as_json: bool) -> bool:
    """Print what one file is; return whether it has all its fingerprints."""
    try:
        with contents(name, pool.limits) as data:
            try:
                decoded = pool.fingerprint(data)
            except DecodeError as error:
                chunks = (data[at : at + _CHUNK] for at in range(0, len(data), _CHUNK))
                facts = _described(digests(chunks)) | {"error": error.cause.value}
                _print(name, facts, as_json=as_json)
                print(f"{name}: {error} {_WHAT_TO_DO[error.cause]}", file=sys.stderr)  # noqa: T201  a command tells
                return False
            _print(name, _described_whole(decoded), as_json=as_json)
            return True
    except OSError as error:
        print(f"{name}: cannot be read: {error.strerror}.", file=sys.stderr)  # noqa: T201  a command tells
    except TooLargeError as error:
        print(f"{name}: {error}", file=sys.stderr)  # noqa: T201  a command tells
    return False


def run(options: argparse.Namespace) -> int:
    """Print the fingerprints of each file and return the exit code."""
    with DecoderPool() as pool:
        done = [_hash(name, pool, as_json=options.json) for name in options.files]
    return 0 if all(done) else 1
