"""Print the fingerprints of picture files. Nothing leaves this machine.

Exit code: 0 when every file has its fingerprints, 1 when some have not, 2 for wrong usage.
A file that is no picture still has its digests printed; why it has no PDQ is told on standard
error, with its name, and the other files go on.
"""

import argparse
import sys
from typing import Any

import msgspec

from baken.fingerprint import Fingerprint, digests
from baken.media import Cause, DecodeError, mapped
from baken.sandbox import Decoded, DecoderPool

_STANDARD_INPUT = "/dev/stdin"
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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="a picture file, or - for standard input"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object per line")


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


def _complain(sentence: str) -> None:
    print(sentence, file=sys.stderr)  # noqa: T201  a command tells


def _hash(name: str, pool: DecoderPool, *, as_json: bool) -> bool:
    """Print what one file is; return whether it has all its fingerprints."""
    path = _STANDARD_INPUT if name == "-" else name
    try:
        with mapped(path, pool.limits.bytes) as data:
            try:
                facts = _described_whole(pool.fingerprint(data))
            except DecodeError as error:
                chunks = (data[at : at + _CHUNK] for at in range(0, len(data), _CHUNK))
                facts = _described(digests(chunks)) | {"error": error.cause.value}
                _print(name, facts, as_json=as_json)
                raise
            _print(name, facts, as_json=as_json)
    except OSError as error:
        _complain(f"{name}: cannot be read: {error.strerror}.")
    except DecodeError as error:
        _complain(f"{name}: {error} {_WHAT_TO_DO[error.cause]}")
    else:
        return True
    return False


def run(options: argparse.Namespace) -> int:
    """Print the fingerprints of each file and return the exit code."""
    with DecoderPool() as pool:
        done = [_hash(name, pool, as_json=options.json) for name in options.files]
    return 0 if all(done) else 1
