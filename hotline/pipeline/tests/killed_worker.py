"""Run a worker that is killed (SIGKILL) when it comes to one point of the flow.

    python -m hotline.pipeline.tests.killed_worker PROVIDER_FOLDER VERB before|after

VERB is one that steps.py calls, or `provider.send`. Exit code 0 means that it never came there.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import django


def main(folder: str, verb: str, moment: str) -> None:
    """Set the trap and run the jobs that are due."""
    django.setup()
    from hotline.intake import fetch, read, send  # noqa: PLC0415  # Django first
    from hotline.pipeline import steps  # noqa: PLC0415  # Django first
    from hotline.pipeline.tests.conftest import run_jobs  # noqa: PLC0415  # Django first
    from hotline.pipeline.tests.provider import FolderProvider  # noqa: PLC0415  # Django first

    provider = FolderProvider(Path(folder))
    for door in (read, fetch, send):
        setattr(door, "channel", lambda _name: provider)  # noqa: B010  # for this process only
    holder: object = provider if verb.startswith("provider.") else steps
    name = verb.removeprefix("provider.")
    does = getattr(holder, name)

    def trapped(*args: Any, **kwargs: Any) -> Any:
        if moment == "after":
            does(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(holder, name, trapped)
    asyncio.run(run_jobs())


if __name__ == "__main__":
    main(*sys.argv[1:])
