"""Metrics that are read from Redis at each scrape: queues, workers, jobs, forecast skill."""

import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from redis import Redis
from redis.exceptions import RedisError

from config import Settings
from workers.broker import QUEUES
from workers.broker.presence import beat_present, present
from workers.jobs.counts import BEYOND, BOUNDS, job_counts
from workers.jobs.journal import OPEN
from workers.ledger import Ledger
from workers.schedules import Schedules
from workers.states import Status

SCORES = {
    "skill": "1 - MAE / MAE of the seasonal naive, of yesterday's forecasts.",
    "coverage": "Share of yesterday's values between P10 and P90; 0.8 is meant.",
}


class JobMetrics(Collector):
    """What all processes did and what waits; only `energy_redis_up` where Redis does not answer."""

    def __init__(self, redis: "Redis", settings: Settings) -> None:
        self._redis = redis
        self._settings = settings

    def collect(self) -> Iterator[Metric]:
        try:
            found = [*self._collected()]
        except RedisError:
            found = []
        up = 1.0 if found else 0.0
        yield GaugeMetricFamily("energy_redis_up", "Whether Redis answers.", value=up)
        yield from found

    def _collected(self) -> Iterator[Metric]:
        yield from self._waiting()
        yield from self._present()
        yield from _ended(job_counts(self._redis))
        yield from _scores(Ledger(self._redis).types())
        yield from _runs(Schedules(self._settings, self._redis).listing(datetime.now(UTC)))
        memory = self._redis.info("memory")
        yield GaugeMetricFamily(
            "energy_redis_memory_bytes", "Memory Redis uses.", value=memory["used_memory"]
        )
        yield GaugeMetricFamily(
            "energy_redis_memory_limit_bytes", "0: no limit.", value=memory["maxmemory"]
        )

    def _waiting(self) -> Iterator[Metric]:
        waiting = GaugeMetricFamily(
            "energy_jobs_waiting", "Jobs no worker took yet.", labels=["queue"]
        )
        oldest = GaugeMetricFamily(
            "energy_jobs_oldest_seconds", "Age of the oldest waiting job.", labels=["queue"]
        )
        for queue in QUEUES:
            key = f"jobs:waiting:{queue}"
            first = cast(list[tuple[bytes, float]], self._redis.zrange(key, 0, 0, withscores=True))
            waiting.add_metric([queue], self._redis.zcard(key))
            oldest.add_metric([queue], max(time.time() - first[0][1], 0.0) if first else 0.0)
        yield waiting
        yield oldest
        yield GaugeMetricFamily(
            "energy_jobs_open",
            "Jobs that have not ended.",
            value=self._redis.zcard(OPEN),
        )

    def _present(self) -> Iterator[Metric]:
        served = [
            queue
            for w in present(self._redis, heartbeat=self._settings.heartbeat)
            for queue in w["queues"]
        ]
        workers = GaugeMetricFamily("energy_workers", "Live workers of a queue.", labels=["queue"])
        for queue in QUEUES:
            workers.add_metric([queue], served.count(queue))
        yield workers
        beat = 1.0 if beat_present(self._redis) else 0.0
        yield GaugeMetricFamily("energy_beat_up", "Whether beat publishes what is due.", value=beat)


def _ended(counts: Mapping[str, float]) -> Iterable[Metric]:
    ended = CounterMetricFamily("energy_jobs_ended", "Jobs that ended.", labels=["kind", "status"])
    errors = CounterMetricFamily("energy_job_errors", "Jobs that failed.", labels=["kind", "code"])
    again = CounterMetricFamily(
        "energy_job_retries", "Attempts after a job's first.", labels=["kind"]
    )
    took = HistogramMetricFamily(
        "energy_job_seconds", "From a job's first start to its end.", labels=["kind"]
    )
    for field, count in sorted(counts.items()):
        what, *labels = field.split(":")
        for name, family in (("ended", ended), ("errors", errors), ("attempts", again)):
            if what == name:
                family.add_metric(labels, count)
        if what == "seconds":
            took.add_metric(labels, _buckets(counts, labels[0]), sum_value=count)
    yield from (ended, errors, again, took)
    for name, text in (
        ("training_seconds", "Seconds spent in fitting models."),
        ("training_rows", "Readings models were fitted on."),
    ):
        yield CounterMetricFamily(f"energy_{name}", text, value=counts.get(name, 0.0))


def _buckets(counts: Mapping[str, float], kind: str) -> list[tuple[str, float]]:
    """The cumulative counts of durations, as Prometheus has them."""
    total, buckets = 0.0, []
    for bound in (*map(str, BOUNDS), BEYOND):
        total += counts.get(f"took:{kind}:{bound}", 0.0)
        buckets.append((bound, total))
    return buckets


def _runs(schedules: Iterable[Mapping[str, Any]]) -> Iterable[Metric]:
    started = GaugeMetricFamily(
        "energy_schedule_started_timestamp_seconds", "Start of the last run.", labels=["schedule"]
    )
    failed = GaugeMetricFamily(
        "energy_schedule_failed", "Whether the last run failed.", labels=["schedule"]
    )
    for row in schedules:
        if last := row["last_run"]:
            started.add_metric(
                [row["name"]], datetime.fromisoformat(last["started_at"]).timestamp()
            )
            failed.add_metric([row["name"]], float(last["status"] == Status.FAILED))
    return started, failed


def _scores(ledger: Mapping[str, Mapping[str, Any]]) -> Iterable[Metric]:
    families = {
        name: GaugeMetricFamily(f"energy_forecast_{name}", text, labels=["meter_type"])
        for name, text in SCORES.items()
    }
    for meter_type, scores in sorted(ledger.items()):
        for name, family in families.items():
            if scores.get(name) is not None:
                family.add_metric([meter_type], scores[name])
    return families.values()
