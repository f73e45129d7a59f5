"""Batches that take longer than anything is kept, and batches that are cancelled."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import cast

import pytest

from config import load_settings
from config.errors import Cancelled
from workers.jobs import Jobs, attempts, batches, open_jobs
from workers.jobs.batches import NAMES, TAKEN_BACK_AT_ONCE, submit_batch, tend_batch
from workers.jobs.jobs import ending
from workers.jobs.run import Run
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


class Killed(BaseException):
    """What ends a process in the middle of its work."""


def running_batch(jobs: Jobs, members: list[dict] = MEMBERS) -> str:
    batch_id: str = submit_batch(jobs, Kind.TRAIN, members)["task_id"]
    attempts.take(jobs, batch_id, 1, worker="w")
    tend_batch(jobs, batch_id)
    return batch_id


def let_in(jobs: Jobs, batch_id: str) -> list[str]:
    found = cast(list[bytes], jobs.redis.hkeys(f"batch:{batch_id}:outstanding"))
    return [job_id.decode() for job_id in found]


def test_a_cancelled_batch_ends_with_every_member_accounted_for(jobs: Jobs) -> None:
    many = [{**MEMBERS[0], "meter_id": f'm"{n}'} for n in range(2 * TAKEN_BACK_AT_ONCE + 1)]
    batch_id = running_batch(jobs, many)

    jobs.cancel(batch_id)

    record = jobs.read(batch_id).record
    assert record["status"] == "cancelled"
    assert record["result"]["cancelled"] == len(many)
    named = {one["meter_id"] for one in json.loads(jobs.result_json(batch_id) or b"")["members"]}
    assert named == {member["meter_id"] for member in many}


@pytest.mark.parametrize("steps", range(4))
def test_a_batch_whose_canceller_is_killed_is_cancelled_by_the_sweeper(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    """Members were taken off the list first and settled later: killed in between, it ran for ever."""
    batch_id = running_batch(jobs)
    done = iter(range(steps))
    stop = batches._stop_member

    def killed_after_steps(*args: object) -> None:
        if next(done, None) is None:
            raise Killed
        stop(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(batches, "_stop_member", killed_after_steps)
    monkeypatch.setattr(batches, "TAKEN_BACK_AT_ONCE", 1)
    with suppress(Killed):
        jobs.cancel(batch_id)
    monkeypatch.undo()

    tend_batch(jobs, batch_id)

    record = jobs.read(batch_id).record
    assert (record["status"], record["message"]) == ("cancelled", "6 cancelled")


def test_a_batch_that_was_marked_lets_nobody_in(jobs: Jobs) -> None:
    batch_id = running_batch(jobs)
    assert jobs.journal.ask_to_stop(batch_id)

    a_member_ends(jobs, batch_id)

    assert len(let_in(jobs, batch_id)) == 1


def test_a_member_that_ends_while_its_batch_is_cancelled_stops_nothing(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer was 409, and the other members went on."""
    batch_id = running_batch(jobs)
    first, second = let_in(jobs, batch_id)
    for job_id in (first, second):
        assert attempts.take(jobs, job_id, 1, worker="w")
    stop = batches._stop_member

    def ends_just_before(jobs: Jobs, job_id: str) -> None:
        if job_id == first:
            Run(jobs, first, 1).succeed({"done": True})
        stop(jobs, job_id)

    monkeypatch.setattr(batches, "_stop_member", ends_just_before)

    assert jobs.cancel(batch_id)["status"] == "running"

    assert jobs.read(first).record["status"] == "succeeded"
    assert "cancel" in jobs.read(second).fields
    with pytest.raises(Cancelled):
        Run(jobs, second, 1).report("fitting", 0.5)
    attempts.change(jobs, second, 1, ending(Cancelled("The job was cancelled.")))
    record = jobs.read(batch_id).record
    assert (record["status"], record["message"]) == ("cancelled", "1 succeeded, 5 cancelled")


@pytest.mark.parametrize(("cancelled", "told"), [(True, "6 cancelled"), (False, "6 failed")])
def test_a_batch_whose_members_are_lost_ends(jobs: Jobs, cancelled: bool, told: str) -> None:
    """As a process of an earlier release left it that was killed while it cancelled."""
    batch_id = running_batch(jobs)
    if cancelled:
        jobs.journal.ask_to_stop(batch_id)
    jobs.redis.delete(f"batch:{batch_id}:pending", f"batch:{batch_id}:outstanding")

    tend_batch(jobs, batch_id)

    assert jobs.read(batch_id).record["message"] == told
