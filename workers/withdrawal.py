"""Take back what is still to be done for a meter that is deleted."""

import json
from contextlib import suppress
from typing import cast

from config.errors import NotCancellable, UnknownJob
from workers.jobs import Jobs
from workers.journal import OPEN


def withdraw(jobs: Jobs, meter_key: str) -> None:
    """Cancel the open jobs of the meter `type/id`; running ones end within one step of their work.

    Members of batches that were not let in yet are no jobs: they will find no such meter.

    :raises QueueUnavailable: Redis does not answer.
    """
    with jobs.talking():
        with jobs.redis.pipeline(transaction=False) as pipe:
            for job_id in cast(list[bytes], jobs.redis.zrange(OPEN, 0, -1)):
                pipe.hget(f"job:{job_id.decode()}", "record")
            stored = pipe.execute()
        for record in map(json.loads, filter(None, stored)):
            if f"{record['meter_type']}/{record['meter_id']}" == meter_key:
                with suppress(NotCancellable, UnknownJob):  # it has ended meanwhile
                    jobs.cancel(record["task_id"])
