"""Jobs whose worker died: found by their silence, tried again, given up after a few deaths."""

import logging
import time
from typing import Any, cast

from config.errors import Cancelled, JobTimeout, WorkerLost
from workers.broker.celery_app import ROUTES
from workers.jobs import attempts
from workers.jobs.attempts import Superseded
from workers.jobs.batches import tend_batch
from workers.jobs.jobs import Jobs, ending
from workers.jobs.journal import INDEX, OPEN, Entry
from workers.jobs.record import is_terminal
from workers.jobs.run import LONGEST_PAUSE
from workers.states import Kind, Status

log = logging.getLogger(__name__)


def sweep(jobs: Jobs) -> int:
    """Deal with every open job that has given no sign of life for STALE_AFTER_SECONDS.

    Safe to run twice at once: each change of a record is made by exactly one.

    :returns: how many jobs were dealt with.
    """
    now = time.time()
    patience = jobs.settings.stale_after
    silent = cast(list[bytes], jobs.redis.zrangebyscore(OPEN, 0, now - patience))
    # Later than any retry is due: left by a worker whose clock was ahead, or was set back since.
    silent += cast(
        list[bytes], jobs.redis.zrangebyscore(OPEN, now + LONGEST_PAUSE + patience, "+inf")
    )
    done = sum(_tend(jobs, job_id.decode()) for job_id in silent)
    jobs.redis.zremrangebyscore(INDEX, 0, now - 2 * jobs.settings.job_ttl)
    return done


def worker_lost(jobs: Jobs, job_id: str) -> None:
    """Try a job again whose worker died with it, or end it after MAX_DELIVERIES deaths."""
    entry = jobs.journal.read(job_id)
    if entry is None or Status(entry.record["status"]) is not Status.RUNNING:
        return
    attempt: int = entry.record["attempt"]
    most = jobs.settings.max_deliveries
    losses = jobs.redis.hincrby(f"job:{job_id}", "losses", 1)
    try:
        if "cancel" in entry.fields:
            attempts.change(jobs, job_id, attempt, ending(Cancelled("The job was cancelled.")))
        elif losses >= most:
            error = WorkerLost(f"The worker died {losses} times with this job.", losses=losses)
            attempts.change(jobs, job_id, attempt, ending(error))
        else:
            message = f"The worker died; trying again ({losses + 1} of {most})"
            attempts.again(jobs, job_id, attempt, message)
    except Superseded:
        log.info("job %s: somebody else dealt with its lost worker", job_id)


def killed_for_time(jobs: Jobs, job_id: str) -> None:
    """End a job whose process was killed at the hard time limit."""
    limit = jobs.settings.task_time_limit
    error = JobTimeout(f"The job ran longer than {limit} s and was killed.", limit_seconds=limit)
    attempt: int = jobs.read(job_id).record["attempt"]
    try:
        attempts.change(jobs, job_id, attempt, ending(error))
    except Superseded:
        log.info("job %s had ended before it was killed", job_id)


def _tend(jobs: Jobs, job_id: str) -> bool:
    entry = jobs.journal.read(job_id)
    if entry is None or is_terminal(entry.record):
        jobs.redis.zrem(OPEN, job_id)
        return False
    if entry.record["kind"] == Kind.BATCH and Status(entry.record["status"]) is Status.RUNNING:
        # No worker holds a batch: it lives by its members, and this is its own heartbeat.
        jobs.redis.zadd(OPEN, {job_id: time.time()}, xx=True)
        tend_batch(jobs, job_id)
        return True
    if Status(entry.record["status"]) is Status.RUNNING:
        log.warning("job %s: its worker %s is silent", job_id, entry.fields.get("worker"))
        worker_lost(jobs, job_id)
        return True
    return _deliver_again(jobs, job_id, entry)


def _deliver_again(jobs: Jobs, job_id: str, entry: Entry) -> bool:
    """A waiting job whose queue is empty has lost its message: the broker was restarted."""
    kind = Kind(entry.record["kind"])
    jobs.redis.zadd(OPEN, {job_id: time.time()}, xx=True)
    if queue_length(jobs, ROUTES[kind][1]):
        return False
    log.warning("job %s waits but its queue is empty; delivered again", job_id)
    # Should the first message turn up after all, `attempts.take` lets only one of the two run.
    jobs.publish(kind, job_id, attempt=entry.record["attempt"])
    return True


def queue_length(jobs: Jobs, queue: str) -> int:
    """Messages waiting in `queue`, with any broker; 0 where the queue is not declared yet."""
    with jobs.celery.connection_for_read() as connection:
        channel: Any = connection.default_channel
        try:
            return int(channel.queue_declare(queue=queue, passive=True).message_count)
        except connection.channel_errors:
            return 0
