"""Many meters at once: every member ends once, whatever fails or dies on the way."""

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.meters import Meter
from data.simulation import simulate
from tests.platform import Platform
from tests.processes import until

END = datetime(2026, 3, 20, tzinfo=UTC)


def load_meters(
    platform: Platform, count: int, *, kind: str = "water", days: int = 40
) -> list[str]:
    """`count` meters with the same readings and ids of their own."""
    one = simulate(7, END, days)[3]
    ids = [f"m{n:03d}" for n in range(count)]
    for meter_id in ids:
        meter = Meter(kind, meter_id, unit="m3", timezone="Europe/Rome")
        platform.store.put_meter(meter)
        platform.store.write_readings(meter, one.readings)
    return ids


def events(platform: Platform, job_id: str) -> list[dict]:
    text = platform.http.get(f"/jobs/{job_id}/stream?last_event_id=0").text
    return [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]


def check_members(platform: Platform, batch_id: str, ids: list[str]) -> None:
    """Each member ended exactly once, in the record, in the result and on the stream."""
    result = platform.http.get(f"/jobs/{batch_id}/result").json()
    assert [member["meter_id"] for member in result["members"]] == ids
    told = [
        event["member"]["meter_id"] for event in events(platform, batch_id) if event.get("member")
    ]
    assert sorted(set(told)) == ids
    for member in result["members"]:
        own = events(platform, member["task_id"])
        assert sum(1 for event in own if event.get("finished_at")) == 1


def test_training_and_forecasting_all_meters_of_a_type(own_platform: Platform) -> None:
    ids = load_meters(own_platform, 6)

    answer = own_platform.post("/trainmodel/batch", {"meter_type": "water"})
    assert answer.status_code == 202
    assert answer.json()["total"] == 6
    job = own_platform.ended(answer.json()["task_id"])

    assert job["status"] == "succeeded", job
    assert job["progress"] == 100
    assert job["result"]["succeeded"] == 6
    check_members(own_platform, job["task_id"], ids)
    progress = [event["progress"] for event in events(own_platform, job["task_id"])]
    assert progress == sorted(progress)

    days = {"start_date": "2026-03-20", "end_date": "2026-03-21"}
    answer = own_platform.post("/forecast/batch", {"all": True, **days})
    job = own_platform.ended(answer.json()["task_id"])
    assert job["result"]["succeeded"] == 6
    forecasts = own_platform.http.get("/meters/water/m003/forecasts").json()
    assert len(forecasts["times"]) == 48


def test_partial_success_says_what_failed_and_why(own_platform: Platform) -> None:
    load_meters(own_platform, 2)
    empty = Meter("water", "empty", unit="m3")
    own_platform.store.put_meter(empty)
    wanted = [
        {"meter_type": "water", "meter_id": name} for name in ("m000", "m001", "empty", "gone")
    ]

    answer = own_platform.post("/trainmodel/batch", {"meters": wanted})
    job = own_platform.ended(answer.json()["task_id"])

    assert job["status"] == "succeeded"
    counts = {name: job["result"][name] for name in ("total", "succeeded", "failed", "cancelled")}
    assert counts == {"total": 4, "succeeded": 2, "failed": 2, "cancelled": 0}
    why = {one["meter_id"]: one["error"]["code"] for one in job["result"]["failures"]}
    assert why == {"empty": "no_readings", "gone": "unknown_meter"}


def test_the_command_line_trains_all(own_platform: Platform) -> None:
    load_meters(own_platform, 3)
    done = train_all(own_platform, "water")
    assert done.returncode == 0, done.stderr
    assert "3 of 3 meters trained" in done.stdout
    assert "100%" in done.stdout


def test_the_command_line_fails_where_no_meter_is_trained(own_platform: Platform) -> None:
    own_platform.store.put_meter(Meter("electricity", "empty"))
    done = train_all(own_platform, "electricity")
    assert done.returncode == 1
    assert "0 of 1 meters trained" in done.stdout
    assert "electricity/empty: no_readings" in done.stdout


def train_all(platform: Platform, meter_type: str) -> subprocess.CompletedProcess[str]:
    """`energy train --all` of a type."""
    energy = Path(sys.executable).parent / "energy"
    return subprocess.run(
        [str(energy), "train", "--all", "--meter-type", meter_type],
        env={**os.environ, **platform.environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"all": True, "meter_type": "water"}, id="two-selections"),
        pytest.param({"all": False}, id="not-all"),
        pytest.param({"meters": []}, id="no-meter"),
        pytest.param({"meters": [{"meter_type": "water"}]}, id="half-a-meter"),
        pytest.param({"meters": [{"meter_type": "water", "meter_id": "../x"}]}, id="bad-id"),
    ],
)
def test_a_bad_batch_is_refused(platform: Platform, body: dict) -> None:
    answer = platform.post("/trainmodel/batch", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_cancelling_a_batch_ends_its_remaining_members(own_platform: Platform) -> None:
    ids = load_meters(own_platform, 30, days=200)
    batch_id = own_platform.post("/trainmodel/batch", {"all": True}).json()["task_id"]
    own_platform.wait_for(batch_id, lambda job: job["progress"] > 0, "a member has ended")

    own_platform.http.delete(f"/jobs/{batch_id}")
    job = own_platform.ended(batch_id, seconds=20)

    assert job["status"] == "cancelled"
    result = own_platform.http.get(f"/jobs/{batch_id}/result").json()
    assert result["succeeded"] >= 1
    assert result["succeeded"] + result["cancelled"] == len(ids)
    jobs = own_platform.http.get("/jobs/", params={"limit": 100}).json()["jobs"]
    assert all(one["finished_at"] for one in jobs)


@pytest.mark.timeout(900)  # fifty trainings and five starts, on a machine that may be busy
def test_every_part_is_killed_in_the_middle_of_fifty(own_platform: Platform) -> None:
    """One after the other within one batch; the API last, without which progress is not seen."""
    ids = load_meters(own_platform, 50)
    batch_id = own_platform.post("/trainmodel/batch", {"all": True}).json()["task_id"]
    victims = ("child", "worker-training", "redis", "beat", "api")
    for least, victim in zip((5, 10, 15, 20, 25), victims, strict=True):
        job = own_platform.wait_for(
            batch_id, lambda job, least=least: job["progress"] > least, f"{least} % have ended"
        )
        assert not job["finished_at"], f"too late to kill {victim}"
        if victim == "child":
            os.kill(_busy_child(own_platform), signal.SIGKILL)
        elif victim == "redis":
            own_platform.restart_redis(how=signal.SIGKILL)
        else:
            own_platform.restart(victim, how=signal.SIGKILL)

    job = own_platform.ended(batch_id, seconds=600)
    assert job["status"] == "succeeded", job
    assert job["result"]["succeeded"] == 50, job["result"]["failures"]
    check_members(own_platform, batch_id, ids)
    assert own_platform.jobs.redis.zcard("jobs:open") == 0
    models = own_platform.http.get("/models/water/m007").json()
    assert models["champion"] in {one["version"] for one in models["versions"]}


def _busy_child(platform: Platform) -> int:
    def found() -> int | None:
        for job in platform.http.get("/jobs/", params={"limit": 50}).json()["jobs"]:
            if job["kind"] == "train" and job["status"] == "running":
                worker = platform.jobs.read(job["task_id"]).fields["worker"]
                return int(worker.rpartition(":")[2])
        return None

    pid: int = until(found, "a child is busy")
    return pid
