"""Workers without memory, clocks that jump, jobs without end, two schedulers, and being asked to go."""

import resource
import signal
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import psutil
import pytest

from tests.integration.conftest import load_simulated
from tests.platform import Platform
from tests.processes import until
from tests.reliability import note_fault
from workers.jobs.journal import OPEN

HOUR = 3600.0
SPARE = 4 * 2**20
"""Bytes a process still gets: enough to say what happened, too few to fit."""


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with Platform(tmp_path_factory.mktemp("workers")) as running:
        yield running


@pytest.fixture(scope="module")
def meter(platform: Platform) -> dict[str, Any]:
    one = load_simulated(platform.store, days=400)
    return {"meter_type": one.meter.meter_type, "meter_id": one.meter.meter_id}


@pytest.fixture
def running(platform: Platform, meter: dict[str, Any]) -> str:
    """A training that is fitting."""
    job_id = platform.submit("/trainmodel/", **meter, force=True)
    platform.wait_for(job_id, lambda job: job["stage"] == "fitting", "the job is fitting")
    return job_id


def ended_once(platform: Platform, job_id: str) -> None:
    """The stream tells one story: in order, one end, nothing of a second attempt mixed in."""
    text = platform.http.get(f"/jobs/{job_id}/stream?last_event_id=0").text
    ids = [tuple(map(int, x[4:].split("-"))) for x in text.splitlines() if x.startswith("id: ")]
    assert all(a < b for a, b in pairwise(ids))
    assert text.count('"finished_at":"') == 1


def child_of(platform: Platform, job_id: str) -> int:
    worker = until(lambda: platform.jobs.read(job_id).fields.get("worker"), "a worker")
    return int(worker.rpartition(":")[2])


@pytest.fixture
def good_worker_after(platform: Platform) -> Iterator[None]:
    """For tests that spoil the worker."""
    yield
    platform.restart("worker-training")


@pytest.mark.usefixtures("good_worker_after")
def test_no_memory(platform: Platform, meter: dict[str, Any]) -> None:
    """Memory that cannot be had; the out-of-memory killer's SIGKILL is in `test_faults`."""
    warm = platform.submit("/trainmodel/", **meter, force=True)
    child = child_of(platform, warm)
    assert platform.ended(warm)["status"] == "succeeded"
    # Before the job begins: one that has its memory by then would end well.
    limit = psutil.Process(child).memory_info().vms + SPARE
    resource.prlimit(child, resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))

    running = platform.submit("/trainmodel/", **meter, force=True)
    job = platform.ended(running)

    assert job["status"] == "failed" or job["attempt"] > 1, job
    if job["status"] == "failed":
        assert job["error"]["code"] in ("out_of_memory", "worker_lost"), job["error"]
        assert "memory" in job["error"]["hint"]
    ended_once(platform, running)
    note_fault(
        "Worker without memory",
        by="its address space limited to what it has",
        seen=f"the job ends `{job['status']}` (attempt {job['attempt']})"
        + (f", `{job['error']['code']}`, with what to do" if job["error"] else ""),
        retried="only where the process died of it, three times at most",
    )


@pytest.mark.parametrize(
    "jump", [pytest.param(HOUR, id="forwards"), pytest.param(-HOUR, id="backwards")]
)
def test_a_clock_jumps(platform: Platform, running: str, jump: float) -> None:
    """Seen from the sweeper, a clock that jumped is a sign of life an hour old, or yet to come."""
    platform.jobs.redis.zadd(OPEN, {running: time.time() - jump}, xx=True)

    job = platform.ended(running)

    assert job["status"] == "succeeded", job["error"]
    ended_once(platform, running)
    note_fault(
        f"The clock jumps an hour {'forwards' if jump > 0 else 'backwards'}",
        by="the job's sign of life moved by an hour",
        seen=f"nothing; the job succeeds (attempt {job['attempt']})",
        retried="the job, where it looks dead; the older attempt's words are void",
    )


def test_a_worker_that_died_before_the_clock_was_set_back(platform: Platform, running: str) -> None:
    child = child_of(platform, running)
    platform.stop("worker-training", how=signal.SIGKILL)
    until(lambda: not _alive(child), "the child is gone")
    platform.jobs.redis.zadd(OPEN, {running: time.time() + HOUR}, xx=True)
    platform.start("worker-training")

    job = platform.ended(running)

    assert job["status"] == "succeeded", job["error"]
    assert job["attempt"] == 2
    note_fault(
        "The clock is set back after a worker died",
        by="SIGKILL, and a sign of life that lies an hour ahead",
        seen="the job is tried again within seconds, not after an hour",
        retried="the job",
    )


def _alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_two_schedulers(platform: Platform, running: str) -> None:
    platform.processes["second-beat"] = platform.processes.pop("beat")
    platform.start("beat")

    job = platform.ended(running)

    assert (job["status"], job["attempt"]) == ("succeeded", 1), job
    ended_once(platform, running)
    platform.stop("second-beat")
    note_fault(
        "Two schedulers",
        by="a second beat started beside the first",
        seen="nothing: what is due is done once",
    )


def test_everybody_is_asked_to_go(platform: Platform, running: str, meter: dict[str, Any]) -> None:
    """SIGTERM to everything but Redis, in the middle of a training, a queue and a stream."""
    queued = [
        platform.submit("/forecast/", **meter, start_date="2026-03-20", end_date="2026-03-21")
        for _ in range(3)
    ]
    roles = list(platform.processes)
    started = time.monotonic()
    for role in roles:
        platform.processes[role].send_signal(signal.SIGTERM)
    for role in roles:
        platform.processes[role].wait(40)
    seconds = time.monotonic() - started
    codes = {role: platform.processes.pop(role).returncode for role in roles}
    for role in roles:
        platform.start(role)

    jobs = [platform.ended(job_id) for job_id in (running, *queued)]

    assert all(code == 0 for code in codes.values()), codes
    assert [job["status"] for job in jobs] == ["succeeded"] * 4, jobs
    for job in jobs:
        ended_once(platform, job["task_id"])
    note_fault(
        "SIGTERM to every process at once",
        by="a training running, three forecasts just accepted",
        seen=f"all had left after {seconds:.0f} s; after the restart every job succeeds, streams resume",
        retried="the job that ran, as its next attempt",
    )
