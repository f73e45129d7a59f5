"""What one meter costs, measured part by part on this machine.

Times are CPU seconds of the processes that do the work: other work on the machine changes them
little, where it doubles what a clock on the wall shows.
"""

import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
from psutil import Process

from benchmarks.jobs import load
from data.embedded import EmbeddedStore
from data.influx import InfluxConnection, InfluxStore
from data.meters import Meter
from ml import Forecaster, train
from tests.data.influx_server import running_influx
from tests.platform import Platform

END = datetime(2026, 3, 20, tzinfo=UTC)
STEP = pd.Timedelta(minutes=15)
STEPS_PER_DAY = 96
YEAR, LOOK_BACK, HORIZON = 365, 120, 7
"""Days that are learned from, looked back on by a forecast, and forecast."""
WEEK = {"start_date": "2026-03-20", "end_date": "2026-03-26"}
KEY_OF_METER = {"meter_type": "electricity", "meter_id": "m0000"}

Figures = dict[str, float]


def meter(number: int) -> Meter:
    return Meter(
        "electricity", f"m{number:04d}", timezone="Europe/Rome", resolution=timedelta(minutes=15)
    )


def series(days: int, seed: int = 0) -> pd.Series:
    """Quarter-hours of a building: daily and weekly shape, seasons, noise, two decimals."""
    index = pd.date_range(end=END - STEP, periods=days * STEPS_PER_DAY, freq=STEP, name="time")
    hours = np.arange(len(index)) / 4
    day = np.clip(np.sin((hours % 24 - 6) / 24 * 2 * np.pi), 0, None)
    week = np.where(index.dayofweek < 5, 1.0, 0.55)
    season = 1 + 0.2 * np.cos(hours / 8766 * 2 * np.pi)
    noise = np.random.default_rng(seed).normal(1, 0.06, len(index))
    return pd.Series(((3 + 9 * day * week) * season * noise).round(2), index=index, name="value")


def cpu_of(work: Callable[[], Any]) -> float:
    """CPU seconds, user and system, of the fastest of three calls."""

    def once() -> float:
        before = resource.getrusage(resource.RUSAGE_SELF)
        work()
        after = resource.getrusage(resource.RUSAGE_SELF)
        return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)

    return min(once() for _ in range(3))


def models() -> Figures:
    """CPU of a training and of a forecast, and the bytes of a model."""
    readings, one = series(YEAR), meter(0)
    history = readings.iloc[-LOOK_BACK * STEPS_PER_DAY :]
    start = pd.Timestamp(END)
    end = start + pd.Timedelta(days=HORIZON)
    forecaster = train(readings, meter=one)
    with tempfile.TemporaryDirectory() as folder:
        forecaster.save(folder)
        size = sum(file.stat().st_size for file in Path(folder).iterdir())
        load_cpu = cpu_of(lambda: Forecaster.load(Path(folder), one))
    return {
        "train_cpu_s": cpu_of(lambda: train(readings, meter=one)),
        "forecast_cpu_s": cpu_of(lambda: forecaster.predict(history, start, end)),
        "load_model_cpu_s": load_cpu,
        "model_bytes": size,
    }


def store(meters: int) -> Figures:
    """Bytes on disk and CPU per reading, embedded and in InfluxDB; ours and the server's CPU."""
    days, count = 60, 60 * STEPS_PER_DAY * meters
    batch = [(meter(number), series(days, number)) for number in range(meters)]
    found: Figures = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        embedded = EmbeddedStore(folder / "readings.db")
        found["embedded_write_cpu_s"] = cpu_of(lambda: embedded.write_many(batch)) / count
        embedded.close()
        found["embedded_bytes"] = (folder / "readings.db").stat().st_size / count
        with running_influx(folder / "influx") as server:
            assert server.process is not None
            both = [Process(), Process(server.process.pid)]
            influx = InfluxStore(InfluxConnection(server.url, database="scale"))
            influx.write_many(batch[:1])
            found["influx_write_cpu_s"] = spent(both, lambda: influx.write_many(batch)) / count
            read = spent(both, lambda: [influx.readings(one) for one, _ in batch])
            found["influx_read_cpu_s"] = read / count
            influx.close()
        # Blocks and log only: the index of series is preallocated, whatever is in it.
        files = [*(folder / "influx").rglob("*.tsm"), *(folder / "influx").rglob("*.wal")]
        found["influx_bytes"] = sum(file.stat().st_size for file in files) / count
    return found


