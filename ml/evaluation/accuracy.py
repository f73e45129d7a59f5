"""Issued forecasts against what happened, beside the seasonal naive from the same origins."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ml.learners.naive import naive_at, naive_scale
from ml.meter import Meter
from ml.metrics import scores
from ml.quantiles import levels_in
from ml.readings import Checked

LEAD_HOURS = (0, 6, 24, 48, 168)
"""Bounds of the lead groups: the next hours, the day ahead, the second day, the week, beyond."""
BAND = (0.1, 0.9)
NOMINAL = BAND[1] - BAND[0]

Scores = dict[str, float | int | None]


def scored_table(
    forecasts: pd.DataFrame, checked: Checked, *, meter: Meter
) -> tuple[pd.DataFrame, float]:
    """Each forecast whose reading has come, with it and the naive; and the scale of MASE.

    forecasts: columns time, origin, model_version, source and the quantiles, as
    `Store.forecasts` gives them; checked: readings of some weeks before the first target too. What
    the check leaves out counts as unknown, so that a broken meter is not a bad model.
    """
    grid = checked.grid
    table = forecasts.assign(
        actual=pd.Series(grid.values, index=grid.index).reindex(forecasts["time"]).to_numpy(),
        lead_hours=(forecasts["time"] - forecasts["origin"]).dt.total_seconds() / 3600,
        date=_local_dates(pd.DatetimeIndex(forecasts["time"]), meter.timezone),
    ).dropna(subset=["actual"])
    last = grid.index.searchsorted(pd.DatetimeIndex(table["origin"])) - 1
    table = table[last >= 0]
    target = grid.index.searchsorted(pd.DatetimeIndex(table["time"]))
    naive = naive_at(
        grid, origin=last[last >= 0].astype(np.int64), target=np.asarray(target, np.int64)
    )
    return table.assign(naive=naive), naive_scale(grid)


def _local_dates(time: pd.DatetimeIndex, zone: str) -> np.ndarray:
    """The local date of each instant, such as 2026-05-01: few days, so each is written once."""
    local = time.tz_convert(zone).tz_localize(None)
    days, place = np.unique(local.to_numpy().astype("datetime64[D]"), return_inverse=True)
    return np.datetime_as_string(days).astype(object)[place]


def accuracy(table: pd.DataFrame, scale: float) -> dict[str, Any]:
    """`{overall, by_lead, by_day}` of a scored table."""
    group = np.searchsorted(LEAD_HOURS, table["lead_hours"].to_numpy(), side="right") - 1
    return {
        "overall": row(table, scale),
        "by_lead": [
            {
                "lead_from_hours": LEAD_HOURS[number],
                "lead_to_hours": (*LEAD_HOURS[1:], None)[number],
                **row(table[group == number], scale),
            }
            for number in np.unique(group).tolist()
        ],
        "by_day": [
            {"date": date, **row(part, scale)} for date, part in table.groupby("date", sort=True)
        ],
    }


def row(table: pd.DataFrame, scale: float) -> Scores:
    """Scores of the forecasts of a table; `skill` is 1 - mae / naive_mae."""
    if table.empty:
        return {"n": 0}
    actual = table["actual"].to_numpy(float)
    # Levels that all of them have: those issued before the settings got another one lack it.
    levels = {
        level: table[name].to_numpy(float)
        for level, name in levels_in(table).items()
        if not table[name].hasnans
    }
    found = scores(actual, levels, scale=scale)
    naive_mae = float(np.abs(table["naive"].to_numpy(float) - actual).mean())
    mae = found["mae"]
    return {
        "n": len(table),
        **{name: found.get(name) for name in ("mae", "wape", "mase", "bias", "pinball")},
        "coverage": found.get("coverage_80"),
        "naive_mae": naive_mae,
        "skill": None if mae is None or naive_mae <= 0 else 1 - mae / naive_mae,
    }


def summed(rows: list[Mapping[str, Any]]) -> Scores:
    """Scores over many meters: each meter's errors over its own level, so that units do not mix.

    `wape` is the mean of the meters' WAPE, `skill` the mean skill: a large meter is one meter.
    """
    told = [one for one in rows if one.get("n")]
    found: Scores = {"n": sum(one["n"] for one in told), "meters": len(told)}
    for name in ("wape", "mase", "coverage", "skill"):
        values = [one[name] for one in told if one.get(name) is not None]
        found[name] = float(np.mean(values)) if values else None
    return found
