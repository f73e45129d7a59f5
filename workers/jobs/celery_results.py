"""Celery's own view of a job, kept in step with the record.

Clients are answered from the job record; AsyncResult, Flower and Celery's command line read the
result backend, so every status is written there too, by the one place that changes records.
"""

import logging
from typing import Any

from celery import Celery
from celery.exceptions import TaskRevokedError
from redis.exceptions import OutOfMemoryError

from workers.jobs.record import Record
from workers.states import CELERY_STATE, Status

log = logging.getLogger(__name__)


class JobFailed(Exception):
    """How a failed job looks in Celery's result backend: `code: message`."""


def mirror(celery: Celery, before: Record, after: Record) -> None:
    """Store the state that Celery's tools should show; progress only when the stage changes."""
    status = Status(after["status"])
    same = before["status"] == after["status"] and before["stage"] == after["stage"]
    if same or status is Status.QUEUED:
        return
    try:
        celery.backend.store_result(after["task_id"], _result(after, status), CELERY_STATE[status])
    except OutOfMemoryError:
        # The record has it: a job must not fail because a copy of its state found no room.
        log.warning("job %s: Redis is full, Celery's tools show an older state", after["task_id"])


def _result(record: Record, status: Status) -> Any:
    if status is Status.SUCCEEDED:
        return record["result"]
    if status is Status.CANCELLED:
        return TaskRevokedError("cancelled")
    if status is Status.RUNNING:
        return {key: record[key] for key in ("stage", "progress", "message")}
    error = record["error"] or {"code": "retry", "message": record["message"]}
    return JobFailed(f"{error['code']}: {error['message']}")
