"""Kill the worker at every step of the flow: the job runs again, and nothing is doubled."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import connection

from hotline.accounts.models import Analyst
from hotline.assessment.models import QueueEntry, Verdict
from hotline.custody.models import CustodyEntry
from hotline.custody.verify import verify
from hotline.intake.models import Message, Reply, Report, Sighting
from hotline.pipeline import steps
from hotline.pipeline.tests.provider import FolderProvider
from hotline.pipeline.tests.test_steps import BASELINE, ORIGINAL
from hotline.registry.models import HashEntry, HashList
from hotline.vault.models import MediaItem

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[3]
REPORTER = "+31600000001"
# verb of the step -> whether it comes before the analysts or after
VERBS = {
    "read": "arrival",
    "fetch": "arrival",
    "acknowledge_report": "arrival",
    "fingerprint_item": "arrival",
    "find_matches": "arrival",
    "enqueue_item": "arrival",
    "send": "arrival",
    "publish_confirmed": "conclusion",
    "waiting_lookalikes": "conclusion",
    "close": "conclusion",
}


def _environment() -> dict[str, str]:
    """Return the environment of a worker on the test's own database and vault."""
    db = connection.settings_dict
    names = {"host": db["HOST"], "user": db["USER"], "dbname": db["NAME"]}
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "hotline.settings",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'baken' / 'src'}",
        "DATABASE_URL": f"postgresql:///?{urlencode(names)}",
        "BAKEN_KEYS": str(settings.KEYS),
        "VAULT_URL": settings.VAULT_URL,
        "BAKEN_SECRET_KEY": settings.SECRET_KEY,
        "WHATSAPP_API_URL": "http://127.0.0.1:9",  # nobody listens there
    }


def work_until_killed(provider: FolderProvider, verb: str, moment: str) -> int:
    """Run a worker process that dies at this point; return its exit code."""
    command = [sys.executable, "-m", "hotline.pipeline.tests.killed_worker"]
    folder = str(provider.files.parent)
    killed = subprocess.run(  # noqa: S603  # our own module
        [*command, folder, verb, moment], env=_environment(), check=False, timeout=120
    )
    return killed.returncode


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("verb", VERBS)
def test_a_kill_at_any_step_loses_and_doubles_nothing(  # a whole story
    verb: str,
    moment: str,
    provider: FolderProvider,
    forward: Callable[..., bool],
    work: Callable[[], None],
    people: tuple[Analyst, Analyst],
) -> None:
    HashList.objects.update_or_create(
        name="baseline", defaults={"title": "Baseline", "accepts": ["inhope:baseline"]}
    )
    forward(REPORTER, file=ORIGINAL)
    if VERBS[verb] == "arrival":
        assert work_until_killed(provider, verb, moment) == -9
    work()
    entry = QueueEntry.objects.get()
    for analyst in people:
        verdict = steps.assess(entry, BASELINE, analyst=analyst)
    assert verdict is Verdict.CONFIRMED
    if VERBS[verb] == "conclusion":
        assert work_until_killed(provider, verb, moment) == -9
    work()
    for model in (Message, MediaItem, Sighting, Report, QueueEntry, HashEntry):
        assert model.objects.count() == 1, model
    assert Report.objects.get().outcome == Report.Outcome.LISTED
    states = Reply.objects.order_by("created_at").values_list("state", flat=True)
    assert list(states) == ["sent", "sent"]
    assert len(provider.heard_by(REPORTER)) == 2
    verify(CustodyEntry.objects.order_by("position"))


def test_a_kill_between_the_providers_yes_and_our_note_of_it_repeats_one_reply(
    provider: FolderProvider, forward: Callable[..., bool], work: Callable[[], None]
) -> None:
    # Said twice rather than never: docs/decisions/0004-replies-at-least-once.md.
    forward(REPORTER, file=ORIGINAL)
    assert work_until_killed(provider, "provider.send", "after") == -9
    assert len(provider.heard_by(REPORTER)) == 1
    work()
    assert Reply.objects.get().state == Reply.State.SENT
    said = provider.heard_by(REPORTER)
    assert (len(said), len(set(said))) == (2, 1)


def test_a_worker_takes_over_by_itself_from_one_that_was_killed(
    provider: FolderProvider, forward: Callable[..., bool]
) -> None:
    forward(REPORTER, file=ORIGINAL)
    assert work_until_killed(provider, "fingerprint_item", "before") == -9
    assert not QueueEntry.objects.exists()
    command = [sys.executable, str(ROOT / "manage.py"), "work"]
    worker = subprocess.Popen(command, env=_environment())  # noqa: S603  # our own command
    try:
        deadline = time.monotonic() + 60  # the silence that is waited for is ten seconds
        while not QueueEntry.objects.exists():
            assert time.monotonic() < deadline
            time.sleep(0.2)
    finally:
        worker.terminate()
        worker.wait(30)
