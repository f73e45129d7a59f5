"""The tasks behind the schedules: take the turn, do the work or begin a round, tell how it went."""

import logging
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from celery import Task

from config.error_codes import is_transient
from config.errors import EnergyError, InvalidRequest, describe
from data import open_store
from workers import nightly
from workers.accuracy import keep_accuracy
from workers.asked_registry import ASKABLE
from workers.asking import keep_answer, outcome
from workers.celery_app import ACCURACY, REGISTRY, ROUND, SCHEDULED
from workers.desk import open_desk
from workers.handfuls import Outcomes, forecast_handful, score_handful
from workers.inputs import weather_service
from workers.jobs import Jobs
from workers.nightly import House
from workers.patience import MOST_TRIES, wait_after
from workers.rounds import do_part, start_round
from workers.running import process_jobs
from workers.schedules import Schedules, Turn
from workers.scoring import accuracy_of
from workers.states import Status
from workers.tasks import app
from workers.weather_tasks import refresh_all

log = logging.getLogger(__name__)

ANSWER_KEPT = 60
"""Seconds; whoever asked has given up by then."""
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
        nightly.score_types(_house(os.getpid()))
    schedules = Schedules(jobs.settings, jobs.redis)
    status = Status.FAILED if ended.failed else Status.SUCCEEDED
    _tell(schedules, ended.schedule, ended.started_at, ended.summary, status=status)


@app.task(name=ACCURACY)
def report_accuracy(meter_type: str, meter_id: str, start: str, end: str, mark: list[Any]) -> None:
    """Score the forecasts of a meter for whoever asked (`workers.accuracy`)."""
    jobs = process_jobs(os.getpid())
    store = open_store(jobs.settings)
    meter = store.meter(meter_type, meter_id)
    first, after = datetime.fromisoformat(start), datetime.fromisoformat(end)
    answer = outcome(lambda: accuracy_of(store, meter, first, after))
    keep_accuracy(jobs, meter, first, after, mark, answer)


@app.task(name=REGISTRY)
def ask_registry(key: str, method: str, args: list[str], options: dict[str, str]) -> None:
    """Call a method of the registry for a process that can't (`workers.asked_registry`)."""
    jobs = process_jobs(os.getpid())
    answer: dict[str, Any]
    try:
        if method not in ASKABLE:
            raise InvalidRequest(f"The registry is not asked for {method!r}.")
        answer = {"value": getattr(_house(os.getpid()).registry, method)(*args, **options)}
    except EnergyError as error:
        answer = {"error": describe(error)}
    keep_answer(jobs, key, [], answer, seconds=ANSWER_KEPT)


def _work(jobs: Jobs, turn: Turn, now: datetime) -> dict[str, Any] | None:
    """Do the work of a turn; None where a round goes on with it."""
    house, schedule = _house(os.getpid()), turn.schedule
    meters = house.store.meters(schedule.meter_type)
    if schedule.task in ROUNDS:
        if not meters:
            return {"total": 0}
        # Meters of one place come together, and with them its weather.
        keys = [meter.key for meter in sorted(meters, key=lambda meter: meter.location)]
        start_round(jobs, schedule.task, keys, schedule=schedule.name, now=now)
        return None
    if schedule.task == "retraining":
        return nightly.retrain(jobs, house, meters, now=now)
    if schedule.task == "weather":
        service = weather_service(os.getpid())
        return refresh_all(service, house.store, now=now) if service else {"places": 0}
    return nightly.tidy(house, now=now)


def _do(work: str, keys: Sequence[str]) -> Outcomes:
    """The work of a round on a handful of its meters."""
    return ROUNDS[work](_house(os.getpid()), keys, now=datetime.now(UTC))


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


@lru_cache(maxsize=1)
def _house(pid: int) -> House:
    """What this process works on: a child must not share its parent's connections (`pid`)."""
    jobs = process_jobs(pid)
    store = open_store(jobs.settings)
    return House(jobs.settings, store, replace(open_desk(jobs, store), keeps_warm=False))
