"""`Prefer: wait`: what it costs others, and that a job once taken is answered with 202."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import httpx
import pandas as pd
import pytest

from config.redis_clients import CONNECTIONS
from data import Meter
from tests.platform import Platform
from tests.processes import until
from workers.jobs import attempts
from workers.jobs.journal import OPEN
from workers.jobs.run import Run

WAITING = 5 * CONNECTIONS
METER = Meter("electricity", "young")
FORECAST = {
    "meter_type": METER.meter_type, "meter_id": METER.meter_id,
    "start_date": "2026-01-04", "end_date": "2026-01-04",
}  # fmt: skip


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """One process of the API, and nobody who works."""
    folder = tmp_path_factory.mktemp("waiting")
    with Platform(folder, roles=("api",), API_WORKERS="1") as running:
        times = pd.date_range("2026-01-01", periods=72, freq="h", tz="UTC")
        running.store.put_meter(METER)
        running.store.write_readings(METER, pd.Series(1.0, times))
        yield running


def open_jobs(api: Platform) -> list[str]:
    return [raw.decode() for raw in cast(list[bytes], api.jobs.redis.zrange(OPEN, 0, -1))]


def waiters(api: Platform) -> float:
    """Streams that the process has open, those of waiting requests among them."""
    figures = api.http.get("/metrics").text.splitlines()
    return sum(float(line.split()[-1]) for line in figures if line.startswith("energy_streams "))


async def many_wait(api: Platform) -> tuple[list[httpx.Response], Counter[int], int]:
    """Forecasts that many clients wait for; what others are told meanwhile; Redis's clients."""
    limits = httpx.Limits(max_connections=2 * WAITING)
    async with httpx.AsyncClient(base_url=api.url, timeout=60, limits=limits) as http:
        asked = [
            asyncio.create_task(
                http.post("/forecast/", json=FORECAST, headers={"Prefer": "wait=8"})
            )
            for _ in range(WAITING)
        ]
        while len(open_jobs(api)) < WAITING and not any(task.done() for task in asked):
            await asyncio.sleep(0.05)
        others = [await http.get("/jobs/?limit=1") for _ in range(20)]
        connected = cast(dict[str, Any], api.jobs.redis.info("clients"))["connected_clients"]
        answers = await asyncio.gather(*asked)
    return answers, Counter(answer.status_code for answer in others), connected


def test_a_hundred_that_wait_are_in_nobodys_way(api: Platform) -> None:
    """Each held a connection to Redis; past a hundred every request was told 503, taken or not."""
    # In a thread of its own: beside the browser's tests this one has a loop that runs already.
    with ThreadPoolExecutor(1) as thread:
        answers, others, connected = thread.submit(asyncio.run, many_wait(api)).result()

    assert Counter(answer.status_code for answer in answers) == {202: WAITING}
    assert others == {200: 20}
    assert {answer.json()["task_id"] for answer in answers} == set(open_jobs(api))
    assert connected < WAITING
    for job_id in open_jobs(api):
        api.jobs.cancel(job_id)


def test_who_waits_has_the_result_as_soon_as_it_is_there(api: Platform) -> None:
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(api.post, "/forecast/", FORECAST, Prefer="wait=50")
        (job_id,) = until(lambda: open_jobs(api), "the job is taken")
        until(lambda: waiters(api), "the request waits")
        assert attempts.take(api.jobs, job_id, 1, worker="w")
        Run(api.jobs, job_id, 1).succeed({"points": [1]})

        answer = asked.result(30)

    assert (answer.status_code, answer.json()) == (200, {"points": [1]})
    assert answer.headers["Preference-Applied"] == "wait=50"


def test_who_waits_while_redis_goes_is_told_that_the_job_was_taken(api: Platform) -> None:
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(api.post, "/forecast/", FORECAST, Prefer="wait=3")
        (job_id,) = until(lambda: open_jobs(api), "the job is taken")
        until(lambda: waiters(api), "the request waits")
        api.stop_redis()
        answer = asked.result(30)
        api.start_redis()

    assert (answer.status_code, answer.json()["task_id"]) == (202, job_id)
