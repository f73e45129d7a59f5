"""Explanations of forecasts: made by a worker when asked for, kept for an hour."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from data.meters import Meter
from workers.broker import FORECASTS
from workers.broker.celery_app import EXPLAIN
from workers.jobs import Jobs
from workers.questions.question import Question, ask, keep_answer

KEPT_SECONDS = 3600
"""People look at the same forecast for a while; new readings or another champion ask anew."""


def ask_for_explanation(
    jobs: Jobs, meter: Meter, *, mark: list[Any], version: str, start: datetime, end: datetime,
    seconds: float,
) -> dict[str, Any] | None:  # fmt: skip
    """What drove a forecast of [start, end); None where that takes longer than `seconds`.

    `mark` is that of the readings now (`data.revision`). Where it can't be
    explained, the answer has one field, `error`.
    """
    rests_on = [version, *mark]
    args = (meter.meter_type, meter.meter_id, start.isoformat(), end.isoformat(), rests_on)
    question = Question(_key(meter, start, end), rests_on, EXPLAIN, args, FORECASTS)
    return ask(jobs, question, seconds=seconds)


def keep_explanation(
    jobs: Jobs, meter: Meter, start: datetime, end: datetime, mark: list[Any],
    explanation: Mapping[str, Any],
) -> None:  # fmt: skip
    """Keep what a worker worked out."""
    keep_answer(jobs, _key(meter, start, end), mark, explanation, seconds=KEPT_SECONDS)


def _key(meter: Meter, start: datetime, end: datetime) -> str:
    return f"explain:{meter.key}:{start.isoformat()}:{end.isoformat()}"
