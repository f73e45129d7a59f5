"""The tasks: load, call one function of `ml`, store what came out.

`ml` is imported inside the functions: the parent of a prefork worker must never have run OpenMP
(libgomp does not survive a fork), so XGBoost is loaded by the child that uses it.
"""

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import pandas as pd

from config import load_settings
from config.errors import EnergyError, NoReadings, describe
from data import open_store
from data.importers.bodies import import_body
from data.meters import Meter
from data.simulator import load_demo
from data.store import Store
from data.uploads import Uploads
from weather import known_weather
from workers import results
from workers.batches import tend_batch
from workers.celery_app import EXPLAIN, QUALITY, SWEEP, create_celery
from workers.explanations import keep_explanation
from workers.fitting import options_of, train_meter
from workers.ledger import Ledger
from workers.models import WarmModels
from workers.registry import Registry
from workers.reports import keep_report
from workers.run import Run
from workers.running import job_task, process_jobs
from workers.sweeping import sweep

app = create_celery(load_settings())

HISTORY_DAYS = 120
"""Readings a forecast looks back on: the weekly shapes of a month, also past a long gap."""


@job_task(app, "energy.train")
def train(run: Run) -> Mapping[str, Any]:
    """Train a model on the meter's readings; it serves if it is not worse than the champion."""
    run.report("loading", 0.0)
    store = open_store(run.settings)
    meter = store.meter(run.meter_type, run.meter_id)
    start, end = _instant(run, "start"), _instant(run, "end")
    readings = store.readings(meter, start, end)
    if readings.empty:
        raise NoReadings(f"Meter {meter.key} has no readings in the range asked for.")
    weather = results.variables(known_weather(store, meter, *_span(readings)))
    trained = train_meter(
        _registry(run), Ledger(run.jobs.redis), meter, readings, weather,
        settings=run.settings, report=run.part(0.03, 1.0),
    )  # fmt: skip
    result = results.of_training(
        trained.forecaster.meta, trained.version, promoted=trained.promoted, reason=trained.reason
    )
    result["quality"] |= {"night_flow": results.night_flow(readings, meter, run.settings)}
    return result


@job_task(app, "energy.forecast")
def forecast(run: Run) -> Mapping[str, Any]:
    """Forecast a range with the meter's champion, and keep what was issued."""
    run.report("loading", 0.0)
    store = open_store(run.settings)
    meter = store.meter(run.meter_type, run.meter_id)
    start, end = _required(run, "start"), _required(run, "end")
    version, forecaster = _warm_models(run.settings.model_cache_mb).champion(_registry(run), meter)
    history = _history(store, meter, start)
    weather = known_weather(store, meter, history.index[0].to_pydatetime(), end)
    run.report("forecasting", 0.4)
    issued = forecaster.forecast(history, start, end, results.variables(weather))
    run.report("saving", 0.8)
    issued_at = datetime.now(UTC)
    results.keep(store, meter, issued, version, issued_at)
    return results.of_forecast(issued, meter, version, weather, issued_at)


@job_task(app, "energy.test")
def test(run: Run) -> Mapping[str, Any]:
    """Backtest: what the forecasts would have been over the last part of the readings."""
    from ml import backtest

    run.report("loading", 0.0)
    store = open_store(run.settings)
    meter = store.meter(run.meter_type, run.meter_id)
    readings = store.readings(meter)
    if readings.empty:
        raise NoReadings(f"Meter {meter.key} has no readings.")
    outcome = backtest(
        readings,
        results.variables(known_weather(store, meter, *_span(readings))),
        meter=meter,
        test_size=run.params["test_size"],
        report=run.part(0.03, 1.0),
        options=options_of(run.settings),
    )
    return results.of_backtest(outcome, meter.unit)


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
    with uploads.open(run.params["name"]) as body:
        summary = import_body(
            store,
            meter,
            body,
            form=run.params["form"],
            options=run.params["options"],
            progress=lambda share, rows: run.report("saving", share, message=f"{rows:,} rows"),
        )
    uploads.remove(run.params["name"])
    return summary.to_dict()


@app.task(name="energy.batch")
def start(batch_id: str, attempt: int) -> None:
    """Let the first members of a batch in; the rest follow as members end."""
    jobs = process_jobs(os.getpid())
    if jobs.take(batch_id, attempt, worker="batch"):
        tend_batch(jobs, batch_id)


@app.task(name=SWEEP)
def sweep_jobs() -> int:
    """Find the jobs whose workers died (beat)."""
    jobs = process_jobs(os.getpid())
    Uploads(jobs.settings.upload_url).remove_old(time.time())
    return sweep(jobs)


@app.task(name=QUALITY)
def report_quality(meter_type: str, meter_id: str) -> None:
    """Report on a meter's readings for whoever asked (`workers.reports`)."""
    from ml import ForecastingError, assess

    jobs = process_jobs(os.getpid())
    store = open_store(jobs.settings)
    meter = store.meter(meter_type, meter_id)
    span = store.span(meter)
    if span is None:
        return
    try:
        readings = store.readings(meter)
        report = assess(readings, meter=meter).to_dict()
        report["night_flow"] = results.night_flow(readings, meter, jobs.settings)
    except ForecastingError as error:
        report = {"ready": False, "error": describe(error)}
    keep_report(jobs, meter, span, report)


@app.task(name=EXPLAIN)
def explain_forecast(meter_type: str, meter_id: str, start: str, end: str, mark: list[Any]) -> None:
    """Explain a forecast of [start, end) for whoever asked (`workers.explanations`)."""
    from ml import ForecastingError

    jobs = process_jobs(os.getpid())
    store = open_store(jobs.settings)
    meter = store.meter(meter_type, meter_id)
    first, after = datetime.fromisoformat(start), datetime.fromisoformat(end)
    registry = Registry(jobs.settings.model_store_url, jobs.redis)
    try:
        version, model = _warm_models(jobs.settings.model_cache_mb).champion(registry, meter)
        history = _history(store, meter, first)
        weather = known_weather(store, meter, history.index[0].to_pydatetime(), after)
        found = model.explain(history, first, after, results.variables(weather))
        answer = results.of_explanation(found, meter, version, first, after)
    except (EnergyError, ForecastingError) as error:
        answer = {"error": describe(error)}
    keep_explanation(jobs, meter, first, after, mark, answer)


@lru_cache(maxsize=1)
def _warm_models(megabytes: int) -> WarmModels:
    """The warm models of this process."""
    return WarmModels(megabytes * 2**20)


def _registry(run: Run) -> Registry:
    return Registry(run.settings.model_store_url, run.jobs.redis)


def _history(store: Store, meter: Meter, start: datetime) -> pd.Series:
    """The readings a forecast from `start` may look at, however late they are."""
    span = store.span(meter)
    if span is None or span.first >= start:
        raise NoReadings(f"Meter {meter.key} has no readings before {start.isoformat()}.")
    newest = min(start, span.last)
    return store.readings(meter, newest - timedelta(days=HISTORY_DAYS), start)


def _span(readings: pd.Series) -> tuple[datetime, datetime]:
    """The time of the readings, the last interval included."""
    first, last = readings.index[0], readings.index[-1]
    return first.to_pydatetime(), last.to_pydatetime() + timedelta(days=1)


def _instant(run: Run, name: str) -> datetime | None:
    text = run.params.get(name)
    return datetime.fromisoformat(text) if text else None


def _required(run: Run, name: str) -> datetime:
    return datetime.fromisoformat(run.params[name])
