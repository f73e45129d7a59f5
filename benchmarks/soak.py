"""Mixed load on the whole platform while its parts are killed; then a count of what is missing.

    python -m benchmarks.soak --minutes 8

Readings are sent, models trained, forecasts made and streams held while every 20 seconds a part is
shot (SIGKILL) and started again, Redis included. At the end every accepted job must have ended
exactly once and every acknowledged reading must be there. The figures go to stdout and to
`build/reliability/soak.json`, from which `python -m tests.reliability` writes them into the page.
"""

import argparse
import json
import random
import signal
import sys
import tempfile
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil

from benchmarks.soak_load import FIRST, Ledger, repeat, send_readings, submit_jobs, watch
from data.meters import Meter
from tests.integration.conftest import load_simulated
from tests.platform import Platform
from tests.reliability import NOTES

METERS = 4
MODELS = 4
KILL_EVERY = 20.0
SETTLE_WITHIN = 240.0
SAMPLE_EVERY = 5.0
PARTS = ("api", "worker-training", "worker-forecasts", "worker-maintenance", "beat", "redis")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=8)
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Platform(Path(folder)) as platform:
        figures = soak(platform, options.minutes * 60, options.streams, options.seed)
    NOTES.mkdir(parents=True, exist_ok=True)
    (NOTES / "soak.json").write_text(json.dumps(figures, indent=2), encoding="utf-8")
    print(json.dumps(figures, indent=2))
    sys.exit(bool(figures["jobs that did not end once"] or figures["readings missing"]))


def soak(platform: Platform, seconds: float, streams: int, seed: int) -> dict[str, Any]:
    """Load and kills for `seconds`, then the reckoning."""
    ledger, over = Ledger(), threading.Event()
    threads = _load(platform, ledger, streams, over, seed)
    samples: list[dict[str, float]] = []
    threads.append(threading.Thread(target=_sample, args=(platform, samples, over)))
    for thread in threads:
        thread.start()
    kills = _kill(platform, seconds, random.Random(seed))
    over.set()
    for thread in threads:
        thread.join()
    waited = _settle(platform, ledger)
    return _figures(platform, ledger, kills, samples, seconds, streams, waited)


def _load(
    platform: Platform, ledger: Ledger, streams: int, over: threading.Event, seed: int
) -> list[threading.Thread]:
    trained = [_model_meter(platform, n) for n in range(MODELS)]
    for meter in trained:
        platform.ended(platform.submit("/trainmodel/", **meter))
    days = {"start_date": "2026-03-20", "end_date": "2026-03-22"}
    forecasts = [("/forecast/", {**meter, **days}) for meter in trained]
    trainings = [("/trainmodel/", {**meter, "force": True}) for meter in trained]
    works = [submit_jobs(ledger, forecasts, 0.5, seed), submit_jobs(ledger, trainings, 15, seed)]
    for n in range(METERS):
        platform.store.put_meter(Meter("electricity", f"soak_{n}"))
        works.append(send_readings(ledger, f"electricity/soak_{n}", 0.2))
    threads = [threading.Thread(target=repeat, args=(work, platform.url, over)) for work in works]
    port = int(platform.environment["API_PORT"])
    threads.append(threading.Thread(target=watch, args=(ledger, port, streams, over)))
    return threads


def _model_meter(platform: Platform, n: int) -> dict[str, str]:
    one = load_simulated(platform.store, days=60)
    meter = replace(one.meter, meter_id=f"model_{n}")
    platform.store.put_meter(meter)
    platform.store.write_readings(meter, one.readings)
    return {"meter_type": meter.meter_type, "meter_id": meter.meter_id}


def _kill(platform: Platform, seconds: float, chance: random.Random) -> dict[str, int]:
    """Shoot a part every KILL_EVERY seconds and start it again."""
    kills = dict.fromkeys(PARTS, 0)
    end = time.monotonic() + seconds
    while time.monotonic() + KILL_EVERY < end:
        time.sleep(KILL_EVERY)
        part = chance.choice(PARTS)
        kills[part] += 1
        if part == "redis":
            platform.restart_redis(how=signal.SIGKILL)
        else:
            platform.restart(part, how=signal.SIGKILL)
    time.sleep(max(0.0, end - time.monotonic()))
    return kills


def _sample(platform: Platform, samples: list[dict[str, float]], over: threading.Event) -> None:
    """Resident memory of each part with its children, in MB, every few seconds."""
    while not over.wait(SAMPLE_EVERY):
        now = {}
        for role, process in list(platform.processes.items()):
            try:
                family = psutil.Process(process.pid)
                every = [family, *family.children(recursive=True)]
                now[role] = sum(one.memory_info().rss for one in every) / 2**20
            except psutil.NoSuchProcess:
                continue  # shot a moment ago
        samples.append(now)


def _settle(platform: Platform, ledger: Ledger) -> float:
    """Seconds until every accepted job has ended."""
    started = time.monotonic()
    left = set(ledger.jobs)
    while left and time.monotonic() - started < SETTLE_WITHIN:
        left = {job_id for job_id in left if not platform.jobs.read(job_id).record["finished_at"]}
        time.sleep(0.5)
    return time.monotonic() - started


def _ends(platform: Platform, job_id: str) -> int:
    """How many last events the job's stream has."""
    events: Any = platform.jobs.redis.xrange(f"job:{job_id}:events")
    return sum(b'"finished_at":"' in fields[b"d"] for _, fields in events)


def _missing(platform: Platform, ledger: Ledger) -> int:
    missing = 0
    for key, hours in ledger.readings.items():
        meter = platform.store.meter(*key.split("/"))
        kept = platform.store.readings(meter, FIRST, FIRST + timedelta(hours=hours))
        missing += hours - int((kept.to_numpy() == range(len(kept))).sum())
    return missing


def _figures(
    platform: Platform,
    ledger: Ledger,
    kills: dict[str, int],
    samples: list[dict[str, float]],
    seconds: float,
    streams: int,
    waited: float,
) -> dict[str, Any]:
    records = [platform.jobs.read(job_id).record for job_id in ledger.jobs]
    ended: dict[str, int] = {}
    for record in records:
        ended[record["status"]] = ended.get(record["status"], 0) + 1
    wrong = [job_id for job_id in ledger.jobs if _ends(platform, job_id) != 1]
    third = max(1, len(samples) // 3)
    memory = {
        role: [
            round(max(sample.get(role, 0.0) for sample in part))
            for part in (samples[:third], samples[third : 2 * third], samples[2 * third :])
        ]
        for role in PARTS[:-1]
    }
    return {
        "minutes": round(seconds / 60, 1),
        "kills": kills,
        "streams held": streams,
        "streams opened": ledger.opened,
        "events delivered": ledger.events,
        "jobs accepted": len(ledger.jobs),
        "jobs ended": ended,
        "jobs tried again": sum(record["attempt"] > 1 for record in records),
        "jobs that did not end once": len(wrong),
        "seconds until the last job had ended": round(waited),
        "readings acknowledged": sum(ledger.readings.values()),
        "readings missing": _missing(platform, ledger),
        "requests refused": ledger.refused,
        "largest memory in each third, MB": memory,
    }


if __name__ == "__main__":
    main()
