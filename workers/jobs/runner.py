"""What surrounds every job in a worker: take it, keep it alive, end it once.

A task is a function of a `Run` that returns the job's result; `job_task` does the rest, so that
all kinds of job live and die the same way:

- a delivery is taken only if the record still waits for this very attempt;
- a heartbeat thread shows that the process lives, also while native code holds it;
- whatever comes out, a result or an exception, becomes the one last event.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from celery import Celery

from workers.jobs import attempts
from workers.jobs.attempts import Superseded
from workers.jobs.jobs import Jobs
from workers.jobs.journal import OPEN
from workers.jobs.opening import process_jobs
from workers.jobs.run import Run

log = logging.getLogger(__name__)


NO_MEMORY = (MemoryError, SystemError)
"""What Python raises without memory: where it can't make the first, it has only the second."""

Work = Callable[[Run], Mapping[str, Any]]


def job_task(app: Celery, name: str) -> Callable[[Work], Any]:
    """Register a function of a `Run` as the Celery task `name(job_id, attempt)`."""

    def register(work: Work) -> Any:
        @app.task(name=name)
        def task(job_id: str, attempt: int) -> None:
            try:
                run_job(process_jobs(os.getpid()), job_id, attempt, work)
            except NO_MEMORY:
                # A process that met its limit is of no use to the next job, and may not even have
                # ended this one: it goes, and its parent, who hears of it, sees to both.
                os._exit(os.EX_OSERR)

        return task

    return register


def run_job(jobs: Jobs, job_id: str, attempt: int, work: Work) -> None:
    """Run one delivery of a job from taking it to its last event.

    Raises what there was no memory for, after the job's end where that was possible.
    """
    worker = f"{socket.gethostname()}:{os.getpid()}"
    if not attempts.take(jobs, job_id, attempt, worker=worker):
        log.info("dropped delivery %s of job %s: ended, taken or another attempt", attempt, job_id)
        return
    run = Run(jobs, job_id, attempt)
    try:
        with _heartbeat(jobs, job_id):
            _finish(run, work)
    except Superseded:
        log.warning("job %s is not attempt %s's any more; stopped", job_id, attempt)


def _finish(run: Run, work: Work) -> None:
    started = time.monotonic()
    try:
        run.succeed(work(run))
    except Superseded:
        raise
    except Exception as error:
        # The one place that catches everything: a job must end, and its record says how.
        try:
            run.fail(error)
        finally:
            # After its end: a process without memory may not even be able to log.
            known = getattr(error, "code", None)
            log.log(
                logging.INFO if known else logging.ERROR,
                "job %s: %s",
                run.job_id,
                error,
                exc_info=None if known else error,
            )
        if isinstance(error, NO_MEMORY):
            raise
    else:
        log.info("job %s succeeded in %.2f s", run.job_id, time.monotonic() - started)


@contextmanager
def _heartbeat(jobs: Jobs, job_id: str) -> Iterator[None]:
    """Renew the job's sign of life until the block ends, also past failures of Redis."""
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(jobs.settings.heartbeat):
            try:
                # XX: a job that has ended in the meantime must not come back to the open ones.
                jobs.redis.zadd(OPEN, {job_id: time.time()}, xx=True)
            except Exception:
                log.warning("no heartbeat for job %s: Redis does not answer", job_id)

    thread = threading.Thread(target=beat, name=f"heartbeat-{job_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
