"""Quality reports: made by a worker when asked for, kept until the readings change."""

from collections.abc import Mapping
from typing import Any

from data.meters import Meter
from workers.broker import MAINTENANCE
from workers.broker.celery_app import QUALITY
from workers.jobs import Jobs
from workers.questions.question import Question, ask, forget_answer, keep_answer


def ask_for_report(
    jobs: Jobs, meter: Meter, mark: list[Any], *, seconds: float
) -> dict[str, Any] | None:
    """The report, computed by a worker if need be; None where that takes longer than `seconds`.

    :param mark: of the readings now (`data.revision`).
    """
    args = (meter.meter_type, meter.meter_id)
    question = Question(_key(meter), mark, QUALITY, args, MAINTENANCE)
    return ask(jobs, question, seconds=seconds)


def keep_report(jobs: Jobs, meter: Meter, mark: list[Any], report: Mapping[str, Any]) -> None:
    """Keep what a worker found out about the readings with this mark."""
    keep_answer(jobs, _key(meter), mark, report, seconds=jobs.settings.job_ttl)


def forget_report(jobs: Jobs, meter: Meter) -> None:
    forget_answer(jobs, _key(meter))


def _key(meter: Meter) -> str:
    return f"quality:{meter.key}"
