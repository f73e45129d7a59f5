"""A job that runs too long: stopped at its next report, or killed and told of."""

import pytest

from config import load_settings
from config.errors import JobTimeout
from tests.reliability import note_fault
from workers.jobs import Jobs, attempts, open_jobs
from workers.jobs.run import Run
from workers.jobs.sweeper import killed_for_time
from workers.states import Kind


@pytest.fixture
def hasty(redis_url: str) -> Jobs:
    jobs = open_jobs(load_settings({"REDIS_URL": redis_url, "TASK_TIME_LIMIT_SECONDS": "1"}))
    jobs.redis.flushdb()
    return jobs


def take(jobs: Jobs) -> Run:
    job_id = jobs.submit(Kind.TRAIN, {}, meter_type="water", meter_id="m").record["task_id"]
    assert attempts.take(jobs, job_id, 1, worker="here:1")
    return Run(jobs, job_id, 1)


def test_the_next_report_stops_it(hasty: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    run = take(hasty)
    run.report("fitting", 0.1)
    monkeypatch.setattr(run, "_deadline", 0.0)

    with pytest.raises(JobTimeout) as late:
        run.report("fitting", 0.2)
    run.fail(late.value)

    record = hasty.read(run.job_id).record
    assert (record["status"], record["error"]["code"]) == ("failed", "timeout")
    assert record["error"]["detail"] == {"limit_seconds": 1}


def test_a_killed_one_is_told_of_by_its_parent(hasty: Jobs) -> None:
    run = take(hasty)
    killed_for_time(hasty, run.job_id)
    killed_for_time(hasty, run.job_id)
    record = hasty.read(run.job_id).record
    assert (record["status"], record["error"]["code"]) == ("failed", "timeout")
    note_fault(
        "A job that never ends",
        by="its process killed at the hard limit",
        seen="`failed` with `timeout` and the limit",
        lost="the job, and it says so",
    )


def test_the_kill_comes_after_the_jobs_own_deadline(hasty: Jobs) -> None:
    conf = hasty.celery.conf
    assert conf.task_time_limit > hasty.settings.task_time_limit
    visible = conf.broker_transport_options["visibility_timeout"]
    assert visible > conf.task_time_limit
    assert conf.visibility_timeout == visible
    assert conf.result_backend_transport_options["visibility_timeout"] == visible
