"""Redis stopped, full, slow or silent: what is accepted is kept, what is not is said at once."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from redis import Redis

from data.meters import Meter
from tests.integration.conftest import load_simulated
from tests.platform import Platform
from tests.processes import until
from tests.reliability import note_fault
from tests.security.proxy import SlowProxy, slow_proxy

READINGS = "/meters/electricity/kept/readings"

LONGEST_WAIT = 30.0
"""Seconds within which a client must know, whatever Redis does; gunicorn's own limit is 60."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Platform, SlowProxy]]:
    running: list[Platform] = []
    with slow_proxy(lambda: running[0].redis_port) as proxy:
        url = f"redis://127.0.0.1:{proxy.port}/0"
        platform = Platform(tmp_path_factory.mktemp("redis-faults"), REDIS_URL=url)
        running.append(platform)
        with platform:
            yield platform, proxy


@pytest.fixture(scope="module")
def platform(stack: tuple[Platform, SlowProxy]) -> Platform:
    return stack[0]


@pytest.fixture(scope="module")
def proxy(stack: tuple[Platform, SlowProxy]) -> SlowProxy:
    return stack[1]


@pytest.fixture(scope="module")
def meter(platform: Platform) -> dict[str, Any]:
    platform.store.put_meter(Meter("electricity", "kept"))
    one = load_simulated(platform.store, days=100)
    return {"meter_type": one.meter.meter_type, "meter_id": one.meter.meter_id}


@pytest.fixture
def direct(platform: Platform) -> Redis:
    """Redis without the proxy."""
    return Redis(port=platform.redis_port)


def timed_post(platform: Platform, meter: dict[str, Any]) -> tuple[Any, float]:
    started = time.monotonic()
    answer = platform.post("/trainmodel/", {**meter, "force": True})
    return answer, time.monotonic() - started


def send_one_reading(platform: Platform, minute: int) -> int:
    body = [{"time": f"2001-01-01T00:{minute:02d}:00Z", "value": minute}]
    return platform.http.post(READINGS, json=body).status_code


def readings_sent(platform: Platform) -> list[float]:
    answer = platform.http.get(READINGS, params={"start": "2001-01-01", "end": "2001-01-01"})
    values: list[float] = answer.json()["values"]
    return values


def test_redis_stopped(platform: Platform, meter: dict[str, Any]) -> None:
    platform.stop("worker-training")
    accepted = platform.submit("/trainmodel/", **meter)
    platform.stop_redis()

    refused, seconds = timed_post(platform, meter)
    stored = send_one_reading(platform, 1)
    seen = readings_sent(platform)
    health = platform.http.get("/health/")
    status = platform.http.get(f"/jobs/{accepted}")

    assert (refused.status_code, refused.json()["code"]) == (503, "queue_unavailable")
    assert refused.headers["Retry-After"]
    assert seconds < LONGEST_WAIT
    assert (stored, seen) == (200, [1.0])
    assert (health.status_code, health.json()["checks"]["redis"]["status"]) == (503, "down")
    assert status.status_code == 503
    assert platform.http.get("/health/live").status_code == 200

    platform.start_redis()
    platform.start("worker-training")
    job = platform.ended(accepted)
    assert job["status"] == "succeeded", job["error"]
    until(lambda: platform.http.get("/health/").status_code == 200, "healthy again", seconds=60)
    note_fault(
        "Redis stopped, and started again",
        by="its process ended",
        seen=f"jobs: 503 `queue_unavailable` with `Retry-After` after {seconds:.0f} s; readings are taken and given as before; `/health/` 503",
        retried="a job accepted before runs when Redis is back",
    )


def test_redis_full(platform: Platform, meter: dict[str, Any], direct: Redis) -> None:
    running = platform.submit("/trainmodel/", **meter)
    platform.wait_for(running, lambda job: job["status"] == "running", "it runs")
    direct.config_set("maxmemory", "1mb")

    refused, seconds = timed_post(platform, meter)
    stored = send_one_reading(platform, 2)
    before = platform.http.get("/jobs/?limit=200").json()["jobs"]
    time.sleep(2 * platform.settings.heartbeat)
    direct.config_set("maxmemory", "0")

    assert (refused.status_code, refused.json()["code"]) == (503, "queue_unavailable")
    assert seconds < LONGEST_WAIT
    assert stored == 200
    job = platform.ended(running)
    assert job["status"] == "succeeded", job["error"]
    after = platform.http.get("/jobs/?limit=200").json()["jobs"]
    assert len(after) == len(before), "what was refused is not there"
    note_fault(
        "Redis full",
        by="`maxmemory` below what is used, policy `noeviction`",
        seen="jobs: 503 `queue_unavailable`; readings are taken as before",
        retried="the job that ran, until there is room for its events",
    )


def test_redis_slow(platform: Platform, proxy: SlowProxy, meter: dict[str, Any]) -> None:
    with proxy.slow(0.02):
        answer, seconds = timed_post(platform, meter)
        assert answer.status_code == 202, answer.text
        job = platform.ended(answer.json()["task_id"])

    assert job["status"] == "succeeded", job["error"]
    assert seconds < LONGEST_WAIT
    note_fault(
        "Redis slow",
        by="a proxy that holds each piece for 0.02 s, both ways",
        seen=f"everything works; accepting a job took {seconds:.1f} s",
    )


def test_redis_silent(platform: Platform, proxy: SlowProxy, meter: dict[str, Any]) -> None:
    with proxy.stalled():
        refused, seconds = timed_post(platform, meter)
        stored = send_one_reading(platform, 3)

    assert (refused.status_code, refused.json()["code"]) == (503, "queue_unavailable")
    assert seconds < LONGEST_WAIT
    assert stored == 200
    until(lambda: platform.http.get("/health/").status_code == 200, "healthy again", seconds=90)
    job = platform.ended(platform.submit("/trainmodel/", **meter))
    assert job["status"] == "succeeded", job["error"]
    assert 3.0 in readings_sent(platform)
    note_fault(
        "Redis silent",
        by="a proxy that keeps connections open and passes nothing",
        seen=f"jobs: 503 `queue_unavailable` after {seconds:.0f} s; readings are taken as before",
        retried="everything, once it answers",
    )
