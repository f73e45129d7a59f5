"""Who is there: workers and beat show themselves in Redis; health checks and metrics look.

| key               | holds                                                                |
|-------------------|----------------------------------------------------------------------|
| `workers:present` | hash: a worker's name, to `{name, queues, pid, seen_at}`             |
| `beat:seen`       | exists while beat has published a due task lately                    |

One hash rather than a key per worker: to list the workers must not mean to scan all keys.
"""

import json
import os
import time
from collections.abc import Iterable
from typing import Any, cast

from redis import Redis

WORKERS = "workers:present"
BEAT = "beat:seen"

MISSED = 3
"""Heartbeats after which a worker that shows no more sign counts as gone."""
FORGOTTEN_AFTER = 86_400
"""Seconds after which the entry of a worker that never said goodbye is removed."""


def show(redis: "Redis", name: str, queues: Iterable[str]) -> None:
    """This process serves `queues` as the worker `name`, now."""
    facts = {"name": name, "queues": list(queues), "pid": os.getpid(), "seen_at": time.time()}
    redis.hset(WORKERS, name, json.dumps(facts))


def hide(redis: "Redis", name: str) -> None:
    """The worker says goodbye."""
    redis.hdel(WORKERS, name)


def present(redis: "Redis", *, heartbeat: float) -> list[dict[str, Any]]:
    """The workers that showed themselves within MISSED heartbeats, by name."""
    now = time.time()
    found = []
    for name, raw in sorted(cast(dict[bytes, bytes], redis.hgetall(WORKERS)).items()):
        facts = json.loads(raw)
        if now - facts["seen_at"] > FORGOTTEN_AFTER:
            redis.hdel(WORKERS, name)
        elif now - facts["seen_at"] <= MISSED * heartbeat:
            found.append(facts)
    return found


def show_beat(redis: "Redis", *, sweep_every: float) -> None:
    """Beat has just published a task that was due; the sweep is due every `sweep_every` seconds."""
    redis.set(BEAT, int(time.time()), px=int(1000 * max(60.0, 6 * sweep_every)))


def beat_present(redis: "Redis") -> bool:
    """Whether beat does its work."""
    return bool(redis.exists(BEAT))
