"""The Celery app: how jobs reach workers. Knows queues and limits, no task and no model.

The web process imports this to publish by task name; the worker (`workers.main`) imports the
tasks on top of it.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from celery import Celery
from celery.schedules import crontab

from config import Settings
from config.redis_pools import SENTINEL_PATIENCE, is_sentinel
from workers.states import Kind

TRAINING, FORECASTS, MAINTENANCE = "training", "forecasts", "maintenance"
QUEUES = (TRAINING, FORECASTS, MAINTENANCE)

ROUTES: Mapping[Kind, tuple[str, str]] = {
    Kind.TRAIN: ("energy.train", TRAINING),
    Kind.FORECAST: ("energy.forecast", FORECASTS),
    Kind.TEST: ("energy.test", TRAINING),
    Kind.IMPORT: ("energy.import", MAINTENANCE),
    Kind.BATCH: ("energy.batch", MAINTENANCE),
}
"""Task name and queue of each kind of job; a forecast never waits behind a training."""

SWEEP = "energy.sweep"
QUALITY = "energy.quality"
EXPLAIN = "energy.explain"
ACCURACY = "energy.accuracy"
REGISTRY = "energy.registry"
SCHEDULED = "energy.scheduled"
ROUND = "energy.round"
LOCATE = "energy.locate"

TRANSPORTS = {
    "redis": "workers.broker.transport:Transport",
    "rediss": "workers.broker.transport:Transport",
    "sentinel": "workers.broker.transport:SentinelTransport",
}
"""Kombu's own for Redis, less what it repeats for each message; other brokers keep theirs."""

QUICK_TRIES = 4
"""Tries in the first second, before the pauses reach a second each."""
SCHEDULED_WITHIN = 3600.0
"""Seconds that scheduled work may wait for a worker; then its time has passed."""
KILL_AFTER = 60
"""Seconds between a job's own deadline and the kill of its process, for native code that hangs."""


def create_celery(settings: Settings, *, patience: float = 1.0) -> Celery:
    """The app with every setting that `acks_late` work on Redis needs to lose nothing.

    :param patience: seconds that publishing and storing a state may wait for Redis to come back.
    """
    app = Celery("energy", set_as_current=False)
    hard_limit = settings.task_time_limit + KILL_AFTER
    # Above the longest run, else Redis hands a running job to a second worker; Celery reads it
    # from three places.
    visibility = max(7200, 2 * hard_limit)
    broker_url = settings.broker_url or settings.redis_url
    behind_sentinels: dict[str, Any] = {}
    if is_sentinel(settings.redis_url):
        behind_sentinels["master_name"] = settings.redis_master
        behind_sentinels["sentinel_kwargs"] = dict(SENTINEL_PATIENCE)
    app.conf.update(
        broker_url=broker_url,
        broker_transport=TRANSPORTS.get(broker_url.partition(":")[0]),
        result_backend=settings.redis_url,
        broker_transport_options={
            "visibility_timeout": visibility,
            "socket_keepalive": True,
            **behind_sentinels,
        },
        result_backend_transport_options={"visibility_timeout": visibility, **behind_sentinels},
        visibility_timeout=visibility,
        broker_connection_retry_on_startup=True,
        # A lost broker connection must not kill a training: its record, not its message, says
        # whose it is, and a message that comes again is dropped (`workers.jobs.runner`).
        worker_cancel_long_running_tasks_on_connection_loss=False,
        task_acks_late=True,
        task_reject_on_worker_lost=False,
        task_time_limit=hard_limit,
        task_ignore_result=True,
        task_track_started=False,
        task_default_queue=MAINTENANCE,
        # Flower hears of a job when a worker receives it; a second message for each that is
        # sent would cost a fifth of what submitting costs.
        task_send_sent_event=False,
        worker_send_task_events=True,
        worker_prefetch_multiplier=1,
        worker_max_tasks_per_child=200,
        worker_soft_shutdown_timeout=10.0,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        accept_content=["json"],
        task_serializer="json",
        result_serializer="json",
        result_expires=settings.job_ttl,
        result_backend_always_retry=True,
        result_backend_max_retries=int(patience) + QUICK_TRIES,
        result_backend_base_sleep_between_retries_ms=50,
        result_backend_max_sleep_between_retries_ms=1000,
        task_publish_retry_policy={
            "max_retries": int(patience) + QUICK_TRIES,
            "interval_start": 0.0,
            "interval_step": 0.2,
            "interval_max": 1.0,
        },
        redis_backend_health_check_interval=30,
        redis_socket_keepalive=True,
        enable_utc=True,
        timezone=settings.schedule_timezone,
        beat_schedule_filename=str(settings.state_dir / "celerybeat-schedule"),
        beat_schedule=_schedule(settings),
    )
    return app


def _schedule(settings: Settings) -> dict[str, Any]:
    # An expired sweep is dropped, so that a backlog after an outage is one sweep and not many.
    swept = {
        "task": SWEEP,
        "schedule": timedelta(seconds=settings.sweep_every),
        "options": {"queue": MAINTENANCE, "expires": settings.sweep_every},
    }
    return {"sweep": swept} | {
        one.name: {
            "task": SCHEDULED,
            "args": [one.name],
            "schedule": crontab.from_string(one.cron),
            "options": {"queue": MAINTENANCE, "expires": SCHEDULED_WITHIN},
        }
        for one in settings.schedules.values()
    }
