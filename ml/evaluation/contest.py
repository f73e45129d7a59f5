"""Which of several forecasters does better on readings that none of them has learnt from.

All forecast the same intervals from the same origins, knowing the same readings and weather, and
are compared by their forecasts alone: they may have other features, other quantiles, another age.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from ml.errors import InsufficientHistory
from ml.forecasting import Forecaster
from ml.learners import seasonal_naive
from ml.meter import Meter
from ml.readings import check
from ml.readings.clocks import local_midnights

AHEAD = 7
"""Days that each origin looks ahead, as the forecasts of every night do."""
MOST_ORIGINS = 14
LOOK_BACK = timedelta(days=150)
"""Readings before the window that a forecast or the naive may look at, and what is usual there."""


@dataclass(frozen=True)
class Contest:
    """Mean absolute errors over the same intervals, in the meter's unit.

    mae: by the forecasters' names; naive_mae: of the weekly seasonal naive; readings: pairs of
    origin and target that were compared.
    """

    start: str
    end: str
    origins: int
    readings: int
    mae: dict[str, float]
    naive_mae: float

    def to_dict(self) -> dict[str, object]:
        """As JSON types."""
        return asdict(self)


def contest(
    forecasters: Mapping[str, Forecaster],
    readings: pd.Series,
    weather: pd.DataFrame | None = None,
    *,
    meter: Meter,
    start: pd.Timestamp,
    end: pd.Timestamp,
) -> Contest:
    """Let the forecasters forecast from local midnights in [start, end), and score them.

    Readings that a quality check would leave out (flatlines, spikes) count for nobody.

    Raises InsufficientHistory where nothing can be compared, and what `forecast` raises.
    """
    readings = readings[(readings.index >= start - LOOK_BACK) & (readings.index < end)]
    grid = check(readings, meter=meter).grid
    actual = pd.Series(grid.values, index=grid.index)
    errors: dict[str, list[np.ndarray]] = {name: [] for name in ("", *forecasters)}
    for origin, until in _weeks(start, end, meter.timezone):
        happened = actual[(actual.index >= origin) & (actual.index < until)].dropna()
        history = readings[readings.index < origin]
        if happened.empty or history.empty:
            continue
        naive = seasonal_naive(grid, origin=origin, start=origin, end=until)
        issued = {
            name: one.predict(readings, origin, until, weather)["p50"]
            for name, one in forecasters.items()
        }
        for name, forecast in {"": naive, **issued}.items():
            errors[name].append(np.abs(forecast.reindex(happened.index) - happened).to_numpy())
    if not errors[""]:
        raise InsufficientHistory(
            f"no reading from {start} to {end} can be compared with a forecast",
            hint="Wait for readings.",
            detail={"have_hours": 0, "need_hours": 24, "usable_from": None},
        )
    joined = {name: np.concatenate(parts) for name, parts in errors.items()}
    both = ~np.isnan(list(joined.values())).any(axis=0)
    mae = {name: float(values[both].mean()) for name, values in joined.items()}
    return Contest(
        start=start.isoformat(),
        end=end.isoformat(),
        origins=len(errors[""]),
        readings=int(both.sum()),
        naive_mae=mae.pop(""),
        mae=mae,
    )


def _weeks(
    start: pd.Timestamp, end: pd.Timestamp, zone: str
) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """Local midnights in [start, end) with a day after them, at most MOST_ORIGINS, evenly.

    Each with the end of its forecast: the midnight AHEAD days later, or `end`.
    """
    days = local_midnights(start, end + timedelta(days=AHEAD + 1), zone=zone)
    days = days[days >= start]
    count = int((days <= end).sum()) - 1
    if count < 1:
        return []
    chosen = np.unique(np.linspace(0, count - 1, min(MOST_ORIGINS, count)).astype(int))
    return [(days[place], min(days[place + AHEAD], end)) for place in chosen.tolist()]
