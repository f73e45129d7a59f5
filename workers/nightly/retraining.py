"""Which meters are trained again, and the batch that does it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, cast

from data.meters import Meter
from workers.jobs import Jobs
from workers.jobs.batches import Member, submit_batch, waiting_meters
from workers.jobs.record import is_terminal
from workers.ledger.flags import COVERAGE, DRIFT, MODEL_CORRUPT, SKILL
from workers.ledger.trainability import TRAINABLE, tried_in_vain
from workers.nightly.house import House
from workers.registry.versions import made_at
from workers.states import Kind
from workers.training.promotion import SHORTEST_WINDOW

RETRAINED_FOR = frozenset({SKILL, DRIFT})
"""Flags that newer readings mend, so that a meter is trained again and again while they are up."""
RETRAININGS = "retrainings"
"""Redis set of the retraining batches that have not ended, as far as anybody has looked."""


def due_for_training(house: House, meters: Iterable[Meter], *, now: datetime) -> list[Meter]:
    """The meters whose newest model is old or flagged, and those that could have one.

    Readings that refused a training are not tried again as long as they are the same.
    """
    oldest = now - timedelta(days=house.settings.retrain_after)
    chosen = []
    meters = list(meters)
    noted = house.ledger.read_many(meter.key for meter in meters)
    for meter in meters:
        aliases = house.registry.aliases(meter.meter_type, meter.meter_id)
        # A challenger counts: what did not beat the champion last night won't tonight.
        newest = max(aliases.values(), default=None, key=made_at)
        if newest is None:
            span = house.store.span(meter)
            due = span is not None and span.last - span.first >= TRAINABLE
        else:
            up = {flag["code"]: flag["since"] for flag in noted[meter.key]["flags"]}
            made = made_at(newest)
            # A flagged meter waits until its last model can be compared on days new to it.
            again = made < now - SHORTEST_WINDOW and (
                bool(up.keys() & RETRAINED_FOR)
                # Bands that stay off after a training are not mended by the next one.
                or (COVERAGE in up and made < datetime.fromisoformat(up[COVERAGE]))
            )
            due = made < oldest or again or MODEL_CORRUPT in up
        if due and not tried_in_vain(noted[meter.key], house.store, meter, now=now):
            chosen.append(meter)
    return chosen


def retrain(jobs: Jobs, house: House, meters: Iterable[Meter], *, now: datetime) -> dict[str, Any]:
    """Train what is due, as one batch; what waits in a batch of an earlier night has its turn."""
    waiting = _waiting(jobs)
    left = [meter for meter in meters if meter.key not in waiting]
    due = due_for_training(house, left, now=now)
    members: list[Member] = [
        {"meter_type": meter.meter_type, "meter_id": meter.meter_id, "params": {}} for meter in due
    ]
    if not members:
        return {"due": 0}
    record = submit_batch(jobs, Kind.TRAIN, members)
    jobs.redis.sadd(RETRAININGS, record["task_id"])
    return {"due": len(members), "batch_id": record["task_id"]}


def _waiting(jobs: Jobs) -> set[str]:
    """The meters that retraining batches still hold; forgets the batches that have ended."""
    held: set[str] = set()
    for raw in cast(set[bytes], jobs.redis.smembers(RETRAININGS)):
        entry = jobs.journal.read(raw.decode())
        if entry is None or is_terminal(entry.record):
            jobs.redis.srem(RETRAININGS, raw)
        else:
            held |= waiting_meters(jobs, raw.decode())
    return held