def platform(requests: int) -> Figures:
    """Bytes in Redis per job, and CPU of the API and Redis per request."""
    with tempfile.TemporaryDirectory() as folder, Platform(Path(folder)) as running:
        for number in range(2):
            running.store.put_meter(meter(number))
            running.store.write_readings(meter(number), series(90, number))
        trained = running.ended(running.submit("/trainmodel/", **KEY_OF_METER))
        forecast = running.ended(running.submit("/forecast/", **KEY_OF_METER, **WEEK))
        assert forecast["status"] == "succeeded", forecast
        found = {
            "train_job_bytes": _redis_bytes(running, trained["task_id"]),
            "forecast_job_bytes": _redis_bytes(running, forecast["task_id"]),
            "redis_base_bytes": float(running.jobs.redis.info("memory")["used_memory_startup"]),
        }
        running.stop("worker-forecasts")
        api = [Process(running.processes["api"].pid), _redis(running)]
        for name, call in (("readings", _post_reading), ("submit", _post_forecast)):
            load(running.url, 50, call)
            used = spent(api, lambda call=call: load(running.url, requests, call))  # type: ignore[misc]
            found[f"{name}_request_cpu_s"] = used / requests
        found["scrape_cpu_s"] = spent(
            api, lambda: [running.http.get("/metrics") for _ in range(20)]
        )
        found["scrape_cpu_s"] /= 20
    return found


def _post_reading(http: httpx.Client, number: int) -> None:
    line = "timestamp,value\n2026-03-20T00:00:00Z,1.5\n"
    path = f"/meters/electricity/m{number % 2:04d}/readings"
    http.post(path, content=line, headers={"Content-Type": "text/csv"}).raise_for_status()


def _post_forecast(http: httpx.Client, number: int) -> None:
    http.post("/forecast/", json={**KEY_OF_METER, **WEEK}).raise_for_status()


def throughput(processes: int, members: int) -> Figures:
    """Jobs per second of `processes` worker processes, and their CPU per job, for no work at all.

    The meters have no readings, so that each training ends as soon as it has looked: what is left
    is what the platform does for any job.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        Platform(
            Path(folder), TRAINING_WORKERS=str(processes), BATCH_WINDOW=str(4 * processes + 8)
        ) as running,
    ):
        for number in range(members):
            running.store.put_meter(meter(number))
        _batch(running)  # the first batch warms every process
        workers = [Process(running.processes["worker-training"].pid)]
        redis = [_redis(running)]
        started = time.perf_counter()
        before = total(redis)
        used = spent(workers, lambda: _batch(running))
        seconds = time.perf_counter() - started
        return {
            "jobs_per_s": members / seconds,
            "worker_cpu_ms": 1000 * used / members,
            "redis_cpu_ms": 1000 * (total(redis) - before) / members,
        }


def _batch(running: Platform) -> None:
    answer = running.post("/trainmodel/batch", {"meter_type": "electricity"})
    batch = running.ended(answer.json()["task_id"], seconds=600)
    assert batch["result"]["failed"] == batch["result"]["total"], batch


def total(processes: Sequence[Process]) -> float:
    """CPU seconds so far of processes and all below them, those included that have ended."""
    family = [each for one in processes for each in (one, *one.children(recursive=True))]
    times = [each.cpu_times() for each in family]
    return sum(t.user + t.system + t.children_user + t.children_system for t in times)


def spent(processes: Sequence[Process], work: Callable[[], Any]) -> float:
    """CPU seconds that processes, and those below them, spend while `work` runs."""
    before = total(processes)
    work()
    return total(processes) - before


def _redis(running: Platform) -> Process:
    return Process(running.jobs.redis.info("server")["process_id"])


def _redis_bytes(running: Platform, job_id: str) -> float:
    keys = running.jobs.redis.scan_iter(f"*{job_id}*")
    return float(sum(running.jobs.redis.memory_usage(key) or 0 for key in keys))
