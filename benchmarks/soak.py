"""Mixed load on the whole platform while its parts are killed; then a count of what is missing.

    python -m benchmarks.soak                 # half an hour
    python -m benchmarks.soak --minutes 3

Readings are sent and imported, models trained, forecasts made and streams held while every 20
seconds a part is shot (SIGKILL) and started again, Redis included; beside the parts that are shot a
second API and second workers run through. At the end every job must have ended exactly once, every
acknowledged reading must be there, and every witness must have seen every end once. The figures go
to stdout and to `build/reliability/soak.json`, from which `python -m tests.reliability` writes them
into the page.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import psutil

from benchmarks.soak_kills import Kills, shoot
from benchmarks.soak_load import (
    FIRST,
    IMPORTED_ROWS,
    Ledger,
    repeat,
    run_jobs,
    send_imports,
    send_readings,
    submit_jobs,
)
from benchmarks.soak_streams import Witness, crowd
from benchmarks.soak_twins import twins
from data.meters import Meter
from tests.integration.conftest import load_simulated
from tests.platform import Platform
from tests.reliability import NOTES
from workers.jobs.journal import INDEX, OPEN
from workers.states import Status

METERS = 4
MODELS = 4
WITNESSES = 3
TRAINED_DAYS = 400
"""Long enough that a training is hit by a shot as often as not."""
SETTLE_WITHIN = 240.0
CAUGHT_UP_WITHIN = 30.0
SAMPLE_EVERY = 5.0
PARTS_OF_TIME = 6
"""Parts of the run whose largest memory is shown; the first has the start in it."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        Platform(Path(folder), INLINE_UPLOAD_MB="1") as platform,
        twins(platform) as (port, pids),
    ):
        soak = Soak(platform, port, pids, streams=options.streams, seed=options.seed)
        soak.run(options.minutes * 60)
        figures = soak.figures()
        if soak.wrong:
            print(json.dumps(soak.wrong, indent=2), file=sys.stderr)
    NOTES.mkdir(parents=True, exist_ok=True)
    (NOTES / "soak.json").write_text(json.dumps(figures, indent=2), encoding="utf-8")
    print(json.dumps(figures, indent=2))
    sys.exit(bool(soak.wrong))


