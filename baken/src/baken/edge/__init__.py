"""The check server: holds hash lists in memory, answers checks, and hands the lists on.

The hotline runs it with its database as the source, a partner with the hotline's feed or a local
copy: the same program, `baken edge`.
"""

from baken.edge.access import Decoder, Edge, Grant, Keyring
from baken.edge.feed_source import FeedSource
from baken.edge.folder_source import FolderSource
from baken.edge.keyrings import FileKeyring, KeyFileError, OpenKeyring, add_key
from baken.edge.keys import digest_of, new_key, opens, prefix_of
from baken.edge.lists import Lists, ServedList
from baken.edge.routes import Application, application
from baken.edge.server import OpenEdgeError, PortError, Server, listen, serve
from baken.edge.source import Source

__all__ = [
    "Application",
    "Decoder",
    "Edge",
    "FeedSource",
    "FileKeyring",
    "FolderSource",
    "Grant",
    "KeyFileError",
    "Keyring",
    "Lists",
    "OpenEdgeError",
    "OpenKeyring",
    "PortError",
    "ServedList",
    "Server",
    "Source",
    "add_key",
    "application",
    "digest_of",
    "listen",
    "new_key",
    "opens",
    "prefix_of",
    "serve",
]
