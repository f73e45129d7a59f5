"""Job records on a real Redis: one story a test."""

import json
import threading
import time

import pytest
from celery.result import AsyncResult

from config import load_settings
from config.errors import (
    Cancelled,
    NotCancellable,
    QueueUnavailable,
    StoreUnavailable,
    UnknownJob,
    WorkerLost,
)
from workers.jobs import Jobs, Record, attempts, open_jobs
from workers.jobs.attempts import Superseded
from workers.jobs.jobs import ending
from workers.jobs.listing import recent_jobs
from workers.jobs.run import Run
from workers.jobs.sweeper import queue_length, sweep
from workers.states import Kind

METER = {"meter_type": "water", "meter_id": "m1"}


def submit(jobs: Jobs, *, deduplicate: bool = False) -> str:
    submitted = jobs.submit(Kind.TRAIN, {"start": None}, **METER, deduplicate=deduplicate)
    return str(submitted.record["task_id"])


def take(jobs: Jobs, *, deduplicate: bool = False) -> Run:
    job_id = submit(jobs, deduplicate=deduplicate)
    assert attempts.take(jobs, job_id, 1, worker="here:1")
    return Run(jobs, job_id, 1)


def test_from_queued_to_succeeded(jobs: Jobs) -> None:
    run = take(jobs)
    run.report("fitting", 0.5, message="Round 1")
    run.succeed({"metrics": {"mae": 1.0}, "points": [1, 2, 3]})

    record = jobs.read(run.job_id).record
    assert record["status"] == "succeeded"
    assert record["result"] == {"metrics": {"mae": 1.0}}
    assert json.loads(jobs.result_json(run.job_id) or b"")["points"] == [1, 2, 3]
    assert 0 < jobs.redis.ttl(f"job:{run.job_id}") <= jobs.settings.job_ttl
    assert 0 < jobs.redis.ttl(f"job:{run.job_id}:events") <= jobs.settings.job_ttl
    assert jobs.redis.zcard("jobs:open") == 0


def test_the_log_and_the_channel_say_the_same(jobs: Jobs) -> None:
    job_id = submit(jobs)
    heard = jobs.redis.pubsub(ignore_subscribe_messages=True)
    heard.subscribe(f"job:{job_id}")
    heard.get_message(timeout=1)
    attempts.take(jobs, job_id, 1, worker="here:1")
    Run(jobs, job_id, 1).succeed({})

    live = [message["data"] for message in iter(lambda: heard.get_message(timeout=1), None)]
    log = [
        entry_id + b" " + entry[b"d"]
        for entry_id, entry in jobs.redis.xrange(f"job:{job_id}:events")
    ]
    assert live == log[1:]
    heard.close()


def test_an_unknown_job(jobs: Jobs) -> None:
    for ask in (jobs.read, jobs.record_json, jobs.cancel):
        with pytest.raises(UnknownJob):
            ask("never")


def test_one_open_training_a_meter(jobs: Jobs) -> None:
    first = submit(jobs, deduplicate=True)
    assert submit(jobs, deduplicate=True) == first
    assert queue_length(jobs, "training") == 1
    jobs.cancel(first)
    assert submit(jobs, deduplicate=True) != first


def test_a_delivery_is_taken_once(jobs: Jobs) -> None:
    job_id = submit(jobs)
    taken = [attempts.take(jobs, job_id, 1, worker=f"here:{n}") for n in range(3)]
    assert taken == [True, False, False]
    assert not attempts.take(jobs, job_id, 2, worker="from the future")


