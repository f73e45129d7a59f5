"""The tasks behind the schedules: take the turn, do the work or begin a round, tell how it went."""

import logging
import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from celery import Task

from config.error_codes import is_transient
from config.errors import EnergyError
from data.uploads import Uploads
from workers.broker.celery_app import ROUND, SCHEDULED, SWEEP
from workers.broker.worker_app import app
from workers.jobs import Jobs, process_jobs
from workers.jobs.sweeper import sweep
from workers.nightly import retraining, scoring, tidying
from workers.nightly.chunks import Outcomes, forecast_handful, score_handful
from workers.nightly.house import process_house
from workers.nightly.rounds import MOST_TRIES, do_part, start_round, tend_rounds, wait_after
from workers.nightly.weather import refresh_all
from workers.schedules import SWEEPING, Schedules, Turn
from workers.services import weather_service
from workers.states import Status

log = logging.getLogger(__name__)

ROUNDS = {"forecasts": forecast_handful, "scoring": score_handful}
"""What is done a handful of meters at a time; the rest is done at once."""


@app.task(name=SCHEDULED, bind=True, max_retries=MOST_TRIES)
def run_scheduled(task: Task, name: str) -> None:
    """Do what is due, unless another beat's message has already brought it about."""
    jobs = process_jobs(os.getpid())
    schedules = Schedules(jobs.settings, jobs.redis)
    now = datetime.now(UTC)
    turn = schedules.take(name, now)
    if turn is None:
        log.info("schedule %s: nothing due, or somebody else does it", name)
        return
    try:
        summary = _work(jobs, turn, now)
    except Exception as error:
        passes = isinstance(error, EnergyError) and is_transient(error.code)
        if passes and task.request.retries < MOST_TRIES:
            schedules.give_back(turn)
            raise task.retry(exc=error, countdown=wait_after(task.request.retries + 1)) from error
        schedules.note(name, started_at=now, status=Status.FAILED, finished_at=datetime.now(UTC))
        raise
    if summary is not None:
        _tell(schedules, name, now, summary, status=Status.SUCCEEDED)


@app.task(name=ROUND)
def run_part(round_id: str) -> None:
    """Do a handful of the meters of a round."""
    jobs = process_jobs(os.getpid())
    ended = do_part(jobs, round_id, _do)
    if ended is None:
        return
    if ended.work == "scoring":
        scoring.score_types(process_house(os.getpid()))
    schedules = Schedules(jobs.settings, jobs.redis)
    status = Status.FAILED if ended.failed else Status.SUCCEEDED
    _tell(schedules, ended.schedule, ended.started_at, ended.summary, status=status)


def _work(jobs: Jobs, turn: Turn, now: datetime) -> dict[str, Any] | None:
    """Do the work of a turn; None where a round goes on with it."""
    house, schedule = process_house(os.getpid()), turn.schedule
    meters = house.store.meters(schedule.meter_type)
    if schedule.task in ROUNDS:
        if not meters:
            return {"total": 0}
        # Meters of one place come together, and with them its weather.
        keys = [meter.key for meter in sorted(meters, key=lambda meter: meter.location)]
        start_round(jobs, schedule.task, keys, schedule=schedule.name, now=now)
        return None
    if schedule.task == "retraining":
        return retraining.retrain(jobs, house, meters, now=now)
    if schedule.task == "weather":
        service = weather_service(os.getpid())
        return refresh_all(service, house.store, now=now) if service else {"places": 0}
    return tidying.tidy(house, now=now)


def _do(work: str, keys: Sequence[str]) -> Outcomes:
    """The work of a round on a handful of its meters."""
    return ROUNDS[work](process_house(os.getpid()), keys, now=datetime.now(UTC))


def _tell(
    schedules: Schedules,
    name: str,
    started_at: datetime,
    summary: dict[str, Any],
    *,
    status: Status,
) -> None:
    schedules.note(
        name, started_at=started_at, status=status, finished_at=datetime.now(UTC), summary=summary
    )
    log.info("schedule %s %s: %s", name, status, summary)


@app.task(name=SWEEP)
def sweep_jobs() -> int:
    """Find the jobs whose workers died (beat)."""
    jobs, began = process_jobs(os.getpid()), datetime.now(UTC)
    Uploads(jobs.settings.upload_url).remove_old(time.time())
    tend_rounds(jobs)
    done = sweep(jobs)
    Schedules(jobs.settings, jobs.redis).note(
        SWEEPING, started_at=began, status=Status.SUCCEEDED, finished_at=datetime.now(UTC),
        summary={"jobs": done},
    )  # fmt: skip
    return done
