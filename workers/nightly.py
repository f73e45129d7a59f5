"""What is done for every meter again and again: forecasts, scores, trainings when due, tidying."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from config import Settings
from config.errors import UnknownMeter
from data.meters import Meter
from data.store import IssuedForecast, Store
from workers import results
from workers.batches import Member, submit_batch, waiting_meters
from workers.flags import COVERAGE, DRIFT, MODEL_CORRUPT, SKILL
from workers.inputs import SharedWeather, forecast_inputs
from workers.jobs import Jobs
from workers.ledger import Ledger
from workers.promotion import SHORTEST_WINDOW
from workers.readiness import TRAINABLE
from workers.records import is_terminal
from workers.refusals import tried_in_vain
from workers.registry import Registry
from workers.scoring import score_meter
from workers.serving import Desk, answer
from workers.states import Kind
from workers.versions import made_at

RETRAINED_FOR = frozenset({SKILL, DRIFT})
"""Flags that newer readings mend, so that a meter is trained again and again while they are up."""
RETRAININGS = "retrainings"
"""Redis set of the retraining batches that have not ended, as far as anybody has looked."""


@dataclass(frozen=True)
class House:
    """Everything that nightly work touches."""

    settings: Settings
    store: Store
    desk: Desk

    @property
    def registry(self) -> Registry:
        return self.desk.registry

    @property
    def ledger(self) -> Ledger:
        return self.desk.ledger


@dataclass(frozen=True)
class Night:
    """A night's forecast of a meter: what the store keeps of it, and what the ledger notes."""

    issued: IssuedForecast
    facts: Mapping[str, Any]


def forecast_meter(
    house: House, meter: Meter, *, now: datetime, shared: SharedWeather | None = None
) -> Night:
    """Make the night's forecast of a meter.

    From the hour of `now` to the end of the last of NIGHTLY_FORECAST_DAYS whole local days.

    :param shared: see `forecast_inputs`.
    :raises EnergyError, ml.ForecastingError: no forecast is possible.
    """
    start = now.replace(minute=0, second=0, microsecond=0)
    local = start.astimezone(ZoneInfo(meter.timezone))
    last = local.date() + timedelta(days=house.settings.nightly_days + 1)
    end = datetime(last.year, last.month, last.day, tzinfo=local.tzinfo).astimezone(UTC)
    # The weather was fetched for all places by a schedule of its own, just before.
    found = forecast_inputs(house.store, meter, start, end, service=None, now=now, shared=shared)
    made = answer(house.desk, meter, found.readings, found.weather, start, end, now=now)
    facts = {
        "serving": made.serving,
        "weather": results.weather_grades(made.forecast, found.grades),
    }
    return Night(results.to_keep(made, meter, now), facts)


def keep(house: House, nights: Sequence[Night]) -> None:
    """Store what was issued to some meters, and note it in the ledger."""
    house.store.write_forecasts([one.issued for one in nights])
    house.ledger.note_many({one.issued.meter.key: one.facts for one in nights})


def score(house: House, meter: Meter, *, now: datetime) -> None:
    """Score a meter's forecasts and look after its flags.

    :raises EnergyError, ml.ForecastingError: the readings cannot be read.
    """
    score_meter(house.store, house.registry, house.ledger, meter, now=now)


def score_types(house: House) -> None:
    """Note yesterday's scores over all meters of each type."""
    from ml.accuracy import summed

    by_type: dict[str, list[Meter]] = {}
    for meter in house.store.meters():
        by_type.setdefault(meter.meter_type, []).append(meter)
    scores = {}
    for meter_type, meters in by_type.items():
        noted = house.ledger.read_many(meter.key for meter in meters)
        rows = [facts["yesterday"] for facts in noted.values() if "yesterday" in facts]
        scores[meter_type] = summed(rows)
    house.ledger.note_types(scores)


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


def tidy(house: House, *, now: datetime) -> dict[str, Any]:
    """Delete old versions and forecasts, count the disk anew, mend the mirrors of the aliases."""
    _forget_deleted(house)
    oldest = now - timedelta(days=house.settings.forecasts_kept)
    for meter in house.store.meters():
        house.store.forget_forecasts(meter, oldest)
    registry, deleted, size = house.registry, 0, 0
    meters = registry.versions_store.meters()
    for meter_type, meter_id in meters:
        keep = house.settings.model_versions_kept
        deleted += len(registry.prune(meter_type, meter_id, keep=keep))
        if registry.aliases(meter_type, meter_id):
            registry.mirror(meter_type, meter_id)
        size += registry.measure(meter_type, meter_id)
    return {"meters": len(meters), "versions_deleted": deleted, "bytes": size}


def _forget_deleted(house: House) -> None:
    """Delete what a worker that was killed over it left of the models of deleted meters."""
    for meter_type, meter_id in house.registry.forgotten():
        try:
            house.store.meter(meter_type, meter_id)
        except UnknownMeter:
            house.registry.forget(meter_type, meter_id)
            house.ledger.forget(f"{meter_type}/{meter_id}")
        house.registry.settle_forgotten(meter_type, meter_id)
