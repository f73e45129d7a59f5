"""Take back what is still to be done for a meter that is deleted, and what was done too late."""

import json
from contextlib import suppress
from typing import cast

from config.errors import NotCancellable, UnknownJob, UnknownMeter
from data.meters import Meter
from data.store import Store
from workers.jobs import Jobs
from workers.jobs.journal import OPEN
from workers.ledger import Ledger
from workers.registry import Registry


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


def take_back_if_deleted(store: Store, registry: Registry, ledger: Ledger, meter: Meter) -> None:
    """After a training: a meter that was deleted meanwhile has no model.

    Whoever deletes a meter looks for models once more after the catalogue has forgotten it. So
    either the model was stored by then, and is found there, or the meter is missed here.

    :raises UnknownMeter: it was deleted.
    """
    try:
        store.meter(meter.meter_type, meter.meter_id)
    except UnknownMeter:
        registry.forget(meter.meter_type, meter.meter_id)
        ledger.forget(meter.key)
        raise
