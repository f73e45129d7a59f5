"""The state of everything a job needs, with latencies."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Protocol, cast

from redis.exceptions import RedisError

from config.errors import EnergyError
from workers.broker import QUEUES
from workers.broker.presence import present
from workers.jobs import Jobs
from workers.registry import ModelRegistry
from workers.wire_format import timestamp


class Pingable(Protocol):
    """The reading store, as far as health goes."""

    @property
    def kind(self) -> str: ...

    def ping(self) -> float: ...


def check_all(jobs: Jobs, store: Pingable, registry: ModelRegistry) -> dict[str, Any]:
    """`{status: ok|degraded, version, checks: {name: {status, latency_ms, …}}}`."""
    checks = {
        "redis": _check(lambda: {"ping": jobs.redis.ping()}),
        "store": _check(lambda: {"kind": store.kind, "ping": store.ping()}),
        "model_store": _check(lambda: {"kind": registry.ping()}),
        "workers": _check(lambda: live_workers(jobs)),
        "queues": _check(lambda: {"queues": queue_state(jobs)}),
    }
    healthy = all(check["status"] == "ok" for check in checks.values())
    return {
        "status": "ok" if healthy else "degraded",
        "version": version("energy-forecasting"),
        "time": timestamp(datetime.now(UTC)),
        "checks": checks,
    }


def live_workers(jobs: Jobs) -> dict[str, Any]:
    """The workers that showed themselves lately, and the queues that have none."""
    workers = present(jobs.redis, heartbeat=jobs.settings.heartbeat)
    for worker in workers:
        seen = worker.pop("seen_at")
        worker["last_heartbeat"] = timestamp(datetime.fromtimestamp(seen, UTC))
        worker["age_seconds"] = round(time.time() - seen, 1)
    served = {queue for worker in workers for queue in worker["queues"]}
    missing = sorted(set(QUEUES) - served)
    return {
        "status": "degraded" if missing else "ok",
        "workers": workers,
        "queues_without_worker": missing,
    }


def queue_state(jobs: Jobs) -> dict[str, Any]:
    """Per queue, how many jobs wait and how many seconds the oldest of them has waited."""
    state = {}
    for queue in QUEUES:
        key = f"jobs:waiting:{queue}"
        oldest = cast(list[tuple[bytes, float]], jobs.redis.zrange(key, 0, 0, withscores=True))
        age = round(max(time.time() - oldest[0][1], 0.0), 1) if oldest else None
        state[queue] = {"waiting": jobs.redis.zcard(key), "oldest_seconds": age}
    return state


def _check(probe: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    started = time.perf_counter()
    try:
        facts = probe()
    except (EnergyError, RedisError, OSError) as error:
        return {"status": "down", "message": str(error)}
    facts.pop("ping", None)
    latency = round(1000 * (time.perf_counter() - started), 2)
    return {"status": "ok", **facts, "latency_ms": latency}
