"""Attempts at jobs, as the workers that hold them see it: take one, change it, put it back."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from workers.jobs.jobs import Jobs
from workers.jobs.journal import RACES
from workers.jobs.record import Record, changed, is_terminal
from workers.states import WAITING, Kind, Status


class Superseded(Exception):
    """The job has ended or belongs to another attempt; whoever holds it must stop."""


def take(jobs: Jobs, job_id: str, attempt: int, *, worker: str) -> bool:
    """Whether this delivery is the one to run; then the job is running.

    Deliveries of older attempts, of jobs that have ended and of jobs that run already are
    not: Redis may deliver a message twice.
    """
    entry = jobs.journal.read(job_id)
    if entry is None or entry.record["attempt"] != attempt:
        return False
    if Status(entry.record["status"]) not in WAITING:
        return False
    jobs.redis.hset(f"job:{job_id}", "worker", worker)
    fields = {"status": Status.RUNNING.value, "message": "Starting", "error": None}
    return jobs.try_change(entry, fields) is not None


def change(
    jobs: Jobs,
    job_id: str,
    attempt: int,
    fields: Mapping[str, Any],
    *,
    result: str = "",
    alive: float = 0,
) -> Record:
    """Change a job that `attempt` holds, and tell its watchers.

    :param fields: fields of the record with their new values.
    :param result: the whole result (JSON) of a job that succeeds.
    :param alive: epoch seconds of its sign of life, where that is not now.
    :raises Superseded: the job has ended, expired, or is now another attempt's.
    """
    wanted: Record | None = None
    for _ in range(RACES):
        entry = jobs.journal.read(job_id)
        if entry is None:
            raise Superseded(job_id)
        if entry.record == wanted:
            # The answer to our own write was lost with the connection, not the write.
            return entry.record
        if is_terminal(entry.record) or entry.record["attempt"] != attempt:
            raise Superseded(job_id)
        wanted = changed(entry.record, datetime.now(UTC), fields)
        if jobs.write(entry, wanted, result=result, alive=alive):
            return wanted
    raise Superseded(job_id)


def again(jobs: Jobs, job_id: str, attempt: int, message: str, *, delay: float = 0) -> None:
    """Put a job back on its queue as the next attempt.

    :raises Superseded: as `change`.
    """
    fields = {"status": Status.RETRYING.value, "message": message, "attempt": attempt + 1}
    record = change(jobs, job_id, attempt, fields, alive=time.time() + delay)
    jobs.publish(Kind(record["kind"]), job_id, attempt=attempt + 1, delay=delay)
