"""The channels that the settings name, ready to use. A new one is a line in settings.CHANNELS."""

from functools import lru_cache
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from hotline.channels.base import Channel


class UnknownChannelError(Exception):
    """No channel has this name."""

    def __init__(self, name: str) -> None:
        known = ", ".join(settings.CHANNELS)
        super().__init__(f"There is no channel '{name}'; settings.CHANNELS has {known}.")


def channel(name: str) -> Channel:
    """Return the channel of this name; raise UnknownChannelError."""
    try:
        path, options = settings.CHANNELS[name]
    except KeyError:
        raise UnknownChannelError(name) from None
    return _built(path, tuple(sorted(options.items())))


@lru_cache(maxsize=16)
def _built(path: str, options: tuple[tuple[str, str], ...]) -> Channel:
    return cast("Channel", import_string(path)(**dict(options)))
