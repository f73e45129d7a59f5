"""A night of many meters through the platform: forecasts, then scores.

    python -m benchmarks.nightly --meters 10000 --processes 1 2 --out results/nightly.json

Set-up, some minutes for ten thousand meters: nine simulated towns of four meters each are trained
on; every meter has the readings of one of them at a level of its own, its model through the
registry's own save, and a forecast of a week ago, so that there is something to score. With
`--weather` each town has weather, and models learn from it. Then the schedules `forecasts` and
`scoring` run as beat runs them, on a forecast worker of one process and of two.

Reported: meters a minute, CPU a meter, peak memory of the worker's processes, growth of Redis and
store in a night.
"""

import argparse
import json
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import psutil

from data.meters import Meter
from data.opening import EMBEDDED_FILE
from data.simulation import simulate
from data.simulation.simulator import WEATHER_FORECAST_DAYS, WEATHER_SOURCE
from data.simulation.weather import hourly_index, simulate_weather, simulate_weather_forecast
from data.store import IssuedForecast
from ml import train
from tests.platform import Platform
from workers.broker import MAINTENANCE
from workers.broker.celery_app import SCHEDULED
from workers.registry import Registry
from workers.schedules import LAST

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
DAYS = 60
TOWNS = 9
KINDS = 4
"""Meters that the simulation has in a town."""
WEEK = timedelta(days=7)
AT_ONCE = 200
"""Meters of one write: as many readings as a year of 33 meters."""
WARMING = 8
"""Forecasts before the clock starts: each process has imported what it needs."""
PAGES = ("count", "size")
ROLES = ("api", "worker-forecasts", "worker-maintenance")


@dataclass(frozen=True)
class Pattern:
    """A simulated meter, its readings, and the folder of its model."""

    meter: Meter
    readings: pd.Series
    model: Path


def patterns(platform: Platform, folder: Path, *, weather: bool) -> list[Pattern]:
    """Train the meters that all others are made of; store the weather of their towns."""
    found = []
    for town in range(TOWNS):
        for kind in simulate(town, NOW, DAYS):
            # A place of its own, so that its weather is.
            meter = replace(kind.meter, latitude=40.0 + town)
            if weather and kind.meter.meter_id.endswith("household"):
                _store_weather(platform, meter.location, kind.weather, town)
            model = train(kind.readings, kind.weather if weather else None, meter=meter)
            into = folder / f"{town}-{meter.meter_id}"
            into.mkdir(parents=True)
            model.save(into)
            found.append(Pattern(meter, kind.readings, into))
    return found


def _store_weather(platform: Platform, place: str, past: pd.DataFrame, town: int) -> None:
    until = pd.Timestamp(NOW) + timedelta(days=WEATHER_FORECAST_DAYS)
    truth = simulate_weather(hourly_index(until), town)
    ahead = simulate_weather_forecast(truth[truth.index >= NOW], town)
    platform.store.write_weather(place, past, source=WEATHER_SOURCE)
    platform.store.write_weather(place, ahead, source="forecast", available_at=NOW)


def set_up(platform: Platform, made_of: list[Pattern], count: int) -> None:
    """`count` meters with readings, a model each, and a forecast of a week ago."""
    registry = Registry(platform.settings.model_store_url, platform.jobs.redis)
    for begin in range(0, count, AT_ONCE):
        batch, issued = [], []
        for number in range(begin, min(begin + AT_ONCE, count)):
            pattern = made_of[number % len(made_of)]
            meter = replace(pattern.meter, meter_id=f"m{number:05d}", name=None)
            readings = pattern.readings * (1 + number / count)
            version = _give_model(registry, meter, pattern.model)
            batch.append((meter, readings))
            issued.append(_a_week_ago(meter, readings, version))
        platform.store.write_many(batch)
        platform.store.write_forecasts(issued)


def _give_model(registry: Registry, meter: Meter, folder: Path) -> str:
    """The model of the folder, saved under this meter's name."""
    path = folder / "meta.json"
    meta = json.loads(path.read_text())
    meta["meter"] |= {"meter_id": meter.meter_id}
    path.write_text(json.dumps(meta))
    version = registry.add(meter.meter_type, meter.meter_id, folder)
    registry.promote(meter.meter_type, meter.meter_id, version, reason="benchmark")
    return version


def _a_week_ago(meter: Meter, readings: pd.Series, version: str) -> IssuedForecast:
    truth = readings[readings.index >= NOW - WEEK]
    points = pd.DataFrame({"p10": 0.9 * truth, "p50": 1.02 * truth, "p90": 1.1 * truth})
    return IssuedForecast(meter, points, NOW - WEEK, NOW - WEEK, version, "model")


