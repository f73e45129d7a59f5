"""One attempt at a job, as its task sees it."""

import json
import random
import time
from collections.abc import Callable, Mapping
from typing import Any

from config.error_codes import is_transient
from config.errors import Cancelled, JobTimeout, describe
from workers.jobs import attempts
from workers.jobs.jobs import Jobs, ending
from workers.states import Status
from workers.wire_format import dump

REPORT_EVERY = 0.1
"""Seconds between two progress events of one stage: smooth for the eye, cheap for Redis."""
SMALLEST_STEP = 0.1
"""Per cent that progress must have gained to be worth an event."""
LONGEST_PAUSE = 600.0
"""Seconds; a longer wait before a retry would rather be a schedule."""


class Run:
    """Who and what the job is about, and how to report on it.

    Created after the job was taken (`attempts.take`).
    """

    def __init__(self, jobs: Jobs, job_id: str, attempt: int) -> None:
        entry = jobs.read(job_id)
        self.jobs = jobs
        self.settings = jobs.settings
        self.job_id = job_id
        self.attempt = attempt
        self.meter_type: str = entry.record["meter_type"]
        self.meter_id: str = entry.record["meter_id"]
        self.params: Mapping[str, Any] = json.loads(entry.fields["params"])
        self._retries = int(entry.fields.get("retries", 0))
        self._deadline = time.monotonic() + self.settings.task_time_limit
        self._stage, self._percent, self._told_at = "", -1.0, 0.0

    def report(self, stage: str, fraction: float, **facts: Any) -> None:
        """Tell where the job stands; call it as often as you like.

        :param fraction: part of the whole job that is done, 0 to 1.
        :param facts: `message`, for people.
        :raises Cancelled: somebody cancelled the job.
        :raises JobTimeout: it ran longer than TASK_TIME_LIMIT_SECONDS.
        :raises workers.jobs.attempts.Superseded: the job is not this attempt's any more.
        """
        now = time.monotonic()
        if now > self._deadline:
            limit = self.settings.task_time_limit
            raise JobTimeout(f"The job ran longer than {limit} s.", limit_seconds=limit)
        if stage == self._stage and now - self._told_at < REPORT_EVERY:
            return
        self._told_at = now
        self._stop_if_cancelled()
        # The last tenth of a per cent is the result's: 100 means that it is there.
        percent = round(min(100 * fraction, 99.9), 1)
        if stage == self._stage and percent - self._percent < SMALLEST_STEP:
            return
        self._stage, self._percent = stage, percent
        message = facts.get("message") or stage.capitalize()
        self._change({"stage": stage, "progress": percent, "message": message})

    def part(self, start: float, stop: float) -> Callable[..., None]:
        """`report` for work that makes up the part from `start` to `stop` of the job."""

        def report(stage: str, fraction: float, **facts: Any) -> None:
            self.report(stage, start + (stop - start) * fraction, **facts)

        return report

    def succeed(self, result: Mapping[str, Any]) -> None:
        """The last event. The job object holds the result without its `points`.

        :raises Cancelled: somebody cancelled the job at the last moment.
        """
        self._stop_if_cancelled()
        summary = {key: value for key, value in result.items() if key != "points"}
        fields = {
            "status": Status.SUCCEEDED.value,
            "stage": None,
            "progress": 100.0,
            "message": "Done",
            "result": summary,
        }
        self._change(fields, result=dump(dict(result)))

    def fail(self, error: BaseException) -> None:
        """End the job; or put it back, where the fault lies outside of it and may pass."""
        facts = describe(error)
        if not is_transient(facts["code"]) or self._retries >= self.settings.max_retries:
            self._change(ending(error))
            return
        pause = min(self.settings.retry_base * 2**self._retries, LONGEST_PAUSE)
        # Jitter, so that a thousand jobs that failed together don't come back together.
        pause *= random.uniform(0.5, 1.0)
        self.jobs.redis.hincrby(f"job:{self.job_id}", "retries", 1)
        message = f"{facts['message']} Trying again in {pause:.0f} s"
        attempts.again(self.jobs, self.job_id, self.attempt, message, delay=pause)

    def _change(self, fields: Mapping[str, Any], *, result: str = "") -> None:
        attempts.change(self.jobs, self.job_id, self.attempt, fields, result=result)

    def _stop_if_cancelled(self) -> None:
        if self.jobs.redis.hexists(f"job:{self.job_id}", "cancel"):
            raise Cancelled("The job was cancelled.")
