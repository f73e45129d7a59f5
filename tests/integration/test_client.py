"""The Python client, both kinds, against the real platform."""

import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from client import ApiError, AsyncClient, Client, Unreachable
from tests.integration.conftest import load_simulated
from tests.platform import Platform


def test_train_watch_and_forecast(platform: Platform, meter: dict) -> None:
    with Client(platform.url) as api:
        job = api.train(**meter, force=True)
        states = list(job.events())
        forecast = api.forecast(**meter, start_date="2026-03-20", end_date="2026-03-20").result()

    assert states[-1]["status"] == "succeeded"
    assert len(states) > 5
    assert len(forecast["points"]) == 24
    assert job.id in {one["task_id"] for one in platform.client.jobs()}


def test_the_same_with_asyncio(platform: Platform, meter: dict) -> None:
    async def story() -> tuple[list[dict], dict]:
        async with AsyncClient(platform.url) as api:
            job = await api.train(**meter, force=True)
            states = [state async for state in job.events()]
            return states, await job.result()

    # A thread of its own: the browser tests keep an event loop in this one.
    with ThreadPoolExecutor(1) as thread:
        states, result = thread.submit(asyncio.run, story()).result()

    assert states[-1]["status"] == "succeeded"
    assert result["model_version"] == states[-1]["result"]["model_version"]


def test_readings_are_sent_and_deleted(platform: Platform) -> None:
    platform.http.put("/meters/electricity/by-client", json={"timezone": "UTC"})
    where = ("electricity", "by-client")
    sent = [{"time": f"2026-01-01T{hour:02d}:00:00Z", "value": hour} for hour in range(24)]

    async def story() -> tuple[dict, int]:
        async with AsyncClient(platform.url) as api:
            accepted = await api.send_readings(*where, sent)
            return accepted, await api.delete_readings(
                *where, "2026-01-01T05:00", "2026-01-01T07:00"
            )

    with ThreadPoolExecutor(1) as thread:
        accepted, deleted = thread.submit(asyncio.run, story()).result()

    assert (accepted["accepted"], deleted) == (24, 2)
    assert platform.client.delete_readings(*where, "2026-01-01", "2026-01-01") == 22


def test_errors_are_the_apis_own(platform: Platform) -> None:
    with pytest.raises(ApiError) as refused:
        platform.client.train("electricity", "nobody")
    assert (refused.value.status, refused.value.code) == (404, "unknown_meter")
    assert refused.value.hint
    with pytest.raises(Unreachable), Client("http://127.0.0.1:1") as nobody:
        nobody.jobs()


def test_watching_goes_on_when_the_server_is_restarted(own_platform: Platform) -> None:
    one = load_simulated(own_platform.store, days=730)
    job = own_platform.client.train(one.meter.meter_type, one.meter.meter_id)
    progress = []
    for state in job.events():
        progress.append(state["progress"])
        if len(progress) == 8:
            own_platform.restart("api", how=signal.SIGKILL)

    assert progress[-1] == 100
    assert progress == sorted(progress)
    assert len(progress) > 12


def test_cancel(own_platform: Platform) -> None:
    one = load_simulated(own_platform.store, days=730)
    job = own_platform.client.train(one.meter.meter_type, one.meter.meter_id)
    job.cancel()
    assert job.wait()["status"] == "cancelled"
    with pytest.raises(ApiError) as ended:
        job.result()
    assert ended.value.code == "cancelled"
