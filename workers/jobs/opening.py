"""Jobs on the Redis of the settings, and those of this process."""

from functools import lru_cache

from config import Settings, load_settings
from config.redis_clients import connect
from workers.broker import create_celery
from workers.jobs.batches import follow
from workers.jobs.celery_results import mirror
from workers.jobs.counts import count_end
from workers.jobs.jobs import Jobs
from workers.jobs.record import Record, is_terminal

PATIENCE = 120.0
"""Seconds a running job waits for Redis: longer than a restart, shorter than a lost evening."""


def open_jobs(settings: Settings, *, patience: float = 1.0) -> Jobs:
    """Jobs on the Redis of the settings.

    :param patience: seconds a command may wait for Redis to come back.
    """
    celery = create_celery(settings, patience=patience)
    redis = connect(settings, patience=patience)
    return Jobs(settings, redis, celery, listeners=(_mirrored, _counted, follow))


def _mirrored(jobs: Jobs, before: Record, after: Record) -> None:
    mirror(jobs.celery, before, after)


def _counted(jobs: Jobs, before: Record, after: Record) -> None:
    if is_terminal(after):
        count_end(jobs.redis, after)


@lru_cache(maxsize=1)
def process_jobs(pid: int) -> Jobs:
    """The jobs of this process: a child must not share its parent's connections (`pid`)."""
    return open_jobs(load_settings(), patience=PATIENCE)
