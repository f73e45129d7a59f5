"""Accuracy of issued forecasts: worked out by a worker when asked for, kept for a while."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from data.meters import Meter
from workers.broker import MAINTENANCE
from workers.broker.celery_app import ACCURACY
from workers.jobs import Jobs
from workers.questions.question import Question, ask, keep_answer

KEPT_SECONDS = 3600
"""New readings ask anew, and so does each night's scoring."""


def ask_for_accuracy(
    jobs: Jobs, meter: Meter, *, mark: list[Any], start: datetime, end: datetime, seconds: float
) -> dict[str, Any] | None:
    """`{overall, by_lead, by_day}` for targets in [start, end); None where that takes longer.

    `mark` is that of the readings now (`data.revision`) and of the latest scoring. Where nothing
    can be scored, the answer has one field, `error`.
    """
    args = (meter.meter_type, meter.meter_id, start.isoformat(), end.isoformat(), mark)
    question = Question(_key(meter, start, end), mark, ACCURACY, args, MAINTENANCE)
    return ask(jobs, question, seconds=seconds)


def keep_accuracy(
    jobs: Jobs,
    meter: Meter,
    start: datetime,
    end: datetime,
    mark: list[Any],
    answer: Mapping[str, Any],
) -> None:
    """Keep what a worker worked out."""
    keep_answer(jobs, _key(meter, start, end), mark, answer, seconds=KEPT_SECONDS)


def _key(meter: Meter, start: datetime, end: datetime) -> str:
    return f"accuracy:{meter.key}:{start.isoformat()}:{end.isoformat()}"
