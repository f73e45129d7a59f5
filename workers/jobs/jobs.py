"""Jobs as the rest of the program sees them: submit, read, cancel.

What workers do with the jobs that they hold is in `workers.jobs.attempts`; lists of jobs are in
`workers.jobs.listing`. Light enough for the web process: it publishes by task name and imports
neither tasks nor models.
"""

import logging
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from celery import Celery
from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import RedisError

from config import Settings
from config.correlation import MESSAGE_HEADER, request_id
from config.errors import (
    Cancelled,
    NotCancellable,
    QueueUnavailable,
    TooManyJobs,
    UnknownJob,
    describe,
)
from workers.broker.celery_app import ROUTES
from workers.jobs.journal import RACES, Entry, Full, Journal
from workers.jobs.record import JOB_ID, Record, changed, event_of, new_record
from workers.states import Kind, Status
from workers.wire_format import dump

log = logging.getLogger(__name__)

submitter: ContextVar[str] = ContextVar("submitter", default="")
"""Name of the API key on whose behalf jobs are submitted here; empty for nobody's."""

SHOWN = 64
"""Characters of an id that was asked for in the message that there is none: as long as ids get."""


STOPPING = "Cancelling"
"""Message of a running job that was asked to stop."""


@dataclass(frozen=True)
class Submitted:
    """A job that stands for a request: a new one, or the open one that does the same."""

    record: Record
    deduplicated: bool


Listener = Callable[["Jobs", Record, Record], None]
"""Is told of each change of a job, the record before and after, by the process that made it."""


