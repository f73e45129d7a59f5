"""Parts that are killed or restarted while a job runs: it ends once, and its stream tells all."""

import os
import signal
from itertools import pairwise

import pytest

from tests.integration.conftest import load_simulated
from tests.platform import Platform
from tests.processes import until
from tests.reliability import note_fault


@pytest.fixture
def slow_job(own_platform: Platform) -> str:
    """A training long enough to break things while it runs, and running."""
    one = load_simulated(own_platform.store, days=730)
    job_id = own_platform.submit(
        "/trainmodel/", meter_type=one.meter.meter_type, meter_id=one.meter.meter_id
    )
    own_platform.wait_for(job_id, lambda job: job["stage"] == "fitting", "the job is fitting")
    return job_id


def story(platform: Platform, job_id: str) -> str:
    """The whole stream of a job that has ended, after the checks that hold for every story."""
    text = platform.http.get(f"/jobs/{job_id}/stream?last_event_id=0").text
    ids = [tuple(map(int, x[4:].split("-"))) for x in text.splitlines() if x.startswith("id: ")]
    assert all(a < b for a, b in pairwise(ids)), "events are doubled or out of order"
    assert text.count('"status":"queued"') == 1
    assert text.count('"finished_at":"') == 1, "the job did not end exactly once"
    return text


@pytest.mark.parametrize(
    "how", [pytest.param(signal.SIGTERM, id="stopped"), pytest.param(signal.SIGKILL, id="killed")]
)
def test_workers_and_api_restarted_while_a_job_runs(
    own_platform: Platform, slow_job: str, how: signal.Signals
) -> None:
    for role in ("worker-training", "worker-forecasts", "api"):
        own_platform.restart(role, how=how)

    job = own_platform.ended(slow_job)

    assert job["status"] == "succeeded", job
    assert job["attempt"] <= 2
    assert '"progress":100.0' in story(own_platform, slow_job)
    assert len(own_platform.jobs.redis.zrange("jobs:open", 0, -1)) == 0
    note_fault(
        f"API and workers {'killed' if how is signal.SIGKILL else 'restarted'} while a job runs",
        by=how.name,
        seen=f"the stream breaks off and resumes; the job succeeds (attempt {job['attempt']})",
        retried="the job, as its next attempt",
    )


def test_a_killed_child_is_noticed_at_once(own_platform: Platform, slow_job: str) -> None:
    worker = own_platform.jobs.read(slow_job).fields["worker"]
    child = int(worker.rpartition(":")[2])

    os.kill(child, signal.SIGKILL)

    own_platform.wait_for(slow_job, lambda job: job["attempt"] == 2, "a second attempt", 10)
    job = own_platform.ended(slow_job)
    assert job["status"] == "succeeded"
    assert '"status":"retrying"' in story(own_platform, slow_job)
    note_fault(
        "The process of a job killed (as for want of memory)",
        by="SIGKILL",
        seen="`retrying` at once, then success",
        retried="the job",
    )


def test_redis_restarted_while_a_job_runs(own_platform: Platform, slow_job: str) -> None:
    own_platform.restart_redis(how=signal.SIGKILL)

    job = own_platform.ended(slow_job)

    assert job["status"] == "succeeded", job
    story(own_platform, slow_job)
    note_fault(
        "Redis killed while a job runs",
        by="SIGKILL, started again from its journal",
        seen="nothing: no event is missing or told twice",
        retried="what the worker could not write",
    )


def test_a_running_job_is_cancelled_within_one_step(own_platform: Platform, slow_job: str) -> None:
    answer = own_platform.http.delete(f"/jobs/{slow_job}")
    job = own_platform.ended(slow_job, seconds=10)

    assert answer.status_code == 200
    assert job["status"] == "cancelled"
    assert job["error"]["code"] == "cancelled"
    assert own_platform.http.delete(f"/jobs/{slow_job}").status_code == 200
    models = f"/models/{job['meter_type']}/{job['meter_id']}"
    assert own_platform.http.get(models).json()["versions"] == []


def test_a_queued_job_is_cancelled_at_once(own_platform: Platform, slow_job: str) -> None:
    one = load_simulated(own_platform.store, days=100, which=0)
    meter = {"meter_type": one.meter.meter_type, "meter_id": one.meter.meter_id}
    queued = own_platform.submit("/trainmodel/", **meter)

    assert own_platform.http.delete(f"/jobs/{queued}").json()["status"] == "cancelled"
    own_platform.http.delete(f"/jobs/{slow_job}")
    after = own_platform.submit("/trainmodel/", **meter)
    assert own_platform.ended(after)["status"] == "succeeded"
    assert own_platform.job(queued)["status"] == "cancelled"
    done = own_platform.http.delete(f"/jobs/{after}")
    assert (done.status_code, done.json()["code"]) == (409, "not_cancellable")


def test_a_job_that_kills_its_worker_is_given_up(own_platform: Platform, slow_job: str) -> None:
    for attempt in (1, 2, 3):
        own_platform.wait_for(
            slow_job,
            lambda job, n=attempt: job["attempt"] == n and job["status"] == "running",
            f"attempt {attempt} runs",
        )
        worker = until(lambda: own_platform.jobs.read(slow_job).fields.get("worker"), "a worker")
        os.kill(int(worker.rpartition(":")[2]), signal.SIGKILL)

    job = own_platform.ended(slow_job)
    assert job["status"] == "failed"
    assert job["error"]["code"] == "worker_lost"
    assert job["error"]["detail"]["losses"] == 3
    note_fault(
        "A job that kills its worker each time",
        by="SIGKILL at each attempt",
        seen="`failed` with `worker_lost` after the third",
        retried="twice",
        lost="the job, and it says so",
    )
