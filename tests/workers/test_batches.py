"""Batches that take longer than anything is kept."""

from collections.abc import Callable, Iterator

import pytest

from config import load_settings
from workers import attempts
from workers.batches import NAMES, submit_batch, tend_batch
from workers.jobs import Jobs, open_jobs
from workers.run import Run
from workers.states import Kind

MEMBERS = [{"meter_type": "water", "meter_id": f"m{number}", "params": {}} for number in range(6)]
GONE = {"meter_type": "water", "meter_id": "gone", "error": {"code": "unknown_meter"}}


@pytest.fixture
def jobs(redis_url: str) -> Iterator[Jobs]:
    """With room for two members of a batch at a time."""
    opened = open_jobs(load_settings({"REDIS_URL": redis_url, "BATCH_WINDOW": "2"}))
    opened.redis.flushdb()
    yield opened
    opened.redis.close()


def a_member_ends(jobs: Jobs, batch_id: str) -> None:
    job_id = jobs.redis.hkeys(f"batch:{batch_id}:outstanding")[0].decode()  # type: ignore[index]
    assert attempts.take(jobs, job_id, 1, worker="w")
    Run(jobs, job_id, 1).succeed({"done": True})


@pytest.mark.parametrize("sign_of_life", [a_member_ends, tend_batch])
def test_a_batch_is_kept_whole_as_long_as_it_lives(
    jobs: Jobs, sign_of_life: Callable[[Jobs, str], None]
) -> None:
    """What waited was forgotten after JOB_TTL_SECONDS, so that the batch could not end."""
    batch_id = submit_batch(jobs, Kind.TRAIN, MEMBERS, refused=[GONE])["task_id"]
    attempts.take(jobs, batch_id, 1, worker="w")
    tend_batch(jobs, batch_id)
    parts = [f"batch:{batch_id}:{name}" for name in NAMES]
    a_member_ends(jobs, batch_id)
    for part in parts:
        assert jobs.redis.expire(part, 60), "as if nearly all its days had passed"

    sign_of_life(jobs, batch_id)

    assert min(jobs.redis.ttl(part) for part in parts) > 60
    while jobs.redis.exists(f"batch:{batch_id}:outstanding"):
        a_member_ends(jobs, batch_id)
    record = jobs.read(batch_id).record
    assert (record["status"], record["message"]) == ("succeeded", "6 succeeded, 1 failed")