def warm(platform: Platform) -> None:
    """Have every forecast process do something."""
    body = {"start_date": NOW.isoformat(), "end_date": (NOW + timedelta(days=1)).isoformat()}
    meters = platform.store.meters()[:WARMING]
    sent = [
        platform.submit("/forecast/", meter_type=one.meter_type, meter_id=one.meter_id, **body)
        for one in meters
    ]
    for job in sent:
        assert platform.ended(job)["status"] == "succeeded"


def run(platform: Platform, name: str) -> dict[str, Any]:
    """Run a schedule as beat does, and watch the forecast worker meanwhile."""
    redis = platform.jobs.redis
    redis.delete(*redis.keys(f"schedule:{name}:*") or ["none"])
    redis.hdel(LAST, name)
    worker = psutil.Process(platform.processes["worker-forecasts"].pid)
    peak, began, burnt = 0, time.perf_counter(), cpu_seconds(worker)
    platform.jobs.celery.send_task(SCHEDULED, args=[name], queue=MAINTENANCE, ignore_result=True)
    while True:
        peak = max(peak, sum(memory_of(one) for one in family(worker)))
        last = redis.hget(LAST, name)
        told = json.loads(last) if last else {}
        if told.get("finished_at"):
            break
        time.sleep(0.5)
    seconds, total = time.perf_counter() - began, told["summary"]["total"]
    return {
        "summary": told["summary"],
        "seconds": round(seconds, 1),
        "cpu_ms_per_meter": round(1000 * (cpu_seconds(worker) - burnt) / total, 1),
        "meters_per_minute": round(60 * total / seconds),
        "peak_worker_mb": round(peak / 2**20),
    }


def family(worker: psutil.Process) -> Iterator[psutil.Process]:
    yield worker
    yield from worker.children(recursive=True)


def memory_of(process: psutil.Process) -> int:
    """Bytes that the process has for itself; 0 once it is gone."""
    try:
        return int(process.memory_full_info().uss)
    except psutil.Error:
        return 0


def cpu_seconds(worker: psutil.Process) -> float:
    """CPU of the worker and its children so far, those that have ended too."""
    total = 0.0
    for one in family(worker):
        times = one.cpu_times()
        total += times.user + times.system
    ended = worker.cpu_times()
    return float(total + ended.children_user + ended.children_system)


def sizes(platform: Platform) -> dict[str, int]:
    """Bytes of Redis' data and of the store."""
    used = platform.jobs.redis.info("memory")["used_memory"]
    with closing(sqlite3.connect(platform.settings.state_dir / EMBEDDED_FILE)) as db:
        # Not the files' sizes: a write-ahead log that once grew is used again and again.
        pages, of_bytes = (db.execute(f"PRAGMA page_{what}").fetchone()[0] for what in PAGES)
    return {"redis": int(used), "store": int(pages * of_bytes)}


def night(platform: Platform, processes: int) -> dict[str, Any]:
    """Forecasts and scores with as many processes."""
    platform.stop("worker-forecasts")
    platform.environment["FORECAST_WORKERS"] = str(processes)
    platform.start("worker-forecasts")
    warm(platform)
    before = sizes(platform)
    figures: dict[str, Any] = {"processes": processes, "forecasts": run(platform, "forecasts")}
    figures["scoring"] = run(platform, "scoring")
    after = sizes(platform)
    figures["growth_mb"] = {name: round((after[name] - before[name]) / 2**20, 1) for name in before}
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--meters", type=int, default=10_000)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--days", type=int, default=7, help="how far the forecasts reach")
    parser.add_argument("--weather", action="store_true", help="towns with weather")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    nights = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        days = str(options.days)
        platform = stack.enter_context(Platform(folder, ROLES, NIGHTLY_FORECAST_DAYS=days))
        began = time.perf_counter()
        made_of = patterns(platform, folder / "patterns", weather=options.weather)
        trained = time.perf_counter()
        print(f"{len(made_of)} models trained in {trained - began:.0f} s", flush=True)
        set_up(platform, made_of, options.meters)
        took = time.perf_counter() - trained
        print(f"{options.meters:,} meters stored in {took:.0f} s", flush=True)
        for processes in options.processes:
            nights.append(night(platform, processes))
            print(json.dumps(nights[-1], indent=1), flush=True)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        told = {"meters": options.meters, "weather": options.weather}
        options.out.write_text(json.dumps({**told, "nights": nights}, indent=1))


if __name__ == "__main__":
    main()
