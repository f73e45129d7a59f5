"""The story of the README: train and watch, forecast, test; through HTTP, queue and worker."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from celery.result import AsyncResult

from tests.platform import Platform

WEEK = {"start_date": "2026-03-20", "end_date": "2026-03-26"}
LOCAL = timedelta(hours=1)  # Europe/Rome before the clock change


def test_a_training_is_accepted_with_its_addresses(platform: Platform, meter: dict) -> None:
    answer = platform.post("/trainmodel/", {**meter, "force": True})

    assert answer.status_code == 202
    body = answer.json()
    assert body["meter_id"] == meter["meter_id"]
    assert body["status"] == "queued"
    for name in ("status", "stream", "result"):
        assert body[f"{name}_url"] == f"/trainmodel/{name}/{body['task_id']}"
    assert answer.headers["Location"] == body["status_url"]
    assert platform.ended(body["task_id"])["status"] == "succeeded"


def test_a_second_training_of_a_meter_is_the_first_one(platform: Platform, meter: dict) -> None:
    first = platform.post("/trainmodel/", {**meter, "force": False}).json()
    again = platform.post("/trainmodel/", meter)

    assert again.status_code == 200
    assert again.json()["deduplicated"] is True
    assert again.json()["task_id"] == first["task_id"]
    platform.ended(first["task_id"])


def test_the_stream_tells_the_whole_story(platform: Platform, meter: dict) -> None:
    job_id = platform.submit("/trainmodel/", **meter, force=True)

    seen = list(platform.client.job(job_id).events())

    stages = list(dict.fromkeys(job["stage"] for job in seen if job["stage"]))
    progress = [job["progress"] for job in seen]
    assert seen[-1]["status"] == "succeeded"
    assert progress[-1] == 100
    assert progress == sorted(progress)
    assert stages[-1] == "saving"
    assert {"checking", "features", "fitting"} <= set(stages)
    # Late clients read the same story from the log, word for word.
    replay = platform.http.get(f"/jobs/{job_id}/stream?last_event_id=0").text
    ids = [line for line in replay.splitlines() if line.startswith("id: ")]
    assert len(ids) == len(set(ids))
    assert '"status":"queued"' in replay
    assert all(a <= b for a, b in pairwise(ids))


def test_celery_agrees_with_the_job_record(platform: Platform, trained: dict) -> None:
    job_id = platform.submit("/trainmodel/", **trained, force=True)
    job = platform.ended(job_id)

    result: AsyncResult = AsyncResult(job_id, app=platform.jobs.celery)

    assert result.state == "SUCCESS"
    assert result.info == job["result"]


def test_the_training_says_what_it_learned_from(platform: Platform, trained: dict) -> None:
    job_id = platform.submit("/trainmodel/", **trained, force=True)
    platform.ended(job_id)

    result = platform.http.get(f"/trainmodel/result/{job_id}").json()

    assert result["promoted"] is True
    assert result["readings"] == 200 * 24
    assert result["metrics"]["mae"] < result["baseline_metrics"]["mae"]
    assert result["weather"]["grade"] == "actuals"
    versions = platform.http.get("/models/{meter_type}/{meter_id}".format(**trained)).json()
    assert versions["champion"] == result["model_version"]


def test_a_week_is_forecast_at_the_meters_resolution(platform: Platform, trained: dict) -> None:
    answer = platform.post("/forecast/", {**trained, **WEEK}, Prefer="wait=60")

    assert answer.status_code == 200
    assert answer.headers["Preference-Applied"] == "wait=60"
    result = answer.json()
    times = [datetime.fromisoformat(point["time"]) for point in result["points"]]
    assert len(times) == 7 * 24
    assert all(b - a == timedelta(hours=1) for a, b in pairwise(times))
    assert times[0] + LOCAL == datetime.fromisoformat("2026-03-20T00:00:00Z")
    assert all(p["p10"] <= p["p50"] <= p["p90"] for p in result["points"])
    assert result["source"] == "model"
    assert result["resolution"] == "PT1H"
    assert result["unit"] == "kWh"
    grades = {stretch["grade"] for stretch in result["weather"]}
    assert grades <= {"actuals", "none"}


def test_an_issued_forecast_is_kept(platform: Platform, trained: dict) -> None:
    result = platform.post("/forecast/", {**trained, **WEEK}, Prefer="wait=60").json()

    path = "/meters/{meter_type}/{meter_id}/forecasts".format(**trained)
    kept = platform.http.get(path, params={"start": "2026-03-20", "end": "2026-03-26"}).json()

    assert kept["times"] == [point["time"] for point in result["points"]]
    assert kept["p50"] == pytest.approx([point["p50"] for point in result["points"]], rel=1e-4)


def test_a_clock_change_has_its_23_hours(platform: Platform, trained: dict) -> None:
    day = {"start_date": "2026-03-29", "end_date": "2026-03-29"}

    result = platform.post("/forecast/", {**trained, **day}, Prefer="wait=60").json()

    assert len(result["points"]) == 23
    assert result["points"][0]["time"] == "2026-03-28T23:00:00Z"
    assert result["points"][-1]["time"] == "2026-03-29T21:00:00Z"


def test_a_backtest_stands_beside_the_naive(platform: Platform, trained: dict) -> None:
    job_id = platform.submit("/test_model/", **trained, test_size=0.2)
    job = platform.ended(job_id)
    result = platform.http.get(f"/test_model/result/{job_id}").json()

    assert job["status"] == "succeeded"
    assert "points" not in job["result"]
    assert result["origins"] >= 5
    assert result["metrics"]["mae"] < result["baseline_metrics"]["mae"]
    assert {"time", "actual", "p10", "p50", "p90", "baseline"} <= set(result["points"][0])
    assert result["by_lead"]
    assert result["by_hour"]


def test_a_result_asked_for_too_early_is_not_finished(platform: Platform, meter: dict) -> None:
    job_id = platform.submit("/trainmodel/", **meter, force=True)
    answer = platform.http.get(f"/trainmodel/result/{job_id}")

    assert answer.status_code == 409
    assert answer.json()["code"] == "not_finished"
    platform.ended(job_id)


def test_all_parts_are_healthy(platform: Platform) -> None:
    health = platform.http.get("/health/")
    worker: dict[str, Any] = platform.http.get("/health/worker").json()

    assert health.status_code == 200
    assert set(health.json()["checks"]) == {"redis", "store", "model_store", "workers", "queues"}
    assert worker["queues_without_worker"] == []
    assert platform.http.get("/health/live").json() == {"status": "ok"}
