"""The registry of a web process that must ask a worker, on a real Redis."""

import json
import threading
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest
from flask import Flask

from app import create_app
from config import load_settings
from config.errors import ModelStoreUnavailable
from data.meters import Meter
from workers.broker import FORECASTS, QUEUES
from workers.broker.celery_app import REGISTRY
from workers.jobs import Jobs
from workers.questions import keep_answer
from workers.registry import AskedRegistry, Registry

METER = ("water", "m1")
DAYS = {"start_date": "2026-01-31", "end_date": "2026-02-01"}


def questions(jobs: Jobs) -> list[dict[str, Any]]:
    """The messages with questions for the registry that wait for a worker."""
    queued = [raw for queue in QUEUES for raw in jobs.redis.lrange(queue, 0, -1)]
    waiting = [json.loads(raw) for raw in cast(list[bytes], queued)]
    return [message for message in waiting if message["headers"]["task"] == REGISTRY]


def answer_one(jobs: Jobs, registry: Registry) -> None:
    """What a worker does with the next question."""
    _, raw = cast(tuple[bytes, bytes], jobs.redis.blpop([FORECASTS], timeout=30))
    key, method, args, options = json.loads(b64decode(json.loads(raw)["body"]))[0]
    value: Any = getattr(registry, method)(*args, **options)
    keep_answer(jobs, key, [], {"value": value}, seconds=60)


def test_nobody_does_what_its_asker_was_told_was_not_done(jobs: Jobs) -> None:
    began = datetime.now(UTC)
    with pytest.raises(ModelStoreUnavailable):
        AskedRegistry(jobs, patience=0.3).rollback(*METER, who="anna", reason="")

    [message] = questions(jobs)
    until = datetime.fromisoformat(message["headers"]["expires"])
    assert until - datetime.now(UTC) < timedelta(seconds=0.3)
    assert until - began > timedelta(0)


def test_that_a_meter_has_no_model_is_asked_once(jobs: Jobs, tmp_path: Path) -> None:
    registry = Registry(str(tmp_path / "models"), jobs.redis)
    web = AskedRegistry(jobs)
    worker = threading.Thread(target=answer_one, args=(jobs, registry))
    worker.start()
    assert web.aliases(*METER) == {}
    worker.join()

    assert AskedRegistry(jobs, patience=0).aliases(*METER) == {}
    assert questions(jobs) == []
    registry.promote(*METER, "one")
    assert web.champion(*METER) == "one"


def test_a_forecast_waits_for_no_worker_of_maintenance(
    jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody answers here at all, so the job is taken, and will say itself if there is no model."""
    monkeypatch.setattr("workers.registry.remote.ALIASES_SECONDS", 0.2)
    app = _app_with_meters(jobs, tmp_path)
    body = {"meter_type": "water", "meter_id": "m0", **DAYS}

    answer = app.test_client().post("/forecast/", json=body)

    assert answer.status_code == 202, answer.json
    [question] = questions(jobs)
    assert question["properties"]["delivery_info"]["routing_key"] == FORECASTS


def test_a_batch_asks_for_no_models(jobs: Jobs, tmp_path: Path) -> None:
    app = _app_with_meters(jobs, tmp_path)

    answer = app.test_client().post("/forecast/batch", json={"all": True, **DAYS})

    assert (answer.status_code, answer.json["total"]) == (202, 3)
    assert questions(jobs) == []


def _app_with_meters(jobs: Jobs, folder: Path) -> Flask:
    """Its models are in a store that is asked through a worker; three meters, none trained."""
    given = {
        "REDIS_URL": jobs.settings.redis_url,
        "STATE_DIR": str(folder),
        "MODEL_STORE_URL": f"file://{folder}/models",
    }
    app = create_app(load_settings(given))
    store = app.extensions["energy"].store
    times = pd.date_range("2026-01-01", periods=30 * 24, freq="h", tz="UTC")
    for n in range(3):
        store.write_readings(Meter("water", f"m{n}"), pd.Series(1.0, times))
    return app
