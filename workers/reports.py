"""Quality reports: made by a worker when asked for, kept until the readings change."""

from collections.abc import Mapping
from typing import Any

from data.meters import Meter
from data.store import Span
from workers.asking import Question, ask, forget_answer, keep_answer
from workers.celery_app import MAINTENANCE, QUALITY
from workers.jobs import Jobs


def ask_for_report(
    jobs: Jobs, meter: Meter, span: Span, *, seconds: float
) -> dict[str, Any] | None:
    """The report, computed by a worker if need be; None where that takes longer than `seconds`."""
    question = Question(
        _key(meter), _mark(span), QUALITY, (meter.meter_type, meter.meter_id), MAINTENANCE
    )
    return ask(jobs, question, seconds=seconds)


def keep_report(jobs: Jobs, meter: Meter, span: Span, report: Mapping[str, Any]) -> None:
    """Keep what a worker found out about these readings."""
    keep_answer(jobs, _key(meter), _mark(span), report, seconds=jobs.settings.job_ttl)


def forget_report(jobs: Jobs, meter: Meter) -> None:
    forget_answer(jobs, _key(meter))


def _key(meter: Meter) -> str:
    return f"quality:{meter.key}"


def _mark(span: Span) -> list[Any]:
    return [span.first.isoformat(), span.last.isoformat(), span.count]
