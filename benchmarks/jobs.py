"""What the platform costs beside the work itself: enqueueing, status, forecasts, batches.

    python -m benchmarks.jobs [--requests 2000] [--members 200] [--out results/jobs.json]

Starts a platform of its own (Redis, gunicorn with two processes, workers) in a temporary folder,
measures, prints a table and writes JSON. Ratios are of figures from this one run.
"""

import argparse
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import httpx

from data.meters import Meter
from data.simulation import simulate
from tests.platform import Platform
from workers.jobs.journal import OPEN

END = datetime(2026, 3, 20, tzinfo=UTC)
WEEK = {"start_date": "2026-03-20", "end_date": "2026-03-26"}
WAITING = 1000
CLIENTS = 16

Figures = dict[str, Any]


def percentiles(seconds: list[float]) -> Figures:
    """Milliseconds at p50 and p99."""
    ordered = sorted(seconds)
    last = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    return {"p50_ms": round(1000 * statistics.median(ordered), 1), "p99_ms": round(1000 * last, 1)}


def load(url: str, requests: int, call: Callable[[httpx.Client, int], object]) -> Figures:
    """`requests` calls from CLIENTS threads: rate and latency."""
    numbers, taken = iter(range(requests)), list[float]()
    lock = threading.Lock()

    def work() -> None:
        with httpx.Client(base_url=url, timeout=30) as http:
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                started = time.perf_counter()
                call(http, number)
                taken.append(time.perf_counter() - started)

    started = time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = requests / (time.perf_counter() - started)
    return {"per_second": round(rate), **percentiles(taken)}


def add_meters(platform: Platform, count: int, *, days: int) -> list[Meter]:
    """Meters with the same readings."""
    readings = simulate(7, END, days)[2].readings
    meters = [Meter("electricity", f"m{n:04d}", timezone="Europe/Rome") for n in range(count)]
    for meter in meters:
        platform.store.put_meter(meter)
        platform.store.write_readings(meter, readings)
    return meters


def forecast_latency(platform: Platform, times: int) -> Figures:
    """A warm forecast of seven days through HTTP, queue and worker."""
    taken = []
    body = {"meter_type": "electricity", "meter_id": "m0000", **WEEK}
    for _ in range(times):
        started = time.perf_counter()
        answer = platform.post("/forecast/", body, Prefer="wait=30")
        taken.append(time.perf_counter() - started)
        assert answer.status_code == 200, answer.text
    return percentiles(taken)


def cancel_all(platform: Platform) -> None:
    """End every job that waits or runs."""
    redis = platform.jobs.redis
    for job in cast(list[bytes], redis.zrange(OPEN, 0, -1)):
        platform.jobs.cancel(job.decode())


def forecasts(platform: Platform, times: int) -> Figures:
    """Alone, and while a thousand trainings wait."""
    add_meters(platform, 1, days=200)
    body = {"meter_type": "electricity", "meter_id": "m0000"}
    platform.ended(platform.submit("/trainmodel/", **body))
    forecast_latency(platform, 5)
    alone = forecast_latency(platform, times)
    platform.stop("worker-training")
    for _ in range(WAITING):
        platform.submit("/trainmodel/", **body, force=True)
    waiting = forecast_latency(platform, times)
    cancel_all(platform)
    platform.start("worker-training")
    ratio = round(waiting["p50_ms"] / alone["p50_ms"], 2)
    return {"alone": alone, f"while_{WAITING}_trainings_wait": waiting, "ratio_p50": ratio}


def requests(platform: Platform, count: int) -> Figures:
    """POST /trainmodel/ and GET status, with nobody working on the jobs."""
    body = {"meter_type": "electricity", "meter_id": "m0000", "force": True}
    platform.stop("worker-training")
    post = load(platform.url, count, lambda http, n: http.post("/trainmodel/", json=body))
    job_id = platform.submit("/trainmodel/", **body)
    path = f"/trainmodel/status/{job_id}"
    status = load(platform.url, count, lambda http, n: http.get(path))
    floor = load(platform.url, count, lambda http, n: http.get("/health/live"))
    cancel_all(platform)
    platform.start("worker-training")
    return {"post": post, "status": status, "flask_floor": floor}


def batch(platform: Platform, members: int) -> Figures:
    """A batch of trainings against the bare loop of `ml.train` over the same readings."""
    from ml import train

    meters = add_meters(platform, members, days=60)
    readings = {meter.key: platform.store.readings(meter) for meter in meters}
    started = time.perf_counter()
    for meter in meters:
        train(readings[meter.key], meter=meter)
    bare = members / (time.perf_counter() - started)
    platform.post("/trainmodel/", {"meter_type": "electricity", "meter_id": "m0000"})
    started = time.perf_counter()
    answer = platform.post("/trainmodel/batch", {"meter_type": "electricity"})
    job = platform.ended(answer.json()["task_id"], seconds=3600)
    through = job["result"]["succeeded"] / (time.perf_counter() - started)
    return {
        "members": members,
        "bare_per_second": round(bare, 2),
        "platform_per_second": round(through, 2),
        "ratio": round(through / bare, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--members", type=int, default=200)
    parser.add_argument("--forecasts", type=int, default=100)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Platform(Path(folder)) as platform:
        figures = {
            "forecast": forecasts(platform, options.forecasts),
            "requests": requests(platform, options.requests),
            "batch": batch(platform, options.members),
        }
    for name, values in figures.items():
        print(f"\n{name}")
        for key, value in values.items():
            print(f"  {key:32} {value}")
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
