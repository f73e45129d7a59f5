"""What a worker does when it is asked (`workers.questions`): one Celery task each.

`ml` is imported inside the functions, as in `workers.tasks`.
"""

import os
from datetime import UTC, datetime
from typing import Any

from config.errors import EnergyError, InvalidRequest, describe
from data import open_store
from data.revision import mark_of
from weather.locations import locate
from weather.service import open_provider
from workers import results
from workers.broker.celery_app import ACCURACY, EXPLAIN, LOCATE, QUALITY, REGISTRY
from workers.broker.worker_app import app
from workers.inputs import forecast_inputs
from workers.jobs import process_jobs
from workers.nightly.house import process_house
from workers.nightly.scoring import accuracy_of
from workers.questions import keep_answer, outcome
from workers.questions.accuracy import keep_accuracy
from workers.questions.explanation import keep_explanation
from workers.questions.place import keep_place
from workers.questions.quality import keep_report
from workers.registry import Registry
from workers.registry.remote import ASKABLE
from workers.services import warm_models

ANSWER_KEPT = 60
"""Seconds; whoever asked has given up by then."""


@app.task(name=QUALITY)
def report_quality(meter_type: str, meter_id: str) -> None:
    """Report on a meter's readings for whoever asked (`workers.questions.quality`)."""
    from ml import assess

    jobs = process_jobs(os.getpid())
    store = open_store(jobs.settings)
    meter = store.meter(meter_type, meter_id)
    span = store.span(meter)
    if span is None:
        return
    mark = mark_of(store, meter, span)

    def report() -> dict[str, Any]:
        readings = store.readings(meter)
        found = assess(readings, meter=meter).to_dict()
        return found | {"night_flow": results.night_flow(readings, meter, jobs.settings)}

    found = outcome(report)
    keep_report(jobs, meter, mark, {"ready": False, **found} if "error" in found else found)


@app.task(name=EXPLAIN)
def explain_forecast(meter_type: str, meter_id: str, start: str, end: str, mark: list[Any]) -> None:
    """Explain a forecast of [start, end) for whoever asked (`workers.questions.explanation`)."""
    jobs = process_jobs(os.getpid())
    store = open_store(jobs.settings)
    meter = store.meter(meter_type, meter_id)
    first, after = datetime.fromisoformat(start), datetime.fromisoformat(end)

    def explain() -> dict[str, Any]:
        registry = Registry(jobs.settings.model_store_url, jobs.redis)
        version, model = warm_models(jobs.settings.model_cache_mb).champion(registry, meter)
        seen = forecast_inputs(store, meter, first, after, service=None, now=datetime.now(UTC))
        found = model.explain(seen.readings, first, after, seen.weather)
        return results.of_explanation(found, meter, version, first, after)

    keep_explanation(jobs, meter, first, after, mark, outcome(explain))


@app.task(name=ACCURACY)
def report_accuracy(meter_type: str, meter_id: str, start: str, end: str, mark: list[Any]) -> None:
    """Score the forecasts of a meter for whoever asked (`workers.questions.accuracy`)."""
    jobs = process_jobs(os.getpid())
    store = open_store(jobs.settings)
    meter = store.meter(meter_type, meter_id)
    first, after = datetime.fromisoformat(start), datetime.fromisoformat(end)
    answer = outcome(lambda: accuracy_of(store, meter, first, after))
    keep_accuracy(jobs, meter, first, after, mark, answer)


@app.task(name=REGISTRY)
def ask_registry(key: str, method: str, args: list[str], options: dict[str, str]) -> None:
    """Call a method of the registry for a process that can't (`workers.registry.remote`)."""
    jobs = process_jobs(os.getpid())
    answer: dict[str, Any]
    try:
        if method not in ASKABLE:
            raise InvalidRequest(f"The registry is not asked for {method!r}.")
        answer = {"value": getattr(process_house(os.getpid()).registry, method)(*args, **options)}
    except EnergyError as error:
        answer = {"error": describe(error)}
    keep_answer(jobs, key, [], answer, seconds=ANSWER_KEPT)


@app.task(name=LOCATE)
def find_place(text: str) -> None:
    """Look up a place for whoever asked (`workers.questions.place`)."""
    jobs = process_jobs(os.getpid())
    provider = None if jobs.settings.weather_provider == "none" else open_provider(jobs.settings)
    try:
        answer = locate(text, provider).to_dict()
    except EnergyError as error:
        answer = {"error": describe(error)}
    keep_place(jobs, text, answer)
