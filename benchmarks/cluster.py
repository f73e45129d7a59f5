"""A batch of trainings on two worker hosts: whole, and with one of them cut off in the middle.

    python -m benchmarks.cluster [--jobs 24] [--rounds 3] [--out results/cluster.json]

Four hosts as network namespaces of this machine (`tests/cluster`), so it needs root, and all hosts
share the machine's cores: what a cut costs is seen, what a second machine brings is not. Both kinds
of batch take turns. A job was lost if it did not succeed, and doubled if its log ends twice.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cluster.four_hosts import Cluster
from tests.cluster.hosts import Host, Network
from tests.platform import QUICK
from tests.processes import until

DAYS = 120
"""Hourly readings of each meter."""


@dataclass(frozen=True)
class Batch:
    """How one batch went; `by_host` are jobs ended by each worker host."""

    seconds: float
    by_host: dict[str, int]
    lost: int
    jobs: list[str]


def run_batch(cluster: Cluster, jobs: int, *, cut: Host | None = None) -> Batch:
    """Train `jobs` meters; pull the cable of `cut` when it has one of them, and mend it after."""
    started = time.monotonic()
    batch_id = cluster.train(jobs)
    if cut is not None:
        until(lambda: cluster.running_on(cut, batch_id), "the host has a job", seconds=120)
        cut.cut()
    ended = cluster.ended(batch_id, seconds=900)
    seconds = time.monotonic() - started
    if cut is not None:
        cut.mend()
        until(lambda: f"training@{cut.name}" in cluster.present(), "it is back", seconds=120)
    return Batch(
        seconds=seconds,
        by_host=dict(cluster.worked(ended)),
        lost=sum(member["status"] != "succeeded" for member in ended["members"]),
        jobs=[member["task_id"] for member in ended["members"]],
    )


def measure(jobs: int, rounds: int) -> dict[str, Any]:
    """The batches of each kind, and how many of all their jobs ended more than once."""
    seen: dict[str, list[Batch]] = {"whole": [], "one host cut off": []}
    with tempfile.TemporaryDirectory() as name, Network(Path(name)) as network:
        cluster = Cluster(network, Path(name))
        try:
            cluster.start()
            cluster.add_meters(jobs, days=DAYS)
            run_batch(cluster, min(jobs, 8))  # the first jobs of a process pay for its imports
            for _ in range(rounds):
                seen["whole"].append(run_batch(cluster, jobs))
                seen["one host cut off"].append(run_batch(cluster, jobs, cut=cluster.workers[1]))
            # Last of all, when the host that was away has dropped what it still held.
            return {
                kind: {
                    "seconds": [round(batch.seconds, 1) for batch in batches],
                    "by_host": sum((Counter(batch.by_host) for batch in batches), Counter()),
                    "lost": sum(batch.lost for batch in batches),
                    "ended_twice": sum(
                        cluster.endings(job) > 1 for batch in batches for job in batch.jobs
                    ),
                }
                for kind, batches in seen.items()
            }
        finally:
            cluster.http.close()


def table(jobs: int, seen: dict[str, Any]) -> str:
    """The rounds as Markdown: seconds of the middle one and of all, the rest added up."""

    def row(label: str, value: Callable[[dict[str, Any]], str]) -> str:
        return f"| {label} | " + " | ".join(value(figures) for figures in seen.values()) + " |"

    def seconds(figures: dict[str, Any]) -> str:
        each = figures["seconds"]
        return f"{statistics.median(each)} ({', '.join(map(str, sorted(each)))})"

    lines = (
        f"| {jobs} trainings on 2 hosts | " + " | ".join(seen) + " |",
        "|---" + "|---:" * len(seen) + "|",
        row("seconds", seconds),
        row("ended by east, west", lambda f: f"{f['by_host']['east']}, {f['by_host']['west']}"),
        row("lost", lambda figures: str(figures["lost"])),
        row("ended twice", lambda figures: str(figures["ended_twice"])),
    )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    seen = measure(options.jobs, options.rounds)
    print(table(options.jobs, seen))
    print(f"\nA host counts as gone after {QUICK['STALE_AFTER_SECONDS']} s (30 by default).")
    if options.out:
        options.out.write_text(json.dumps({"jobs": options.jobs, **seen}, indent=1))


if __name__ == "__main__":
    main()
