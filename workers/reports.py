"""Quality reports: made by a worker when asked for, kept until the readings change.

The web process must not run models' code, so it asks for the report and waits a moment.
"""

import json
import time
from collections.abc import Mapping
from typing import Any, cast

from data.meters import Meter
from data.store import Span
from workers.celery_app import MAINTENANCE, QUALITY
from workers.jobs import Jobs
from workers.journal import dump

ASKED_FOR_SECONDS = 30
"""A report that was asked for this lately is on its way; asking again would compute it twice."""
LOOK_EVERY = 0.05


def current_report(jobs: Jobs, meter: Meter, span: Span) -> dict[str, Any] | None:
    """The report on just these readings, if there is one."""
    stored = cast(bytes | None, jobs.redis.get(_key(meter)))
    if stored is None:
        return None
    kept: dict[str, Any] = json.loads(stored)
    return kept["report"] if kept["readings"] == _mark(span) else None


def ask_for_report(
    jobs: Jobs, meter: Meter, span: Span, *, seconds: float
) -> dict[str, Any] | None:
    """The report, computed by a worker if need be; None where that takes longer than `seconds`."""
    deadline = time.monotonic() + seconds
    report = current_report(jobs, meter, span)
    while report is None and time.monotonic() < deadline:
        if jobs.redis.set(f"{_key(meter)}:asked", 1, nx=True, ex=ASKED_FOR_SECONDS):
            jobs.celery.send_task(
                QUALITY, args=[meter.meter_type, meter.meter_id], queue=MAINTENANCE,
                expires=ASKED_FOR_SECONDS, ignore_result=True,
            )  # fmt: skip
        time.sleep(LOOK_EVERY)
        report = current_report(jobs, meter, span)
    return report


def keep_report(jobs: Jobs, meter: Meter, span: Span, report: Mapping[str, Any]) -> None:
    """Keep what a worker found out about these readings."""
    kept = dump({"readings": _mark(span), "report": report})
    jobs.redis.set(_key(meter), kept, ex=jobs.settings.job_ttl)
    jobs.redis.delete(f"{_key(meter)}:asked")


def forget_report(jobs: Jobs, meter: Meter) -> None:
    jobs.redis.delete(_key(meter))


def _key(meter: Meter) -> str:
    return f"quality:{meter.key}"


def _mark(span: Span) -> list[Any]:
    return [span.first.isoformat(), span.last.isoformat(), span.count]
