"""Kill the worker at every step of the flow: the job runs again, and nothing is doubled."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

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


def work_until_killed(provider: FolderProvider, verb: str, moment: str) -> int:
    """Run a worker process that dies at this point; return its exit code."""
    db = connection.settings_dict
    names = {"host": db["HOST"], "user": db["USER"], "dbname": db["NAME"]}
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "hotline.settings",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'baken' / 'src'}",
        "DATABASE_URL": f"postgresql:///?{'&'.join(f'{k}={v}' for k, v in names.items())}",
        "BAKEN_KEYS": str(settings.KEYS),
        "VAULT_URL": settings.VAULT_URL,
        "BAKEN_SECRET_KEY": settings.SECRET_KEY,
    }
    command = [sys.executable, "-m", "hotline.pipeline.tests.killed_worker"]
    folder = str(provider.files.parent)
    killed = subprocess.run(  # noqa: S603  # our own module
        [*command, folder, verb, moment], env=environment, check=False, timeout=120
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
    # Between the provider's yes and our note of it a kill repeats one reply
    # (docs/decisions/0004-replies-at-least-once.md); nowhere else.
    heard = provider.heard_by(REPORTER)
    assert len(set(heard)) == 2
    assert len(heard) == 2
    verify(CustodyEntry.objects.order_by("position"))
