"""What a meter costs here, and what 10 thousand, 100 thousand and a million of them would need.

    python -m benchmarks.scale [--quick] [--out results/scale.json]

Everything is measured in one run; `docs/scale.md` explains the figures and what comes first to
its end at each size. What Redis holds for very many meters is simulated: 100,000 of them.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import scale_costs
from benchmarks.scale_plan import Plan, plan
from cli.redis_server import running_redis
from config import load_settings
from tests.processes import free_port
from workers.jobs import open_jobs
from workers.states import Kind

AUDIT = {
    "time": "2026-03-01T00:00:00.000Z",
    "who": "schedule",
    "action": "promote",
    "from": "20260201T000000000000Z-abc123",
    "reason": "better on the newest 28 days",
}
SIZES = (10_000, 100_000, 1_000_000)


def bookkeeping(members: int) -> dict[str, float]:
    """Bytes of aliases and scores of `members` meters, and of a batch of them that waits."""
    from workers.jobs.batches import submit_batch

    with tempfile.TemporaryDirectory() as folder, running_redis(free_port(), Path(folder)) as url:
        jobs = open_jobs(load_settings({"REDIS_URL": url, "STATE_DIR": folder}))
        jobs.redis.ping()
        empty = jobs.redis.info("memory")["used_memory"]
        with jobs.redis.pipeline(transaction=False) as pipe:
            for number in range(members):
                key = f"model:electricity/meter_{number:07d}"
                version = "20260301T000000000000Z-abc123"
                pipe.hset(key, mapping={"champion": version, "previous": version, "rev": 3})
                for _ in range(12):  # a year of monthly trainings
                    pipe.xadd(f"{key}:audit", {"d": json.dumps({**AUDIT, "to": version})})
                scores = json.dumps(
                    dict.fromkeys(("n", "mae", "wape", "mase", "bias", "skill"), 0.123456)
                )
                pipe.hset(
                    f"ledger:meter:electricity/meter_{number:07d}", mapping={"yesterday": scores}
                )
                pipe.zadd("ledger:skill", {key: 0.1})
                if number % 1000 == 999:
                    pipe.execute()
            pipe.execute()
        per_meter = (jobs.redis.info("memory")["used_memory"] - empty) / members
        before = jobs.redis.info("memory")["used_memory"]
        wanted = [
            {"meter_type": "electricity", "meter_id": f"meter_{number:07d}", "params": {}}
            for number in range(members)
        ]
        started = time.perf_counter()
        submit_batch(jobs, Kind.TRAIN, wanted)
        seconds = time.perf_counter() - started
        waiting = (jobs.redis.info("memory")["used_memory"] - before) / members
        return {
            "redis_meter_bytes": per_meter,
            "batch_member_bytes": waiting,
            "batch_submit_s": seconds,
            "batch_members": float(members),
        }


def measure(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Figures by name, a group at a time; the throughput of several processes is the last."""
    size = 1 if quick else 5
    yield dict(scale_costs.models())
    yield dict(scale_costs.store(4 * size))
    yield dict(scale_costs.platform(200 * size))
    yield dict(bookkeeping(20_000 * size))
    throughput = {n: scale_costs.throughput(n, 100 * size) for n in (1, 2, 4)}
    alone = throughput[1]
    yield {
        "throughput": throughput,
        "job_worker_cpu_s": alone["worker_cpu_ms"] / 1000,
        "job_redis_cpu_s": alone["redis_cpu_ms"] / 1000,
    }


def table(plans: list[Plan]) -> str:
    """The plans as Markdown."""
    rows = [
        (
            "worker cores, through six hours of the night",
            "worker_cores",
            ".1f",
        ),
        ("cores of the API", "api_cores", ".2f"),
        ("cores of InfluxDB, writing at night", "store_cores", ".2f"),
        ("share of Redis' one core, at night", "redis_core", ".3f"),
        ("Redis, GB", "redis_gb", ".2f"),
        ("readings, GB a year", "readings_gb_per_year", ",.0f"),
        ("forecasts as issued, GB a year", "forecasts_gb_per_year", ",.0f"),
        ("models, GB", "models_gb", ",.0f"),
        ("readings per second", "points_per_s", ",.0f"),
        ("requests per second (500 meters each)", "requests_per_s", ".1f"),
        ("euros a month in the first year, about", "euros_per_month", ",.0f"),
    ]
    head = "| | " + " | ".join(f"{each.meters:,}" for each in plans) + " |"
    lines = [head, "|---|" + "---:|" * len(plans)]
    for label, name, form in rows:
        values = [format(asdict(each)[name], form) for each in plans]
        lines.append(f"| {label} | " + " | ".join(values) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a fifth of the sizes")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    costs: dict[str, Any] = {}
    for group in measure(quick=options.quick):
        costs |= group
        for name, value in group.items():
            shown = value if isinstance(value, dict) else format(value, ".6g")
            print(f"{name:28} {shown}", flush=True)
    plans = [plan(costs, meters) for meters in SIZES]
    print("\n" + table(plans))
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        found = {"costs": costs, "plans": [asdict(each) for each in plans]}
        options.out.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