class Soak:
    """Load, kills and the reckoning."""

    def __init__(
        self, platform: Platform, port: int, pids: Mapping[str, int], *, streams: int, seed: int
    ) -> None:
        self.platform = platform
        self.ledger = Ledger()
        self.kills = Kills()
        self.wrong: dict[str, Any] = {}
        """What should not have happened, by kind: job ids, meters."""
        self._urls = [platform.url, f"http://127.0.0.1:{port}"]
        self._ports = [int(platform.environment["API_PORT"]), port]
        self._pids = pids
        self._streams, self._seed = streams, seed
        self._witnesses = [Witness(self._ports, n) for n in range(WITNESSES)]
        self._memory: list[dict[str, float]] = []
        self._over, self._told = threading.Event(), threading.Event()

    def run(self, seconds: float) -> None:
        """Load and kills for `seconds`; then until all that was accepted has ended."""
        self._seconds = seconds
        watching = [self._thread(one.watch, self._told) for one in self._witnesses]
        working = [*self._load(), self._thread(self._sample)]
        try:
            self.kills = shoot(self.platform, seconds, random.Random(self._seed))
            self._over.set()
            for thread in working:
                thread.join()
            self._settle()
        finally:
            self._over.set()
            self._told.set()
        for thread in watching:
            thread.join()

    def _thread(self, target: Callable[..., None], *args: Any) -> threading.Thread:
        thread = threading.Thread(target=target, args=args)
        thread.start()
        return thread

    def _load(self) -> list[threading.Thread]:
        trained = [self._model_meter(n) for n in range(MODELS)]
        for meter in trained:
            self.platform.ended(self.platform.submit("/trainmodel/", **meter))
        ledger, over, seed = self.ledger, self._over, self._seed
        days = {"start_date": "2026-03-20", "end_date": "2026-03-22"}
        forecasts = [("/forecast/", {**meter, **days}) for meter in trained]
        batches = [("/forecast/batch", {"meters": trained, **days})]
        trainings = [("/trainmodel/", {**meter, "force": True}) for meter in trained]
        works = [
            submit_jobs(ledger, forecasts, 0.5, seed),
            run_jobs(ledger, batches, over, seed),
            run_jobs(ledger, trainings, over, seed),
            run_jobs(ledger, trainings, over, seed + 1),
            send_imports(ledger, over, 8.0),
        ]
        for n in range(METERS):
            self.platform.store.put_meter(Meter("electricity", f"soak_{n}"))
            works.append(send_readings(ledger, f"electricity/soak_{n}", 0.2))
        return [
            self._thread(crowd, ledger, self._ports, self._streams, over),
            *(
                self._thread(repeat, ledger, work, self._urls[n % 2], over)
                for n, work in enumerate(works)
            ),
        ]

    def _model_meter(self, n: int) -> dict[str, str]:
        one = load_simulated(self.platform.store, days=TRAINED_DAYS)
        meter = replace(one.meter, meter_id=f"model_{n}")
        self.platform.store.put_meter(meter)
        self.platform.store.write_readings(meter, one.readings)
        return {"meter_type": meter.meter_type, "meter_id": meter.meter_id}

    def _sample(self) -> None:
        """Resident memory of the parts that are not shot, with their children, in MB."""
        while not self._over.wait(SAMPLE_EVERY):
            now = {}
            for role, pid in self._pids.items():
                family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
                now[role] = sum(_resident(one) for one in family)
            self._memory.append(now)

    def _settle(self) -> None:
        """Wait until every job has ended, and every witness has been told."""
        redis = self.platform.jobs.redis
        started = time.monotonic()
        while redis.zcard(OPEN) and time.monotonic() - started < SETTLE_WITHIN:
            time.sleep(0.2)
        self._waited = time.monotonic() - started
        count = redis.zcard(INDEX)
        until = time.monotonic() + CAUGHT_UP_WITHIN
        while time.monotonic() < until and any(len(one.ends) < count for one in self._witnesses):
            time.sleep(0.2)

    def _ends(self, job_id: str) -> int:
        """How many last events the job's stream has."""
        events: Any = self.platform.jobs.redis.xrange(f"job:{job_id}:events")
        return sum(b'"finished_at":"' in fields[b"d"] for _, fields in events)

    def _missing(self, records: Mapping[str, Mapping[str, Any]]) -> int:
        """Acknowledged readings that are not there, or are others."""
        promised = {
            meter: (hours, timedelta(hours=1)) for meter, hours in self.ledger.readings.items()
        } | {
            meter: (IMPORTED_ROWS, timedelta(minutes=1))
            for meter, job_id in self.ledger.imports.items()
            if records[job_id]["status"] == Status.SUCCEEDED
        }
        missing = {}
        for key, (count, step) in promised.items():
            meter = self.platform.store.meter(*key.split("/"))
            kept = self.platform.store.readings(meter, FIRST, FIRST + count * step).to_numpy()
            missing[key] = count - int((kept == range(len(kept))).sum())
        self._acknowledged = sum(count for count, _ in promised.values())
        self._blame("readings", [key for key, number in missing.items() if number])
        return sum(missing.values())

    def _blame(self, what: str, which: list[Any]) -> int:
        if which:
            self.wrong[what] = which
        return len(which)

    def figures(self) -> dict[str, Any]:
        """The table, in the order in which it is shown."""
        kept = cast(list[bytes], self.platform.jobs.redis.zrange(INDEX, 0, -1))
        jobs = [raw.decode() for raw in kept]
        records = {job_id: self.platform.jobs.read(job_id).record for job_id in jobs}
        failed = {
            job_id: record["error"]
            for job_id, record in records.items()
            if record["status"] != Status.SUCCEEDED
        }
        lost = [job_id for job_id in self.ledger.jobs if job_id not in records]
        unended = [job_id for job_id in jobs if self._ends(job_id) != 1]
        unseen = [
            (n, job_id)
            for n, one in enumerate(self._witnesses)
            for job_id in jobs
            if one.ends[job_id] != 1
        ]
        return {
            "minutes": round(self._seconds / 60, 1),
            "load of the machine while it ran (5 minutes, at the end)": round(
                os.getloadavg()[1], 1
            ),
            "shots": dict(self.kills.shots),
            "shots that hit a running job": dict(+self.kills.hits),
            "requests cut off by a shot": self.ledger.cut,
            "requests refused": self.ledger.refused,
            "streams held": self._streams,
            "streams opened": self.ledger.opened,
            "events delivered": self.ledger.events,
            "jobs accepted": len(self.ledger.jobs),
            "jobs in all, with members of batches": len(jobs),
            "jobs ended": dict(Counter(record["status"] for record in records.values())),
            "jobs tried again": sum(record["attempt"] > 1 for record in records.values()),
            "jobs that failed": dict(Counter(error["code"] for error in failed.values())),
            "accepted jobs that are unknown": self._blame("lost", lost),
            "jobs that did not end exactly once": self._blame("ends", unended),
            "seconds until the last job had ended": round(self._waited),
            "ends not seen exactly once by each of three streams that resume": self._blame(
                "unseen", unseen
            ),
            "times they resumed": sum(one.resumed for one in self._witnesses),
            "events out of order or told twice": sum(one.disordered for one in self._witnesses),
            "readings missing": self._missing(records),
            "readings acknowledged": self._acknowledged,
            "largest memory of the parts not shot, MB, in each sixth": self._memory_table(),
            "memory of Redis at the end, MB": round(
                self.platform.jobs.redis.info("memory")["used_memory"] / 2**20
            ),
        }

    def _memory_table(self) -> dict[str, list[int]]:
        size = max(1, -(-len(self._memory) // PARTS_OF_TIME))
        parts = [self._memory[n : n + size] for n in range(0, len(self._memory), size)]
        return {
            role: [round(max(sample[role] for sample in part)) for part in parts]
            for role in self._pids
        }


def _resident(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss) / 2**20
    except psutil.NoSuchProcess:
        return 0.0  # a child that was replaced a moment ago


if __name__ == "__main__":
    main()
