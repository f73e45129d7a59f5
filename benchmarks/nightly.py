"""A night of many meters through the platform: forecasts, then scores.

    python -m benchmarks.nightly --meters 10000 --workers 1 2 [--out results/nightly.json]

Meters share the readings of four simulated ones, each moved to a level of its own; a handful is
trained, and its artifacts are given to the others under their names. Then the schedule
`forecasts` is run as beat runs it, on a forecast worker of one process and of two, and `scoring`
after it. Reported: meters a minute, peak memory of the worker's processes, growth of Redis and
store.
"""

import argparse
import json
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from data.meters import Meter
from data.simulator import simulate
from ml import Forecaster, train
from tests.platform import Platform
from workers.celery_app import MAINTENANCE, SCHEDULED
from workers.registry import Registry
from workers.schedules import LAST

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
DAYS = 120
"""As many as a forecast looks back on."""
AT_ONCE = 200
ROLES = ("api", "worker-forecasts", "worker-maintenance")


def add_meters(platform: Platform, count: int) -> list[Meter]:
    """Meters with readings of their own level."""
    kinds = simulate(7, NOW, DAYS)
    meters: list[Meter] = []
    for begin in range(0, count, AT_ONCE):
        batch = []
        for number in range(begin, min(begin + AT_ONCE, count)):
            kind = kinds[number % len(kinds)]
            values = {**kind.meter.to_dict(), "meter_id": f"m{number:05d}", "name": None}
            meter = Meter.from_dict(values)
            batch.append((meter, kind.readings * (1 + number / count)))
            meters.append(meter)
            platform.store.put_meter(meter)
        platform.store.write_many(batch)
    return meters


def give_models(platform: Platform, meters: list[Meter]) -> None:
    """A model for each: trained for the first of a kind, copied for the others."""
    registry = Registry(platform.settings.model_store_url, platform.jobs.redis)
    trained: dict[int, Forecaster] = {}
    kinds = simulate(7, NOW, DAYS)
    for number, meter in enumerate(meters):
        kind = number % len(kinds)
        if kind not in trained:
            trained[kind] = train(kinds[kind].readings, meter=kinds[kind].meter)
        model = trained[kind]
        model.meta["meter"] = {**model.meta["meter"], "meter_id": meter.meter_id}
        with tempfile.TemporaryDirectory() as folder:
            model.save(folder)
            version = registry.add(meter.meter_type, meter.meter_id, Path(folder))
        registry.promote(meter.meter_type, meter.meter_id, version, reason="benchmark")


def run(platform: Platform, name: str) -> dict[str, Any]:
    """Run a schedule as beat does, and watch the forecast worker meanwhile."""
    redis = platform.jobs.redis
    redis.delete(*redis.keys(f"schedule:{name}:*") or ["none"])
    redis.hdel(LAST, name)
    worker = psutil.Process(platform.processes["worker-forecasts"].pid)
    peak, began, burnt = 0, time.perf_counter(), cpu_seconds(worker)
    platform.jobs.celery.send_task(SCHEDULED, args=[name], queue=MAINTENANCE, ignore_result=True)
    while True:
        family = [worker, *worker.children(recursive=True)]
        peak = max(peak, sum(memory_of(one) for one in family))
        last = redis.hget(LAST, name)
        told = json.loads(last) if last else {}
        if told.get("finished_at"):
            break
        time.sleep(0.5)
    seconds = time.perf_counter() - began
    return {
        "summary": told["summary"],
        "seconds": round(seconds, 1),
        "cpu_ms_per_meter": round(
            1000 * (cpu_seconds(worker) - burnt) / told["summary"]["total"], 1
        ),
        "meters_per_minute": round(60 * told["summary"]["total"] / seconds),
        "peak_worker_mb": round(peak / 2**20),
    }


def memory_of(process: psutil.Process) -> int:
    """Bytes that the process has for itself; 0 once it is gone."""
    try:
        return int(process.memory_full_info().uss)
    except psutil.Error:
        return 0


def cpu_seconds(worker: psutil.Process) -> float:
    """CPU of the worker and its children so far, those that have ended too."""
    mine = worker.cpu_times()
    total = mine.user + mine.system + mine.children_user + mine.children_system
    for child in worker.children(recursive=True):
        times = child.cpu_times()
        total += times.user + times.system
    return float(total)


def sizes(platform: Platform) -> dict[str, int]:
    """Bytes of Redis' data and of the store's files."""
    used = platform.jobs.redis.info("memory")["used_memory"]
    files = platform.settings.state_dir.glob("readings.db*")
    return {"redis": int(used), "store": sum(file.stat().st_size for file in files)}


def night(platform: Platform, workers: int) -> dict[str, Any]:
    """Forecasts and scores with as many processes."""
    platform.stop("worker-forecasts")
    platform.environment["FORECAST_WORKERS"] = str(workers)
    platform.start("worker-forecasts")
    before = sizes(platform)
    figures: dict[str, Any] = {"workers": workers, "forecasts": run(platform, "forecasts")}
    figures["scoring"] = run(platform, "scoring")
    after = sizes(platform)
    figures["growth_mb"] = {name: round((after[name] - before[name]) / 2**20, 1) for name in before}
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--meters", type=int, default=10_000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--days", type=int, default=7, help="how far the forecasts reach")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    nights = []
    with (
        tempfile.TemporaryDirectory() as folder,
        Platform(Path(folder), ROLES, NIGHTLY_FORECAST_DAYS=str(options.days)) as platform,
    ):
        began = time.perf_counter()
        meters = add_meters(platform, options.meters)
        give_models(platform, meters)
        print(f"{len(meters):,} meters made in {time.perf_counter() - began:.0f} s", flush=True)
        for workers in options.workers:
            nights.append(night(platform, workers))
            print(json.dumps(nights[-1], indent=1), flush=True)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps({"meters": options.meters, "nights": nights}, indent=1))


if __name__ == "__main__":
    main()
