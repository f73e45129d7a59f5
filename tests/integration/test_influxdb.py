"""The platform on a real InfluxDB, and what happens when that goes away."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.data.influx_server import InfluxServer, running_influx
from tests.integration.conftest import load_simulated
from tests.platform import Platform
from tests.reliability import note_fault
from tests.security.proxy import slow_proxy


@pytest.fixture
def influx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxServer]:
    with running_influx(tmp_path_factory.mktemp("influx")) as server:
        yield server


@pytest.fixture
def on_influx(influx: InfluxServer, tmp_path: Path) -> Iterator[Platform]:
    with Platform(tmp_path, INFLUX_URL=influx.url, INFLUX_TIMEOUT="2", MAX_RETRIES="20") as running:
        yield running


def story(platform: Platform, job_id: str) -> list[dict]:
    text = platform.http.get(f"/jobs/{job_id}/stream?last_event_id=0").text
    return [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]


def test_a_store_that_comes_back_costs_a_retry(on_influx: Platform, influx: InfluxServer) -> None:
    one = load_simulated(on_influx.store, days=100)
    meter = {"meter_type": one.meter.meter_type, "meter_id": one.meter.meter_id}
    assert on_influx.http.get("/health/").json()["checks"]["store"]["kind"] == "influxdb"
    trained = on_influx.ended(on_influx.submit("/trainmodel/", **meter))
    assert trained["status"] == "succeeded"

    # The job is accepted while the store answers, and is taken when it does not any more.
    on_influx.stop("worker-training")
    job_id = on_influx.submit("/trainmodel/", **meter)
    influx.stop()
    on_influx.start("worker-training")
    waiting = on_influx.wait_for(job_id, lambda job: job["status"] == "retrying", "a retry")
    assert "Trying again in" in waiting["message"]
    assert on_influx.http.get("/health/").status_code == 503
    influx.start()

    job = on_influx.ended(job_id)
    assert job["status"] == "succeeded"
    assert job["attempt"] > 1
    assert [event for event in story(on_influx, job_id) if event["status"] == "retrying"]
    note_fault(
        "InfluxDB stopped, and started again",
        by="its process ended",
        seen="a job is `retrying` and says when; requests for readings 503; `/health/` 503",
        retried="jobs, with growing pauses, up to MAX_RETRIES",
    )


def test_a_slow_store_makes_slow_jobs_and_nothing_worse(
    influx: InfluxServer, tmp_path: Path
) -> None:
    """Each piece late, but none later than INFLUX_TIMEOUT: nothing is tried twice."""
    with (
        slow_proxy(lambda: influx.port) as proxy,
        Platform(
            tmp_path, INFLUX_URL=f"http://127.0.0.1:{proxy.port}", INFLUX_TIMEOUT="10"
        ) as platform,
    ):
        one = load_simulated(platform.store, days=60)
        meter = {"meter_type": one.meter.meter_type, "meter_id": one.meter.meter_id}
        path = "/meters/water/late/readings"
        platform.http.put("/meters/water/late", json={})
        rows = [{"time": f"2001-01-01T{hour:02d}:00:00Z", "value": hour} for hour in range(24)]
        with proxy.slow(0.5):
            began = time.monotonic()
            stored = platform.http.post(path, json=rows)
            seconds = time.monotonic() - began
            job = platform.ended(platform.submit("/trainmodel/", **meter))
            live = platform.http.get("/health/live").elapsed.total_seconds()

        assert stored.status_code == 200, stored.text
        assert seconds > 0.5, "the proxy does hold things up"
        assert (job["status"], job["attempt"]) == ("succeeded", 1), job
        assert live < 0.5, "who does not need the store does not wait for it"
        kept = platform.http.get(path, params={"start": "2001-01-01", "end": "2001-01-01"}).json()
        assert kept["values"] == list(range(24))
        note_fault(
            "InfluxDB slow",
            by="a proxy that holds each piece for 0.5 s, both ways",
            seen=f"everything works; 24 readings were stored after {seconds:.1f} s",
        )


def test_an_import_goes_on_when_the_store_is_back(
    on_influx: Platform, influx: InfluxServer
) -> None:
    path = "/meters/electricity/large"
    on_influx.http.put(path, json={"unit": "kWh"})
    rows = (f"{1_700_000_000 + 60 * n},{n % 7}" for n in range(400_000))
    body = "\n".join(["timestamp,value", *rows]).encode()
    answer = on_influx.http.post(
        f"{path}/readings", content=body, headers={"Content-Type": "text/csv"}
    )
    job_id = answer.json()["task_id"]
    on_influx.wait_for(job_id, lambda job: job["progress"] > 10, "the import is under way")
    influx.stop()
    on_influx.wait_for(job_id, lambda job: job["status"] == "retrying", "a retry")
    influx.start()

    job = on_influx.ended(job_id)
    assert job["status"] == "succeeded", job
    meter = on_influx.store.meter("electricity", "large")
    assert on_influx.store.tally(meter).count == 400_000


def test_a_store_that_stays_away_is_said_in_words(influx: InfluxServer, tmp_path: Path) -> None:
    with Platform(tmp_path, INFLUX_URL=influx.url, INFLUX_TIMEOUT="1", MAX_RETRIES="1") as platform:
        one = load_simulated(platform.store, days=60)
        meter = {"meter_type": one.meter.meter_type, "meter_id": one.meter.meter_id}
        platform.stop("worker-training")
        job_id = platform.submit("/trainmodel/", **meter)
        influx.stop()
        platform.start("worker-training")

        job = platform.ended(job_id)
        assert (job["status"], job["error"]["code"]) == ("failed", "store_unavailable")
        assert "INFLUX_URL" in job["error"]["hint"]
        refused = platform.post("/trainmodel/", meter)
        assert (refused.status_code, refused.json()["code"]) == (503, "store_unavailable")
        assert refused.headers["Retry-After"]
