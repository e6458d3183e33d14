"""What the program and its sandbox say to one another, and how it is framed.

Each message is its length in four bytes and then MessagePack, over a Unix socket that can carry
a file descriptor with a message: a picture travels as an anonymous sealed file in memory, and
is never a file on disk.
"""

import fcntl
import os
import socket
import time
from typing import Any

import msgspec

from baken.media import Cause

LONGEST_MESSAGE = 64 * 1024 * 1024
_LENGTH = 4

# Of <linux/fcntl.h>; Python has no names for them before 3.13 on every build.
_ADD_SEALS = getattr(fcntl, "F_ADD_SEALS", 1033)
_NO_CHANGE = 0x1 | 0x2 | 0x4 | 0x8  # no more seals, no shrinking, growing or writing


class Start(msgspec.Struct, frozen=True, tag=True):
    """Program to nursery: fork a worker that serves the socket sent along."""


class Stop(msgspec.Struct, frozen=True, tag=True):
    """Program to nursery: end this worker, whatever it does."""

    pid: int


class Fingerprint(msgspec.Struct, frozen=True, tag=True):
    """Program to worker: fingerprint the picture sent along."""


class Render(msgspec.Struct, frozen=True, tag=True):
    """Program to worker: make a clean JPEG of the picture sent along."""

    max_side: int
    blur: float
    is_grey: bool


class Ready(msgspec.Struct, frozen=True, tag=True):
    """Nursery to program: everything is loaded; these locks can be had here."""

    locks: tuple[str, ...]


class Started(msgspec.Struct, frozen=True, tag=True):
    """Nursery to program: the worker's number, as the nursery counts."""

    pid: int


class Stopped(msgspec.Struct, frozen=True, tag=True):
    """Nursery to program: how the worker ended, as a negative signal or an exit code."""

    code: int


class Seen(msgspec.Struct, frozen=True, tag=True):
    """Worker to program: what the picture is; no PDQ when it is too small to have one."""

    media_type: str
    width: int
    height: int
    n_frames: int
    pdq: bytes | None
    quality: int


class Rendered(msgspec.Struct, frozen=True, tag=True):
    """Worker to program: the JPEG."""

    jpeg: bytes


class Refused(msgspec.Struct, frozen=True, tag=True):
    """Worker to program: there is no picture to be had of this."""

    cause: Cause


Job = Fingerprint | Render
Order = Start | Stop
Answer = Ready | Started | Stopped | Seen | Rendered | Refused


class HungUpError(Exception):
    """The other side closed the connection, or sends what is not a message."""

    def __init__(self) -> None:
        super().__init__("The other side of the sandbox hung up.")


def sealed(data: bytes | memoryview) -> int:
    """Return the descriptor of a file in memory that holds `data` and can no longer change."""
    descriptor = os.memfd_create("picture", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        place = 0
        while place < len(data):
            place += os.write(descriptor, memoryview(data)[place:])
        os.lseek(descriptor, 0, os.SEEK_SET)  # the place is shared with whoever gets it
        fcntl.fcntl(descriptor, _ADD_SEALS, _NO_CHANGE)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def send(channel: socket.socket, message: Order | Job | Answer, descriptor: int = -1) -> None:
    """Send a message, with a descriptor when one is given."""
    body = msgspec.msgpack.encode(message)
    length = len(body).to_bytes(_LENGTH)
    if descriptor >= 0:
        # One call with one byte of data is sent whole or not at all.
        socket.send_fds(channel, [length[:1]], [descriptor])
        length = length[1:]
    channel.sendall(length + body)


def _wait_until(channel: socket.socket, deadline: float | None) -> None:
    """Let the next call on the socket take until `deadline`, on the monotonic clock."""
    if deadline is None:
        return
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    channel.settimeout(left)


def _receive_exactly(channel: socket.socket, size: int, deadline: float | None) -> bytearray:
    data = bytearray()
    while len(data) < size:
        _wait_until(channel, deadline)
        chunk = channel.recv(min(size - len(data), 1 << 20))
        if not chunk:
            raise HungUpError
        data += chunk
    return data


def receive(
    channel: socket.socket, kind: Any, deadline: float | None = None
) -> tuple[Any, list[int]]:
    """Return the next message, which must be of `kind`, and the descriptors that came with it.

    Raises TimeoutError when the message is not complete at `deadline`.
    """
    _wait_until(channel, deadline)
    first, descriptors, _, _ = socket.recv_fds(channel, 1, 1)
    if not first:
        raise HungUpError
    length = int.from_bytes(first + _receive_exactly(channel, _LENGTH - 1, deadline))
    if length > LONGEST_MESSAGE:
        raise HungUpError
    try:
        body = _receive_exactly(channel, length, deadline)
        return msgspec.msgpack.decode(body, type=kind), descriptors
    except msgspec.DecodeError as error:
        raise HungUpError from error
