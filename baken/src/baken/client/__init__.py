"""The side that asks: HTTP calls to a feed or check server, and the copy of a list on disk."""

from baken.client.api import Api, ApiError, PositionUnknownError
from baken.client.copy import Copy, CopyError, CopyInUseError, Folder
from baken.client.follow import Backoff, Household, Keeper, follow_all, read_all

__all__ = [
    "Api",
    "ApiError",
    "Backoff",
    "Copy",
    "CopyError",
    "CopyInUseError",
    "Folder",
    "Household",
    "Keeper",
    "PositionUnknownError",
    "follow_all",
    "read_all",
]
