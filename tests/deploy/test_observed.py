"""What an operator sees: metrics of all processes, ids in every line, who is there."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.integration.conftest import load_simulated
from tests.platform import Platform
from tests.processes import until
from workers.schedules import LAST, Schedules

NOW = datetime(2026, 3, 20, tzinfo=UTC)
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture(scope="module")
def meter(platform: Platform) -> dict[str, str]:
    one = load_simulated(platform.store, days=60, which=1)
    return {"meter_type": one.meter.meter_type, "meter_id": one.meter.meter_id}


def scrape(platform: Platform) -> Samples:
    families = text_string_to_metric_families(platform.http.get("/metrics").text)
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples.get((name, frozenset(labels.items())), 0.0)


def test_any_process_shows_the_requests_of_all(platform: Platform) -> None:
    labels = {"method": "GET", "route": "/jobs/<task_id>", "code": "404"}
    before = scrape(platform)
    for number in range(24):  # a connection each, so that the kernel spreads them
        assert httpx.get(f"{platform.url}/jobs/nothing-{number}").status_code == 404
    httpx.get(f"{platform.url}/no/such/path")
    for after in (scrape(platform) for _ in range(4)):
        rise = value(after, "energy_http_requests_total", **labels) - value(
            before, "energy_http_requests_total", **labels
        )
        assert rise == 24
        assert value(
            after, "energy_http_requests_total", method="unmatched", route="unmatched", code="404"
        )
        assert not [key for key in after if "nothing-" in str(key)]


def test_a_job_that_ends_is_counted_once(platform: Platform, meter: dict[str, str]) -> None:
    before = scrape(platform)
    job = platform.ended(platform.submit("/trainmodel/", **meter))
    assert job["status"] == "succeeded"
    unknown = {**meter, "start_date": "2031-01-01"}
    failed = platform.ended(platform.submit("/trainmodel/", **unknown))
    after = scrape(platform)

    def rise(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    assert rise("energy_jobs_ended_total", kind="train", status="succeeded") == 1
    assert rise("energy_jobs_ended_total", kind="train", status="failed") == 1
    assert rise("energy_job_errors_total", kind="train", code=failed["error"]["code"]) == 1
    assert rise("energy_job_seconds_count", kind="train") == 2
    assert rise("energy_training_rows_total") == job["result"]["readings"]
    assert value(after, "energy_redis_up") == 1
    assert value(after, "energy_beat_up") == 1
    assert {value(after, "energy_workers", queue=q) for q in ("training", "forecasts")} == {1.0}


def test_streams_are_counted(platform: Platform, meter: dict[str, str]) -> None:
    def streams() -> float:
        return value(scrape(platform), "energy_streams")

    before, delivered = streams(), value(scrape(platform), "energy_stream_events_delivered_total")
    with platform.http.stream("GET", "/jobs/stream") as response:
        assert response.status_code == 200
        until(lambda: streams() == before + 1, "the stream is counted")
        platform.ended(platform.submit("/trainmodel/", **meter, force=True))
        until(
            lambda: value(scrape(platform), "energy_stream_events_delivered_total") > delivered,
            "its events are counted",
        )
        assert value(scrape(platform), "energy_stream_lag_seconds_count") > 0
    until(lambda: streams() == before, "the stream that was left is not counted any more")


def test_scores_of_forecasts_are_shown_by_type(platform: Platform) -> None:
    platform.jobs.redis.hset("ledger:types", "water", json.dumps({"skill": 0.25, "coverage": None}))
    try:
        samples = scrape(platform)
    finally:
        platform.jobs.redis.hdel("ledger:types", "water")
    assert value(samples, "energy_forecast_skill", meter_type="water") == 0.25
    assert ("energy_forecast_coverage", frozenset({("meter_type", "water")})) not in samples


def test_runs_of_schedules_are_shown(platform: Platform) -> None:
    names = [row["name"] for row in Schedules(platform.settings, platform.jobs.redis).listing(NOW)]
    Schedules(platform.settings, platform.jobs.redis).note(
        names[0], started_at=NOW, finished_at=NOW, status="failed"
    )
    try:
        samples = scrape(platform)
    finally:
        platform.jobs.redis.hdel(LAST, names[0])
    assert value(samples, "energy_schedule_failed", schedule=names[0]) == 1
    started = value(samples, "energy_schedule_started_timestamp_seconds", schedule=names[0])
    assert started == NOW.timestamp()


def test_openmetrics_for_those_who_ask(platform: Platform) -> None:
    answer = platform.http.get("/metrics", headers={"Accept": "application/openmetrics-text"})
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")
    assert answer.text.count("# EOF") == 1


def test_one_id_finds_the_request_and_the_work_it_caused(
    platform: Platform, meter: dict[str, str]
) -> None:
    answer = platform.post("/trainmodel/", {**meter, "force": True}, **{"X-Request-ID": "case-17"})
    assert answer.headers["X-Request-ID"] == "case-17"
    job_id = answer.json()["task_id"]
    platform.ended(job_id)
    ids = f"[request=case-17 task={job_id}]"

    def said(role: str, words: str) -> list[str]:
        return [
            line for line in platform.output(role).splitlines() if ids in line and words in line
        ]

    until(lambda: said("worker-training", "succeeded"), "the worker says that it is done")
    until(lambda: said("api", "POST /trainmodel/"), "the request is logged")
    assert platform.http.get("/health/live").headers["X-Request-ID"] not in ("", "case-17")


@pytest.fixture(scope="module")
def check(platform: Platform) -> Iterator[object]:
    def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        energy = str(Path(sys.executable).parent / "energy")
        return subprocess.run(
            [energy, "healthy", *arguments],
            env={**os.environ, **platform.environment, **env},
            capture_output=True, text=True,
        )  # fmt: skip

    return run


@pytest.mark.parametrize(
    ("arguments", "env", "code"),
    [
        pytest.param(["api"], {}, 0, id="api"),
        pytest.param(["api"], {"API_PORT": "1"}, 1, id="no-api"),
        pytest.param(["worker", "training"], {}, 0, id="worker"),
        pytest.param(["worker", "training"], {"HEARTBEAT_SECONDS": "0.001"}, 1, id="stale-worker"),
        pytest.param(
            ["worker", "training"], {"REDIS_URL": "redis://127.0.0.1:1"}, 1, id="no-redis"
        ),
        pytest.param(["beat"], {}, 0, id="beat"),
        pytest.param(["flower"], {"FLOWER_PORT": "1"}, 1, id="no-flower"),
    ],
)
def test_the_health_check_of_a_role(check, arguments, env, code) -> None:
    done = check(*arguments, **env)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
