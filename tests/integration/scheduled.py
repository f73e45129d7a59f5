"""Scheduled work of a platform without beat, brought about as beat does it."""

from typing import Any

from celery.beat import Scheduler

from tests.platform import Platform
from tests.processes import until
from workers.broker import create_celery
from workers.schedules import LAST


def run_schedule(platform: Platform, name: str, *, beats: int = 1) -> dict[str, Any]:
    """What the beats do when a schedule is due; the run once it has ended."""
    platform.jobs.redis.delete(*platform.jobs.redis.keys(f"schedule:{name}:*") or ["none"])
    platform.jobs.redis.hdel(LAST, name)
    for _ in range(beats):
        beat = Scheduler(create_celery(platform.settings), lazy=True)
        beat.setup_schedule()
        beat.apply_async(beat.schedule[name], advance=False)

    def ended() -> dict[str, Any] | None:
        rows = platform.http.get("/schedules/").json()
        run = next(row["last_run"] for row in rows if row["name"] == name)
        return run if run and run["finished_at"] else None

    found: dict[str, Any] = until(ended, f"{name} has run", seconds=90)
    return found
