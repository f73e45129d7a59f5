"""What a worker process runs: `celery -A workers.main worker -Q training`."""

import logging
import os
import threading
import time
import warnings
from typing import Any

from billiard.exceptions import TimeLimitExceeded, WorkerLostError
from celery import signals
from celery.exceptions import SecurityWarning
from redis.exceptions import RedisError

from config import load_settings
from config.correlation import MESSAGE_HEADER, bind, unbind
from config.logs import configure_logging
from config.tracing import start_tracing
from workers import answers, tasks  # noqa: F401  (registers their tasks)
from workers.broker import presence
from workers.broker.worker_app import app
from workers.jobs import Jobs, open_jobs
from workers.jobs.sweeper import killed_for_time, worker_lost
from workers.nightly import tasks as nightly_tasks  # noqa: F401

__all__ = ["app"]

log = logging.getLogger(__name__)


@signals.setup_logging.connect
def _configure_logging(**_: Any) -> None:
    configure_logging(load_settings(), role=os.environ.get("ENERGY_ROLE", "worker"))


@signals.task_prerun.connect
def _bind_ids(task_id: str, task: Any, **_: Any) -> None:
    """Put the ids of the job and of the request behind it on every line of this task."""
    bind(task_id=task_id, request_id=task.request.get(MESSAGE_HEADER) or "")


@signals.task_postrun.connect
def _unbind_ids(**_: Any) -> None:
    unbind()


# Containers run as root in a user namespace; Celery's ten lines of warning at each start of each
# worker bury what matters. Running as a user of its own is in the deployment notes.
warnings.filterwarnings("ignore", category=SecurityWarning)


@signals.worker_process_init.connect
def _trace(**_: Any) -> None:
    start_tracing(load_settings(), role=os.environ.get("ENERGY_ROLE", "worker"))


@signals.worker_ready.connect
def _show_presence(sender: Any, **_: Any) -> None:
    """Tell `/health/worker` that this worker lives and which queues it serves."""
    jobs = open_jobs(load_settings())
    queues = sorted(sender.app.amqp.queues.consume_from)
    thread = threading.Thread(
        target=_presence, args=(jobs, sender.hostname, queues), name="presence", daemon=True
    )
    thread.start()


def _presence(jobs: Jobs, name: str, queues: list[str]) -> None:
    while True:
        try:
            presence.show(jobs.redis, name, queues)
        except RedisError:
            log.warning("worker %s cannot show its presence: Redis does not answer", name)
        time.sleep(jobs.settings.heartbeat)


@signals.worker_shutting_down.connect
def _show_absence(sender: str, **_: Any) -> None:
    presence.hide(open_jobs(load_settings()).redis, sender)


@signals.beat_init.connect
def _show_beat(**_: Any) -> None:
    """Tell health checks that beat publishes what is due, each time that it has."""
    jobs = open_jobs(load_settings())

    def published(**_: Any) -> None:
        presence.show_beat(jobs.redis, sweep_every=jobs.settings.sweep_every)

    signals.after_task_publish.connect(published, weak=False)


@signals.task_failure.connect
def _child_died(task_id: str, exception: BaseException, **_: Any) -> None:
    """A killed child can't write how its job ended; its parent hears of it here, at once."""
    jobs = open_jobs(load_settings())
    if isinstance(exception, WorkerLostError):
        worker_lost(jobs, task_id)
    elif isinstance(exception, TimeLimitExceeded):
        killed_for_time(jobs, task_id)
