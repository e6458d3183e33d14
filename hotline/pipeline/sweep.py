"""Give back the jobs of workers that died.

A killed worker leaves its job `doing` for ever; its heartbeat stops, and this finds it.
"""

import structlog
from procrastinate.contrib.django import app

EVERY_TEN_SECONDS = "* * * * * */10"
HEARTBEAT_SECONDS = 2.0
SILENT_SECONDS = 10.0  # five heartbeats: a busy machine may miss one

log = structlog.get_logger(__name__)


@app.periodic(cron=EVERY_TEN_SECONDS)
@app.task(name="pipeline.sweep_stalled_jobs", queueing_lock="sweep")
async def sweep_stalled_jobs(timestamp: int) -> None:  # noqa: ARG001  # the schedule's, not ours
    """Let jobs run again whose worker has been silent."""
    await give_back(SILENT_SECONDS)


async def give_back(silent_seconds: float) -> None:
    """Let jobs run again whose worker has been silent for so long."""
    manager = app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=silent_seconds):
        await manager.retry_job(job)
        log.warning("a stalled job runs again", job=job.id, task=job.task_name)