def test_twenty_workers_race_for_one_delivery(jobs: Jobs) -> None:
    job_id = submit(jobs)
    taken: list[bool] = []
    threads = [
        threading.Thread(
            target=lambda n=n: taken.append(attempts.take(jobs, job_id, 1, worker=str(n)))
        )
        for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * 19 + [True]


def test_an_older_attempt_writes_nothing(jobs: Jobs) -> None:
    run = take(jobs)
    attempts.again(jobs, run.job_id, 1, "Again")

    with pytest.raises(Superseded):
        run.report("fitting", 0.5)
    with pytest.raises(Superseded):
        run.succeed({})
    assert jobs.read(run.job_id).record["status"] == "retrying"


def test_a_transient_fault_is_retried_and_then_told(jobs: Jobs) -> None:
    run = take(jobs)
    for attempt in range(2, jobs.settings.max_retries + 2):
        run.fail(StoreUnavailable("InfluxDB does not answer."))
        record = jobs.read(run.job_id).record
        assert (record["status"], record["attempt"]) == ("retrying", attempt)
        assert "InfluxDB does not answer." in record["message"]
        assert attempts.take(jobs, run.job_id, attempt, worker="here:1")
        run = Run(jobs, run.job_id, attempt)
    run.fail(StoreUnavailable("InfluxDB does not answer."))
    record = jobs.read(run.job_id).record
    assert (record["status"], record["error"]["code"]) == ("failed", "store_unavailable")


def test_what_fails_for_good_is_not_retried(jobs: Jobs) -> None:
    run = take(jobs)
    run.fail(KeyError("secret"))

    record = jobs.read(run.job_id).record
    assert (record["status"], record["error"]["code"]) == ("failed", "internal_error")
    assert "secret" not in json.dumps(record)


def test_a_silent_worker_is_given_up_after_three(jobs: Jobs) -> None:
    job_id = submit(jobs)
    for attempt in (1, 2, 3):
        assert attempts.take(jobs, job_id, attempt, worker="here:1")
        jobs.redis.zadd("jobs:open", {job_id: time.time() - 10 * jobs.settings.stale_after})
        assert sweep(jobs) == 1
    record = jobs.read(job_id).record
    assert (record["status"], record["error"]["code"]) == ("failed", WorkerLost.code)
    assert sweep(jobs) == 0


def test_a_waiting_job_whose_message_is_lost_is_delivered_again(jobs: Jobs) -> None:
    job_id = submit(jobs)
    jobs.redis.delete("training")
    jobs.redis.zadd("jobs:open", {job_id: 1.0})

    assert sweep(jobs) == 1
    assert queue_length(jobs, "training") == 1
    assert sweep(jobs) == 0


def test_a_waiting_job_in_a_long_queue_is_left_alone(jobs: Jobs) -> None:
    job_id = submit(jobs)
    jobs.redis.zadd("jobs:open", {job_id: 1.0})
    assert sweep(jobs) == 0
    assert queue_length(jobs, "training") == 1


def test_cancelling(jobs: Jobs) -> None:
    waiting, running = submit(jobs), take(jobs)

    assert jobs.cancel(waiting)["status"] == "cancelled"
    assert jobs.cancel(waiting)["status"] == "cancelled"
    assert not attempts.take(jobs, waiting, 1, worker="late")
    assert jobs.cancel(running.job_id)["message"] == "Cancelling"
    with pytest.raises(Cancelled) as stop:
        running.report("fitting", 0.2)
    running.fail(stop.value)
    assert jobs.read(running.job_id).record["status"] == "cancelled"
    done = take(jobs)
    done.succeed({})
    with pytest.raises(NotCancellable):
        jobs.cancel(done.job_id)


def test_celery_sees_each_state(jobs: Jobs) -> None:
    run = take(jobs)
    run.report("fitting", 0.5)
    result = AsyncResult(run.job_id, app=jobs.celery)
    assert (result.state, result.info["stage"]) == ("PROGRESS", "fitting")

    attempts.again(jobs, run.job_id, 1, "Again")
    assert AsyncResult(run.job_id, app=jobs.celery).state == "RETRY"
    attempts.take(jobs, run.job_id, 2, worker="here")
    attempts.change(jobs, run.job_id, 2, ending(WorkerLost("Gone.")))
    assert AsyncResult(run.job_id, app=jobs.celery).state == "FAILURE"
    waiting = submit(jobs)
    assert AsyncResult(waiting, app=jobs.celery).state == "PENDING"
    jobs.cancel(waiting)
    assert AsyncResult(waiting, app=jobs.celery).state == "REVOKED"


def test_a_training_asked_for_after_a_cancel_is_a_new_one(jobs: Jobs) -> None:
    """It was given the job that was about to end as cancelled."""
    meter = {"meter_type": "water", "meter_id": "m1", "deduplicate": True}
    old = jobs.submit(Kind.TRAIN, {}, **meter).record["task_id"]
    assert attempts.take(jobs, old, 1, worker="w")
    assert jobs.cancel(old)["message"] == "Cancelling"

    new = jobs.submit(Kind.TRAIN, {}, **meter)

    assert (new.deduplicated, new.record["task_id"] == old) == (False, False)
    with pytest.raises(Cancelled):
        Run(jobs, old, 1).report("saving", 0.9)
    attempts.change(jobs, old, 1, ending(Cancelled("The job was cancelled.")))
    third = jobs.submit(Kind.TRAIN, {}, **meter)
    assert (third.deduplicated, third.record["task_id"]) == (True, new.record["task_id"])


def test_a_job_that_cannot_be_queued_is_not_left_behind(redis_url: str) -> None:
    jobs = open_jobs(load_settings({"REDIS_URL": redis_url, "BROKER_URL": "redis://127.0.0.1:1/0"}))
    jobs.redis.flushdb()

    with pytest.raises(QueueUnavailable):
        submit(jobs)

    assert [job["status"] for job in recent_jobs(jobs.redis, limit=10)] == ["cancelled"]
    assert jobs.redis.zcard("jobs:open") == 0


def test_listeners_are_told_of_each_change_and_of_nothing_that_was_not_written(
    jobs: Jobs,
) -> None:
    told: list[tuple[str, str]] = []

    def listener(_: Jobs, before: Record, after: Record) -> None:
        told.append((before["status"], after["status"]))

    jobs.listeners = (listener,)
    run = take(jobs)
    stale = jobs.journal.read(run.job_id)
    run.succeed({})
    assert stale is not None
    assert jobs.try_change(stale, {"message": "too late"}) is None
    assert told == [("queued", "running"), ("running", "succeeded")]
