"""When something outside failed for now: how long to wait, and when to stop trying."""

from hotline.intake.models import Reply

LONGEST_WAIT_SECONDS = 3600.0
MAX_TRIES = 80  # with the waits below: about three days, within every provider's keeping time


class TryAgainError(Exception):
    """The provider cannot do it now; do the same again later.

    `reply`, where there is one, is already in the outbox and should go out meanwhile.
    """

    def __init__(self, after_seconds: float, reply: Reply | None = None) -> None:
        super().__init__(f"Try again in {after_seconds:.0f} s.")
        self.after_seconds = after_seconds
        self.reply = reply


def wait_seconds(n_tries: int, asked: float | None) -> float:
    """Return how long to wait after this many failures, and at least as long as was asked."""
    ours = LONGEST_WAIT_SECONDS if n_tries > 11 else min(2.0**n_tries, LONGEST_WAIT_SECONDS)  # noqa: PLR2004  # 2^11 s is less than an hour, 2^12 more
    return max(ours, asked or 0.0)
