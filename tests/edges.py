"""A real check server in a thread, a source that a test scripts, and a keyring with a cast.

alice may do everything; bob may read and check the list 'other' only; carol may check but not
read; dave may read but not check; mallory is unknown.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import UUID

from baken.edge import Decoder, Grant, Keyring, Lists, Server, Source, application, listen
from baken.hashlist import Action, Delta, ListedFingerprint, State
from baken.media import Cause, DecodeError
from baken.sandbox import Decoded

EARLY = datetime(2026, 1, 1, tzinfo=UTC)
PATIENCE_SECONDS = 30.0  # only a test that fails waits so long


def delta(
    position: int, *fingerprints: ListedFingerprint, entry: int = 0, version: int = 1
) -> Delta:
    """Return a delta that lists an entry, whose number is its position's if not said."""
    return Delta(
        position=position,
        entry=str(UUID(int=entry or position)),
        version=version,
        state=State.LISTED,
        at=EARLY,
        fingerprints=fingerprints,
        labels=("inhope:baseline",),
        action=Action.BLOCK,
    )


def retraction(position: int, *, entry: int, version: int = 2) -> Delta:
    """Return a delta that retracts an entry."""
    return Delta(position, str(UUID(int=entry)), version, State.RETRACTED, EARLY)


def md5(number: int) -> ListedFingerprint:
    """Return a digest; numbers stand for files."""
    return ListedFingerprint("md5", f"{number:032x}")


def pdq(number: int, quality: int | None = 90) -> ListedFingerprint:
    """Return a PDQ; numbers that differ in few bits stand for pictures that look alike."""
    return ListedFingerprint("pdq", f"{number:064x}", quality)


class CastKeyring:
    """Knows the cast by name."""

    def __init__(self) -> None:
        self.grants = {
            "alice": Grant("alice", None, may_check=True, may_feed=True),
            "bob": Grant("bob", frozenset({"other"}), may_check=True, may_feed=True),
            "carol": Grant("carol", None, may_check=True, may_feed=False),
            "dave": Grant("dave", None, may_check=False, may_feed=True),
        }

    def find(self, key: str) -> Grant | None:
        """Return what the name opens."""
        return self.grants.get(key)


class NoDecoder:
    """Opens no file."""

    def fingerprint(self, data: bytes) -> Decoded:  # noqa: ARG002  the protocol's name
        """Refuse."""
        raise DecodeError(Cause.NOT_AN_IMAGE)


class MemorySource:
    """A source that tells what a test tells it; 'baseline' and 'other' are there from the start."""

    def __init__(self, *deltas: Delta, loads: bool = True) -> None:
        self._start = deltas
        self._loads = loads
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lists: Lists | None = None

    async def follow(self, lists: Lists) -> None:
        """Feed the start, then wait for the test."""
        self._loop, self._lists = asyncio.get_running_loop(), lists
        if self._loads:
            for name in ("baseline", "other"):
                lists.open(name).confirm()
            lists.open("baseline").apply(self._start)
            lists.mark_loaded()
        await asyncio.Event().wait()

    def tell(self, act: Callable[[Lists], object]) -> None:
        """Do something with the lists on the server's loop, and return when it is done."""
        assert self._loop
        assert self._lists
        done = threading.Event()
        lists = self._lists

        def run() -> None:
            act(lists)
            done.set()

        self._loop.call_soon_threadsafe(run)
        assert done.wait(PATIENCE_SECONDS)

    def publish(self, *deltas: Delta, name: str = "baseline") -> None:
        """Apply deltas to a list."""
        self.tell(lambda lists: lists.open(name).apply(deltas))


class RunningEdge:
    """A check server that serves; `stop` ends it as a signal would."""

    def __init__(self, source: Source, keyring: Keyring, decoder: Decoder) -> None:
        self._socket = listen("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.application = application(source, keyring, decoder)
        self._server = Server(self.application)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))
        self._thread.start()
        until(lambda: self._server.started)

    def stop(self) -> None:
        """Stop and wait until everything has ended."""
        self._server.should_exit = True
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive()
        self._socket.close()


def until(is_so: Callable[[], object]) -> None:
    """Wait until something is so; fail when it never is."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


@contextlib.contextmanager
def running(
    source: Source, keyring: Keyring | None = None, decoder: Decoder | None = None
) -> Iterator[RunningEdge]:
    """Run a check server for a while."""
    edge = RunningEdge(source, keyring or CastKeyring(), decoder or NoDecoder())
    try:
        yield edge
    finally:
        edge.stop()
