"""Jobs that do nothing but change, for the load driver.

    python -m benchmarks.publish create 50            # prints the ids of 50 running jobs
    python -m benchmarks.publish create 50 --ids 'bench-{i}'
    python -m benchmarks.publish events < LINES       # each line: id<TAB>text with the mark

`events` speaks the driver's `--publish-cmd` protocol: for each line it changes the job through the
interface that workers use, with the driver's mark (`@T…@`) as the job's message. No delivery is
queued for these jobs, so no worker takes them. Redis is the one of the settings (`REDIS_URL`).
"""

import argparse
import re
import sys
import time
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime

from config import load_settings
from workers.jobs import Jobs, attempts, open_jobs
from workers.jobs.record import event_of, new_record
from workers.states import Kind
from workers.wire_format import dump

MARK = re.compile(r"@T\d+\.(\d+)@")

STEPS = 1000
"""Events until a benchmark's job shows 100 %."""


def create(jobs: Jobs, count: int, *, ids: str | None = None) -> list[str]:
    """Create running jobs that no worker knows of.

    :param ids: pattern of the ids with `{i}`; random ones where None.
    """
    created = []
    for i in range(count):
        job_id = ids.replace("{i}", str(i)) if ids else str(uuid.uuid4())
        record = new_record(
            job_id, Kind.TRAIN, meter_type="electricity", meter_id=job_id, now=datetime.now(UTC)
        )
        now = time.time()
        jobs.journal.append(
            record, event_of(None, record), revision="", alive=now, created=now, params=dump({})
        )
        attempts.take(jobs, job_id, 1, worker="benchmark")
        created.append(job_id)
    return created


def publish(jobs: Jobs, lines: Iterable[str]) -> None:
    """Change a job for each line `id<TAB>text with a mark`."""
    for line in lines:
        job_id, _, text = line.partition("\t")
        mark = MARK.search(text)
        if mark is None:
            raise ValueError(f"no mark in {text!r}")
        progress = min(100.0, 100 * int(mark[1]) / STEPS)
        attempts.change(jobs, job_id, 1, {"message": mark[0], "progress": progress})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    creating = commands.add_parser("create", help="create jobs and print their ids")
    creating.add_argument("count", type=int)
    creating.add_argument("--ids", help="pattern of the ids, with {i}")
    commands.add_parser("events", help="publish lines from stdin")
    options = parser.parse_args()
    jobs = open_jobs(load_settings())
    if options.command == "create":
        print("\n".join(create(jobs, options.count, ids=options.ids)))
    else:
        publish(jobs, sys.stdin)


if __name__ == "__main__":
    main()
