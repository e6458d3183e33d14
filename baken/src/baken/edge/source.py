"""Where a check server's lists come from."""

from typing import Protocol

from baken.edge.lists import Lists


class Source(Protocol):
    """Tells the check server what is on the lists, for ever.

    For each list: `served = lists.open(name)`, `served.apply(deltas)` as they come (deltas that
    were applied already are no matter), and `served.confirm()` whenever nothing was missing at
    that moment; the first confirmation makes it visible, the later ones keep its age low. When
    all lists of the start are confirmed, `lists.mark_loaded()`: only then are checks answered.
    """

    async def follow(self, lists: Lists) -> None:
        """Run until cancelled. After an error it is called again and may find lists half fed."""