class Jobs:
    """The job records, and the queue behind them.

    :param listeners: are told of each change, one after the other.
    """

    def __init__(
        self,
        settings: Settings,
        redis: "Redis",
        celery: Celery,
        *,
        listeners: Sequence[Listener] = (),
    ) -> None:
        self.settings = settings
        self.redis = redis
        self.celery = celery
        self.listeners = tuple(listeners)
        self.journal = Journal(redis, ttl=settings.job_ttl, events_kept=settings.job_events)

    def submit(
        self,
        kind: Kind,
        params: Mapping[str, Any],
        *,
        meter_type: str | None = None,
        meter_id: str | None = None,
        deduplicate: bool = False,
        batch_id: str | None = None,
        job_id: str | None = None,
    ) -> Submitted:
        """Accept a job: write its record, then hand it to the workers.

        :param params: what the task needs beside the meter; JSON-able.
        :param deduplicate: return the meter's open job of this kind where there is one.
        :param job_id: an id of the caller's; submitting it again returns the first job.
        :raises TooManyJobs: the queue, or the share of the key that asks, is full.
        :raises QueueUnavailable: Redis or the broker does not answer. Nothing was accepted,
            unless Redis was lost in between: then the job runs when it is back (`GET /jobs/`).
        """
        job_id, now = job_id or str(uuid.uuid4()), datetime.now(UTC)
        record = new_record(
            job_id, kind, meter_type=meter_type, meter_id=meter_id, now=now, batch_id=batch_id
        )
        current = f"jobs:current:{kind}:{meter_type}/{meter_id}" if deduplicate else ""
        with self.talking():
            written = self._first(record, dump(dict(params)), current)
            if written is None:
                return Submitted(self.read(job_id).record, deduplicated=True)
            if written[1]:
                return Submitted(self.read(written[1]).record, deduplicated=True)
            try:
                self.publish(kind, job_id, attempt=1)
            except OperationalError:
                # Nobody will hear of it: the record must not wait for ever, nor run some day
                # though its client was told that it was not taken.
                self.cancel(job_id)
                raise
        return Submitted(record, deduplicated=False)

    @contextmanager
    def talking(self) -> Iterator[None]:
        """Turn a silent Redis or broker into the error that a client understands."""
        try:
            yield
        except (RedisError, OperationalError) as error:
            raise QueueUnavailable("The queue does not answer.") from error

    def _first(self, record: Record, params: str, current: str) -> tuple[str, str] | None:
        # A batch counts as one job, when it is submitted; what it lets in has its own window.
        member = record["batch_id"] is not None
        try:
            return self.journal.append(
                record,
                event_of(None, record),
                revision="",
                alive=time.time(),
                created=time.time(),
                params=params,
                current=current,
                owner="" if member else submitter.get(),
                most_waiting=0 if member else self.settings.max_waiting,
                most_owned=self.settings.max_jobs_per_key,
            )
        except Full as full:
            whose = "This key's share of the queue" if full.limit == "key" else "The queue"
            raise TooManyJobs(f"{whose} is full; no job was taken.") from full

    def publish(self, kind: Kind, job_id: str, *, attempt: int, delay: float = 0) -> None:
        """Put a delivery of a job on its queue; older attempts' deliveries are void."""
        name, queue = ROUTES[kind]
        self.celery.send_task(
            name,
            args=[job_id, attempt],
            # What Flower shows; Celery's own way to write it takes longer than the rest.
            argsrepr=f"[{job_id!r}, {attempt}]",
            kwargsrepr="{}",
            # A list of Redis begins with its first message; other brokers want a queue declared.
            declare=() if self.celery.conf.broker_transport else None,
            task_id=job_id,
            queue=queue,
            countdown=delay or None,
            ignore_result=True,
            headers={MESSAGE_HEADER: request_id()},
        )

    def read(self, job_id: str) -> Entry:
        """
        :raises UnknownJob: the id was never issued, or the job expired.
        """
        entry = self.journal.read(job_id) if JOB_ID.fullmatch(job_id) else None
        if entry is None:
            raise unknown_job(job_id)
        return entry

    def record_json(self, job_id: str) -> bytes:
        """The job object, as it is stored.

        :raises UnknownJob: the id was never issued, or the job expired.
        """
        stored = None
        if JOB_ID.fullmatch(job_id):
            stored = cast(bytes | None, self.redis.hget(f"job:{job_id}", "record"))
        if stored is None:
            raise unknown_job(job_id)
        return stored

    def result_json(self, job_id: str) -> bytes | None:
        """The whole result of a job that succeeded; None while there is none."""
        return cast(bytes | None, self.redis.get(f"job:{job_id}:result"))

    def cancel(self, job_id: str) -> Record:
        """End a queued job now; ask a running one to stop, which it does within one step.

        :raises UnknownJob: no such job.
        :raises NotCancellable: it has already succeeded or failed.
        """
        entry = self.read(job_id)
        for _ in range(RACES):
            status = Status(entry.record["status"])
            if status is Status.CANCELLED:
                return entry.record
            if status.is_terminal:
                raise NotCancellable(f"The job has already {status}.", status=status.value)
            after = None
            if status is Status.RUNNING:
                if self.journal.ask_to_stop(job_id):
                    after = self.try_change(entry, {"message": STOPPING})
                if after is not None:  # a batch may have stopped by the time it was told to
                    return self.read(job_id).record
            else:
                after = self.try_change(entry, ending(Cancelled("The job was cancelled.")))
            if after is not None:
                return after
            entry = self.read(job_id)
        raise QueueUnavailable("The job changes too fast to be cancelled; try again.")

    def try_change(self, entry: Entry, fields: Mapping[str, Any]) -> Record | None:
        """The record with these fields changed; None where somebody else was faster."""
        after = changed(entry.record, datetime.now(UTC), fields)
        return after if self.write(entry, after) else None

    def write(self, entry: Entry, after: Record, *, result: str = "", alive: float = 0) -> bool:
        """Put `after` in the place of what was read, and tell all who want to know.

        :returns: False where the record is not as it was read; then nothing was written.
        """
        created = datetime.fromisoformat(after["created_at"]).timestamp()
        written = self.journal.append(
            after,
            event_of(entry.record, after),
            revision=entry.revision,
            alive=alive or time.time(),
            created=created,
            result=result,
        )
        if written is None:
            return False
        for listener in self.listeners:
            listener(self, entry.record, after)
        return True


def unknown_job(job_id: str) -> UnknownJob:
    """The error for an id that was never issued or has expired; of a long one its beginning."""
    return UnknownJob(f"There is no job {job_id[:SHOWN]!r}.")


def ending(error: BaseException) -> dict[str, Any]:
    """The fields of a job that ends by `error`: failed, or cancelled where it is that."""
    facts = describe(error)
    status = Status.CANCELLED if facts["code"] == Cancelled.code else Status.FAILED
    return {"status": status.value, "message": facts["message"], "error": facts}
