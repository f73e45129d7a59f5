"""What surrounds a job, where memory ends."""

import logging
from collections.abc import Mapping
from typing import Any, Never

import pytest

from workers.jobs import Jobs
from workers.jobs.run import Run
from workers.jobs.runner import run_job
from workers.states import Kind


class Speechless(logging.Handler):
    """A log that needs memory too."""

    def emit(self, record: logging.LogRecord) -> Never:
        raise MemoryError


def without_memory(run: Run) -> Mapping[str, Any]:
    raise MemoryError


@pytest.fixture
def speechless() -> Any:
    handler, log = Speechless(), logging.getLogger("workers.jobs.runner")
    log.addHandler(handler)
    yield
    log.removeHandler(handler)


@pytest.mark.usefixtures("speechless")
def test_a_job_without_memory_ends_and_its_process_hears_of_it(jobs: Jobs) -> None:
    """Else the process would stay, too poor for a next job: a thread may hang as it starts."""
    submitted = jobs.submit(Kind.TRAIN, {}, meter_type="water", meter_id="m1")
    job_id = str(submitted.record["task_id"])

    with pytest.raises(MemoryError):
        run_job(jobs, job_id, 1, without_memory)

    record = jobs.read(job_id).record
    assert (record["status"], record["error"]["code"]) == ("failed", "out_of_memory")
