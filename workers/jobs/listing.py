"""The jobs that are kept, newest first."""

import json
from collections.abc import Callable, Iterable
from typing import cast

from redis import Redis

from workers.jobs.journal import INDEX
from workers.jobs.record import Record

SEARCHED = 10_000
"""Newest jobs among which those of one key are looked for: a fraction of a second's work."""
SEARCHED_AT_ONCE = 500


def recent_jobs(
    redis: "Redis",
    *,
    limit: int,
    offset: int = 0,
    shown: Callable[[Record, str], bool] | None = None,
) -> list[Record]:
    """The records of `limit` jobs from the place `offset` on.

    :param shown: which of them, by the record and the key that asked for the job; limit and
        offset count only those. They are looked for among the SEARCHED newest jobs.
    """
    if shown is None:
        return [record for record, _ in _owned(redis, _newest(redis, offset, limit))]
    found: list[Record] = []
    ids = _newest(redis, 0, SEARCHED)
    for start in range(0, len(ids), SEARCHED_AT_ONCE):
        page = _owned(redis, ids[start : start + SEARCHED_AT_ONCE])
        found += [record for record, owner in page if shown(record, owner)]
        if len(found) >= offset + limit:
            break
    return found[offset : offset + limit]


def _newest(redis: "Redis", offset: int, limit: int) -> list[bytes]:
    return cast(list[bytes], redis.zrevrange(INDEX, offset, offset + limit - 1))


def _owned(redis: "Redis", ids: Iterable[bytes]) -> list[tuple[Record, str]]:
    """The jobs that are still kept, each with the key that asked for it."""
    with redis.pipeline(transaction=False) as pipe:
        for job_id in ids:
            pipe.hmget(f"job:{job_id.decode()}", ["record", "owner"])
        stored = pipe.execute()
    return [(json.loads(record), (owner or b"").decode()) for record, owner in stored if record]
