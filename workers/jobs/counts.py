"""Counts of how jobs ended, in Redis, so that the work of all processes is one set of figures.

The hash `metrics:jobs` has one field per count: `ended:{kind}:{status}`, `errors:{kind}:{code}`,
`seconds:{kind}`, `took:{kind}:{bound}` (not cumulative), `attempts:{kind}`, `training_seconds` and
`training_rows`. Kinds, statuses and codes are few and fixed, so the hash stays small; no meter has
a count of its own.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from redis import Redis
from redis.exceptions import RedisError

from workers.states import Kind, Status

log = logging.getLogger(__name__)

KEY = "metrics:jobs"
BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)
"""Upper bounds of durations in seconds: forecasts take tenths, trainings seconds to minutes."""
BEYOND = "+Inf"


def count_end(redis: "Redis", record: Mapping[str, Any]) -> None:
    """Count a job that has just ended; a count that is lost costs no job."""
    try:
        with redis.pipeline(transaction=False) as pipe:
            for field, amount in _counts(record).items():
                pipe.hincrbyfloat(KEY, field, amount)
            pipe.execute()
    except RedisError as error:
        log.warning("the end of job %s was not counted: %s", record["task_id"], error)


def job_counts(redis: "Redis") -> dict[str, float]:
    """All counts by field."""
    raw = cast(dict[bytes, bytes], redis.hgetall(KEY))
    return {field.decode(): float(count) for field, count in raw.items()}


def _counts(record: Mapping[str, Any]) -> dict[str, float]:
    kind = record["kind"]
    counts = {f"ended:{kind}:{record['status']}": 1.0}
    if record["error"] and record["status"] == Status.FAILED:
        counts[f"errors:{kind}:{record['error']['code']}"] = 1.0
    if record["attempt"] > 1:
        counts[f"attempts:{kind}"] = record["attempt"] - 1.0
    if record["started_at"]:
        seconds = _seconds(record["started_at"], record["finished_at"])
        counts[f"seconds:{kind}"] = seconds
        counts[f"took:{kind}:{_bound(seconds)}"] = 1.0
    result = record["result"] or {}
    if kind == Kind.TRAIN and record["status"] == Status.SUCCEEDED:
        counts["training_seconds"] = float(result.get("seconds") or 0.0)
        counts["training_rows"] = float(result.get("readings") or 0.0)
    return counts


def _bound(seconds: float) -> str:
    return next((str(bound) for bound in BOUNDS if seconds <= bound), BEYOND)


def _seconds(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
