"""How a job's record and events are written: every change in one atomic step of Redis.

| key                 | holds                                                                   |
|---------------------|-------------------------------------------------------------------------|
| `job:{id}`          | hash: `record` (the job object), `status`, `last` (newest event id), … |
| `job:{id}:events`   | stream of the job's events, capped; an entry's id is the SSE id         |
| `job:{id}:result`   | the whole result, JSON                                                  |
| `jobs:events`       | one capped stream of the events of all jobs, with ids of its own        |
| `jobs:open`         | sorted set of jobs that have not ended, by their last sign of life      |
| `jobs:waiting:{queue}` | sorted set of jobs that no worker has taken yet, by time of waiting  |
| `jobs:index`        | sorted set of all jobs that are kept, by time of creation               |
| `jobs:current:…`    | the open training of a meter, so that a second request finds it         |
| `jobs:owner:{key}`  | set of the open jobs that an API key asked for                          |

The channels `job:{id}` and `jobs:events` carry `<event id> <event>` for live clients. Appending
compares a revision first (optimistic locking): a worker that lost its job, a sweeper and someone
who cancels can all try at once, and exactly one of them writes.
"""

import json
from dataclasses import dataclass
from typing import cast

from redis import Redis

from config.redis_scripts import Script
from workers.broker.celery_app import ROUTES
from workers.jobs.record import Event, Record, is_terminal
from workers.states import WAITING, Kind, Status
from workers.wire_format import dump

RACES = 20
"""Lost races for one change before giving up: each loss means that somebody else made progress."""

ALL_EVENTS = "jobs:events"
OPEN = "jobs:open"
INDEX = "jobs:index"

ALL_EVENTS_KEPT = 20_000
"""Enough for a dashboard that was away for minutes while a large batch ran."""

APPEND = Script(
    keys=("key", "stream", "all", "open", "index", "result", "waiting"),
    args=(
        *("expected", "record", "event", "told", "status", "task", "ttl", "kept", "all_kept"),
        *("alive", "created", "waits", "ended", "payload", "params", "current", "owner"),
        *("most_waiting", "most_owned"),
    ),
    source="""
if (redis.call('HGET', key, 'rev') or '') ~= expected then return false end
if expected == '' and current ~= '' then
  local other = redis.call('GET', current)
  if other and redis.call('ZSCORE', open, other) then return {'', other} end
end
if expected == '' and tonumber(most_waiting) > 0 then
  if redis.call('ZCARD', waiting) >= tonumber(most_waiting) then return {'', '', 'queue'} end
  if owner ~= '' and redis.call('SCARD', 'jobs:owner:' .. owner) >= tonumber(most_owned) then
    return {'', '', 'key'}
  end
end
local id = redis.call('XADD', stream, 'MAXLEN', '~', kept, '*', 'd', event)
local all_id = redis.call('XADD', all, 'MAXLEN', '~', all_kept, '*', 'd', told)
redis.call('HSET', key, 'record', record, 'status', status, 'last', id,
           'rev', (tonumber(expected) or 0) + 1)
if params ~= '' then redis.call('HSET', key, 'params', params) end
if current ~= '' then redis.call('HSET', key, 'current', current) end
if owner ~= '' then
  redis.call('HSET', key, 'owner', owner)
  redis.call('SADD', 'jobs:owner:' .. owner, task)
end
if payload ~= '' then redis.call('SET', result, payload, 'EX', ttl) end
if waits == '1' then
  redis.call('ZADD', waiting, alive, task)
else
  redis.call('ZREM', waiting, task)
end
if ended == '1' then
  redis.call('ZREM', open, task)
  local held = redis.call('HGET', key, 'current')
  if held and redis.call('GET', held) == task then redis.call('DEL', held) end
  local asked = redis.call('HGET', key, 'owner')
  if asked then redis.call('SREM', 'jobs:owner:' .. asked, task) end
  redis.call('EXPIRE', key, ttl)
  redis.call('EXPIRE', stream, ttl)
else
  redis.call('ZADD', open, alive, task)
  if current ~= '' then redis.call('SET', current, task) end
end
redis.call('ZADD', index, 'NX', created, task)
redis.call('PUBLISH', key, id .. ' ' .. event)
redis.call('PUBLISH', all, all_id .. ' ' .. told)
return {id, ''}
""",
)

