"""Jobs on the Redis of the settings, and those of this process."""

from functools import lru_cache

from config import Settings, load_settings
from config.redis_clients import connect
from workers.broker import create_celery
from workers.jobs.jobs import Jobs

PATIENCE = 120.0
"""Seconds a running job waits for Redis: longer than a restart, shorter than a lost evening."""


def open_jobs(settings: Settings, *, patience: float = 1.0) -> Jobs:
    """Jobs on the Redis of the settings.

    :param patience: seconds a command may wait for Redis to come back.
    """
    celery = create_celery(settings, patience=patience)
    return Jobs(settings, connect(settings, patience=patience), celery)


@lru_cache(maxsize=1)
def process_jobs(pid: int) -> Jobs:
    """The jobs of this process: a child must not share its parent's connections (`pid`)."""
    return open_jobs(load_settings(), patience=PATIENCE)
