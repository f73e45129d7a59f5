"""The nightly look at a meter: its issued forecasts against what happened since."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.meters import Meter
from data.store import Store
from workers.ledger import Ledger
from workers.ledger.flags import FEWEST_DAYS, Findings, Standing, must_yield
from workers.nightly.house import House
from workers.registry import Registry
from workers.wire_format import timestamp

if TYPE_CHECKING:  # ml is imported by the child that uses it (see `workers.tasks`)
    from ml.readings import Checked

CONTEXT = timedelta(days=98)
"""Readings before the scored range: the naive looks back a quarter of a year."""
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Scored:
    """Forecasts with what happened (`ml.evaluation.accuracy.scored_table`), MASE's scale,
    readings."""

    table: pd.DataFrame
    scale: float
    checked: "Checked"


def scored(store: Store, meter: Meter, start: datetime, end: datetime) -> Scored | None:
    """What was forecast for [start, end), with what happened; None without a reading there.

    :raises ml.ForecastingError: the readings have no supported resolution.
    """
    from ml.evaluation.accuracy import scored_table
    from ml.readings import check

    readings = store.readings(meter, start - CONTEXT, end)
    if readings.empty:
        return None
    # A forecast that was issued after its target is a hindcast: no promise was made.
    issued = store.forecasts(meter, start, end)
    issued = issued[issued["issued_at"] <= issued["time"]]
    checked = check(readings, meter=meter)
    table, scale = scored_table(issued, checked, meter=meter)
    return Scored(table, scale, checked)


def accuracy_of(store: Store, meter: Meter, start: datetime, end: datetime) -> dict[str, Any]:
    """`{overall, by_lead, by_day}` of the forecasts that were issued for [start, end)."""
    from ml.evaluation.accuracy import accuracy

    found = scored(store, meter, start, end)
    if found is None:
        return {"overall": {"n": 0}, "by_lead": [], "by_day": []}
    return accuracy(found.table, found.scale)


def score_meter(
    store: Store, registry: Registry, ledger: Ledger, meter: Meter, *, now: datetime
) -> dict[str, Any]:
    """Note how good yesterday's and the week's forecasts were, and raise or lower flags.

    :returns: what was noted: `yesterday`, `week`, `flags`, `looks`, `suspended`; nothing
        where the meter has been silent for so long that there is nothing to compare with.
    :raises ml.ForecastingError: the readings have no supported resolution.
    """
    from ml.evaluation.accuracy import row

    found = scored(store, meter, now - WEEK, now)
    if found is None:
        ledger.note(meter.key, yesterday=None, week=None)
        return {}
    champion = registry.aliases(meter.meter_type, meter.meter_id).get("champion")
    own = found.table[found.table["model_version"] == champion]
    week = row(own, found.scale)
    findings = _findings(found, own, week, now=now)
    noted = ledger.read(meter.key)
    stands = Standing.of(noted).after(findings, now=now)
    suspended = noted.get("suspended") if noted.get("suspended") == champion else None
    if champion is not None and must_yield(stands.flags, findings):
        suspended = champion
    yesterday = found.table[found.table["time"] >= pd.Timestamp(now - timedelta(days=1))]
    facts = {
        "yesterday": row(yesterday, found.scale),
        "week": week,
        **stands.facts(),
        "suspended": suspended,
        "scored_at": timestamp(now),
    }
    ledger.note(meter.key, **facts)
    return facts


def _findings(found: Scored, own: pd.DataFrame, week: dict[str, Any], *, now: datetime) -> Findings:
    """What the week says; `own`: the champion's part of its table, `week`: the scores of that."""
    from ml.evaluation.accuracy import row
    from ml.readings.drift import input_drift, recent_faults

    by_models = found.table[found.table["source"] == "model"]
    drift = input_drift(found.checked)
    return Findings(
        week=week,
        days=_days(own),
        coverage=(
            row(by_models, found.scale)["coverage"] if _days(by_models) >= FEWEST_DAYS else None
        ),
        drift=drift.strength,
        drift_message=drift.message,
        quality_message=recent_faults(found.checked, now=pd.Timestamp(now)),
    )


def _days(table: pd.DataFrame) -> int:
    return int(table["date"].nunique())


def score(house: House, meter: Meter, *, now: datetime) -> None:
    """Score a meter's forecasts and look after its flags.

    :raises EnergyError, ml.ForecastingError: the readings cannot be read.
    """
    score_meter(house.store, house.registry, house.ledger, meter, now=now)


def score_types(house: House) -> None:
    """Note yesterday's scores over all meters of each type."""
    from ml.evaluation.accuracy import summed

    by_type: dict[str, list[Meter]] = {}
    for meter in house.store.meters():
        by_type.setdefault(meter.meter_type, []).append(meter)
    scores = {}
    for meter_type, meters in by_type.items():
        noted = house.ledger.read_many(meter.key for meter in meters)
        rows = [facts["yesterday"] for facts in noted.values() if "yesterday" in facts]
        scores[meter_type] = summed(rows)
    house.ledger.note_types(scores)