STOP = Script(
    keys=("key",),
    args=("task", "running"),
    source="""
if redis.call('HGET', key, 'status') ~= running then return 0 end
redis.call('HSET', key, 'cancel', '1')
local held = redis.call('HGET', key, 'current')
if held and redis.call('GET', held) == task then redis.call('DEL', held) end
return 1
""",
)
"""Marks a running job as to be stopped, and no more as the one that a second request is given."""


class Full(Exception):
    """No job is taken: the queue, or a key's share of it (`limit`), is full."""

    def __init__(self, limit: str) -> None:
        super().__init__(limit)
        self.limit = limit


@dataclass(frozen=True)
class Entry:
    """A record as it stands in Redis, with the revision that a change of it must name."""

    record: Record
    revision: str
    fields: dict[str, str]
    """The hash's other fields: `params`, `cancel`, `losses`, `retries` …"""


class Journal:
    """Reads entries and appends changes; the only writer of the keys above."""

    def __init__(self, redis: "Redis", *, ttl: int, events_kept: int) -> None:
        self.redis = redis
        self._ttl = ttl
        self._kept = events_kept
        self._append = APPEND.on(redis)
        self._stop = STOP.on(redis)

    def read(self, job_id: str) -> Entry | None:
        raw = cast(dict[bytes, bytes], self.redis.hgetall(f"job:{job_id}"))
        if b"record" not in raw:
            return None
        fields = {k.decode(): v.decode() for k, v in raw.items() if k != b"record"}
        return Entry(json.loads(raw[b"record"]), fields.pop("rev"), fields)

    def append(
        self,
        record: Record,
        event: Event,
        *,
        revision: str,
        alive: float,
        created: float,
        result: str = "",
        params: str = "",
        current: str = "",
        owner: str = "",
        most_waiting: int = 0,
        most_owned: int = 0,
    ) -> tuple[str, str] | None:
        """Write `record` and tell of it, if the job still stands at `revision`.

        :param alive: epoch seconds of the newest sign of life (a retry's due time counts as one).
        :param created: epoch seconds of the job's creation, its place in the listing.
        :param params: JSON of what the task needs, with the first record of a job only.
        :param owner: the API key that asks for a new job.
        :param most_waiting: jobs that the queue of a new one may hold; 0 for any number.
        :param most_owned: open jobs that `owner` may have.
        :param current: key that marks the open job of a meter (see `jobs:current:…`).
        :returns: the event's id and ""; or "" and the id of the open job that `current` already
            marks; None where another writer was faster.
        :raises Full: one of the two limits is reached; nothing was written.
        """
        task = record["task_id"]
        told = {"task_id": task, **event}
        if record["batch_id"]:
            told["batch_id"] = record["batch_id"]
        waits, ended = record["status"] in WAITING, is_terminal(record)
        answer = self._append(
            key=f"job:{task}", stream=f"job:{task}:events", result=f"job:{task}:result",
            all=ALL_EVENTS, open=OPEN, index=INDEX, waiting=waiting_key(record["kind"]),
            expected=revision, record=dump(record), event=dump(event), told=dump(told),
            status=record["status"], task=task, ttl=self._ttl, kept=self._kept,
            all_kept=ALL_EVENTS_KEPT, alive=alive, created=created, waits=int(waits),
            ended=int(ended), payload=result, params=params, current=current, owner=owner,
            most_waiting=most_waiting, most_owned=most_owned,
        )  # fmt: skip
        if not answer:
            return None
        if len(answer) > 2:
            raise Full(answer[2].decode())
        return answer[0].decode(), answer[1].decode()

    def ask_to_stop(self, job_id: str) -> bool:
        """Mark a running job as to be stopped; False where it does not run (any more).

        From this step on a second request for the same starts a job of its own.
        """
        return bool(self._stop(key=f"job:{job_id}", task=job_id, running=Status.RUNNING.value))


def waiting_key(kind: str) -> str:
    return f"jobs:waiting:{ROUTES[Kind(kind)][1]}"
