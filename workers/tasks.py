"""The tasks: load, call one function of `ml`, store what came out.

`ml` is imported inside the functions: the parent of a prefork worker must never have run OpenMP
(libgomp does not survive a fork), so XGBoost is loaded by the child that uses it.
"""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from config.errors import InvalidRequest
from data import open_store
from data.importers.bodies import import_body
from data.meters import Meter
from data.simulation import load_demo
from data.store import Store
from data.uploads import Uploads
from workers import results
from workers.broker.worker_app import app
from workers.deletion import take_back_if_deleted
from workers.inputs import forecast_inputs, training_inputs
from workers.jobs import attempts, process_jobs
from workers.jobs.batches import tend_batch
from workers.jobs.run import Run
from workers.jobs.runner import job_task
from workers.ledger import Ledger
from workers.registry import Registry
from workers.services import weather_service
from workers.serving import issue, open_desk
from workers.training.similar_meters import similar_meters
from workers.training.train_meter import options_of, refusals_noted, train_meter

if TYPE_CHECKING:
    from ml import SimilarMeter


@job_task(app, "energy.train")
def train(run: Run) -> Mapping[str, Any]:
    """Train a model on the meter's readings; it serves if it is not worse than the champion."""
    run.report("loading", 0.0)
    store = open_store(run.settings)
    meter = store.meter(run.meter_type, run.meter_id)
    start, end, now = _instant(run, "start"), _instant(run, "end"), datetime.now(UTC)
    found = training_inputs(store, meter, start, end, service=weather_service(os.getpid()), now=now)
    registry, ledger, whole = _registry(run), Ledger(run.jobs.redis), not (start or end)
    with refusals_noted(ledger, meter, found.readings, whole=whole, now=now):
        trained = train_meter(
            registry, ledger, meter, found.readings, found.weather,
            settings=run.settings, report=run.part(0.03, 1.0),
            similar=_similar(run, store, meter, found.readings),
        )  # fmt: skip
    take_back_if_deleted(store, registry, ledger, meter)
    meta = trained.forecaster.meta
    result = results.of_training(
        meta, trained.version, promoted=trained.promoted, reason=trained.reason,
        weather=results.weather_learnt(found, meta["weather_columns"], found.readings.index),
    )  # fmt: skip
    result["quality"] |= {"night_flow": results.night_flow(found.readings, meter, run.settings)}
    return result


@job_task(app, "energy.forecast")
def forecast(run: Run) -> Mapping[str, Any]:
    """Forecast a range with whoever may answer for the meter, and keep what was issued."""
    run.report("loading", 0.0)
    store = open_store(run.settings)
    meter = store.meter(run.meter_type, run.meter_id)
    start, end = _required(run, "start"), _required(run, "end")
    now = datetime.now(UTC)
    found = forecast_inputs(store, meter, start, end, service=weather_service(os.getpid()), now=now)
    run.report("forecasting", 0.4)
    desk = open_desk(run.jobs, store)
    made = issue(desk, meter, found.readings, found.weather, start, end, now=now)
    run.report("saving", 0.8)
    issued_at = datetime.now(UTC)
    store.write_forecasts([results.to_keep(made, meter, issued_at)])
    return results.of_forecast(made, meter, found.grades, issued_at)


@job_task(app, "energy.test")
def test(run: Run) -> Mapping[str, Any]:
    """Backtest: what the forecasts would have been over the last part of the readings."""
    from ml import backtest

    run.report("loading", 0.0)
    store = open_store(run.settings)
    meter = store.meter(run.meter_type, run.meter_id)
    found = training_inputs(
        store, meter, service=weather_service(os.getpid()), now=datetime.now(UTC)
    )
    outcome = backtest(
        found.readings,
        found.weather,
        meter=meter,
        test_size=run.params["test_size"],
        similar=_similar(run, store, meter, found.readings),
        report=run.part(0.03, 1.0),
        options=options_of(run.settings),
    )
    return results.of_backtest(outcome, meter.unit, found)


@job_task(app, "energy.import")
def import_readings(run: Run) -> Mapping[str, Any]:
    """Store the readings of a large upload, or the simulated meters of the demo."""
    run.report("loading", 0.0)
    store = open_store(run.settings)
    if run.params["source"] == "demo":
        meters = load_demo(store, end=datetime.now(UTC), report=run.part(0.0, 1.0))
        return {"meters": [meter.key for meter in meters]}
    meter = store.meter(run.meter_type, run.meter_id)
    uploads = Uploads(run.settings.upload_url)
    try:
        with uploads.open(run.params["name"]) as body:
            summary = import_body(
                store,
                meter,
                body,
                form=run.params["form"],
                options=run.params["options"],
                bridge=timedelta(hours=run.settings.import_bridge_hours),
                progress=lambda share, rows: run.report("saving", share, message=f"{rows:,} rows"),
            )
    except InvalidRequest:  # asked or refused: it is sent again with what it needs
        uploads.remove(run.params["name"])
        raise
    uploads.remove(run.params["name"])
    return summary.to_dict()


@app.task(name="energy.batch")
def start(batch_id: str, attempt: int) -> None:
    """Let the first members of a batch in; the rest follow as members end."""
    jobs = process_jobs(os.getpid())
    if attempts.take(jobs, batch_id, attempt, worker="batch"):
        tend_batch(jobs, batch_id)


def _similar(run: Run, store: Store, meter: Meter, readings: pd.Series) -> "list[SimilarMeter]":
    wanted = run.settings.similar_meters
    return similar_meters(store, run.jobs.redis, meter, readings, most=wanted)


def _registry(run: Run) -> Registry:
    return Registry(run.settings.model_store_url, run.jobs.redis)


def _instant(run: Run, name: str) -> datetime | None:
    text = run.params.get(name)
    return datetime.fromisoformat(text) if text else None


def _required(run: Run, name: str) -> datetime:
    return datetime.fromisoformat(run.params[name])
