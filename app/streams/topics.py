"""What a client can follow, and how what it missed is read from Redis.

Each topic is one pub/sub channel and the Redis Stream behind it. A client that names its last id
gets the entries after it, but only where the log proves that none is missing; otherwise it gets
a snapshot: the present state, with the id of the newest event it includes. Everything is read in
one transaction, so a snapshot and its id can't disagree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from redis import BlockingConnectionPool, Redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from app.streams import wire
from app.streams.members import read_members
from app.streams.wire import START, Event, EventId
from config.errors import UnknownJob
from config.redis_pools import RedisSettings, open_pool
from workers.jobs.record import JOB_ID
from workers.states import TERMINAL

Rows = Sequence[tuple[bytes, dict[bytes, bytes]]]

ALL_JOBS = "jobs:events"
READERS = 8
"""Connections that read what joining clients missed; a constant, whatever the number of clients."""

READ_RETRIES = 8
"""Makes 3 s with the pauses below: a joining client outlasts a restart of Redis."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What a client has to be sent before it goes live."""

    frames: bytes
    cursor: EventId
    """The newest event that `frames`, or what the client had before, include."""
    ended: bool
    """Nothing will follow."""


class Topic(Protocol):
    """Hashable, so that clients which missed the same are served by one read."""

    @property
    def channel(self) -> str: ...

    def wants(self, event: Event) -> bool: ...

    def ends(self, event: Event) -> bool:
        """Whether `event` is the last one a client of this topic gets."""
        ...

    def backlog(self, redis: "Redis", last: EventId | None) -> Backlog:
        """
        :raises UnknownJob: there is no such job.
        :raises RedisError: the log can't be read; never taken for an empty one.
        """
        ...


@dataclass(frozen=True, slots=True)
class JobTopic:
    """The events of one job."""

    job_id: str

    @property
    def channel(self) -> str:
        return f"job:{self.job_id}"

    def wants(self, event: Event) -> bool:
        return True

    def ends(self, event: Event) -> bool:
        return event.status in TERMINAL

    def backlog(self, redis: "Redis", last: EventId | None) -> Backlog:
        if not JOB_ID.fullmatch(self.job_id):
            raise UnknownJob(f"There is no job {self.job_id[:64]!r}.")
        # Without a log to read it is one command, which needs no transaction around it.
        with redis.pipeline(transaction=last is not None) as pipe:
            pipe.hmget(self.channel, "record", "last", "status")
            if last is not None:
                _read_log(pipe, f"{self.channel}:events", last)
            (record, newest, status), *log = pipe.execute()
        if record is None or newest is None or status is None:
            raise UnknownJob(f"There is no job {self.job_id!r}.")
        cursor, ended = wire.parse_id(newest.decode()), status.decode() in TERMINAL
        rows = None if last is None else entries_after(last, *log, newest=cursor)
        if rows is None:
            return Backlog(wire.frame(record, event_id=newest), cursor, ended)
        frames = (wire.frame(fields[b"d"], event_id=raw_id) for raw_id, fields in rows)
        return Backlog(b"".join(frames), cursor, ended)


@dataclass(frozen=True, slots=True)
class AllJobsTopic:
    """The events of all jobs, or of the chosen ones and of the members of a batch."""

    ids: frozenset[str] = frozenset()
    batch: str | None = None

    @property
    def channel(self) -> str:
        return ALL_JOBS

    @property
    def chosen(self) -> list[str]:
        """The jobs that must exist: the ids asked for, and the batch's own."""
        return sorted(self.ids | ({self.batch} if self.batch else set()))

    def wants(self, event: Event) -> bool:
        if not self.ids and not self.batch:
            return True
        if event.task_id in self.ids:
            return True
        return self.batch is not None and self.batch in (event.batch_id, event.task_id)

    def ends(self, event: Event) -> bool:
        return False

    def backlog(self, redis: "Redis", last: EventId | None) -> Backlog:
        chosen = [job_id for job_id in self.chosen if JOB_ID.fullmatch(job_id)]
        with redis.pipeline(transaction=True) as pipe:
            pipe.xrevrange(ALL_JOBS, count=1)
            for job_id in chosen:
                pipe.hget(f"job:{job_id}", "record")
            if self.batch is not None and self.batch in chosen:
                read_members(pipe, self.batch)
            if last is not None:
                _read_log(pipe, ALL_JOBS, last)
            newest, *rest = pipe.execute()
        records = [record for record in rest[: len(chosen)] if record is not None]
        if self.chosen and not records:
            raise UnknownJob("None of these jobs exists.", ids=self.chosen[:10])
        log = rest[len(chosen) :]
        if self.batch in chosen:
            records += log.pop(0)
        cursor = wire.parse_id(newest[0][0].decode()) if newest else START
        rows = None if last is None else entries_after(last, *log, newest=cursor)
        if rows is None:
            return Backlog(_snapshot(records, cursor), cursor, ended=False)
        events = (wire.parse_event(raw_id, fields[b"d"]) for raw_id, fields in rows)
        wanted = b"".join(event.frame for event in events if self.wants(event))
        return Backlog(wanted, cursor, ended=False)


def entries_after(last: EventId, oldest: Rows, rows: Rows, *, newest: EventId) -> Rows | None:
    """The entries after `last`; None where entries between it and `rows` may be missing.

    :param oldest: the first entry that is kept, if any.
    :param rows: the entries from `last` on, itself included where it is kept.
    """
    if last == newest:
        return ()
    if last == START:
        return rows or None
    # An id from the future: Redis came back with an older state (fail-over, lost file).
    if last > newest or not oldest or last < wire.parse_id(oldest[0][0].decode()):
        return None
    return [row for row in rows if wire.parse_id(row[0].decode()) > last]


def _read_log(pipe: Any, stream: str, last: EventId) -> None:
    pipe.xrange(stream, count=1)
    pipe.xrange(stream, min=wire.format_id(last))


def _snapshot(records: Sequence[bytes], cursor: EventId) -> bytes:
    # Only the block after the last record moves the client's id: one that is cut off in the
    # middle comes back without it and gets the whole snapshot again.
    return b"".join(wire.frame(record) for record in records) + wire.position(cursor)


def log_reader(settings: RedisSettings) -> "Redis":
    """A client for reading logs; greenlets wait for one of its few connections."""
    pool = open_pool(
        settings,
        BlockingConnectionPool,
        max_connections=READERS,
        timeout=5,
        socket_timeout=5,
        socket_connect_timeout=3,
        socket_keepalive=True,
        health_check_interval=30,
        retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), READ_RETRIES),
    )
    return Redis(connection_pool=pool)
