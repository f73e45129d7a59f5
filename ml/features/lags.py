"""What the readings up to the origin say: same moments of earlier days, and the latest hours."""

from dataclasses import dataclass

import numpy as np

from ml.features.base import Base, mean_of
from ml.features.level import Levels, rolling_mean, rolling_means
from ml.readings import FloatArray, Grid, IntArray
from ml.readings.grid import take

SURPRISE_WEEKS = 4
DAY_LAGS = 3


@dataclass(frozen=True)
class Recent:
    """Per place, computed once for all pairs, in the meter's unit.

    hours: mean of the latest three hours; surprise: reading less the mean of the same moment
    in the four weeks before it; surprise_hours and surprise_day: its means over 3 h and 24 h.
    """

    hours: FloatArray
    surprise: FloatArray
    surprise_hours: FloatArray
    surprise_day: FloatArray


def recent_of(grid: Grid) -> Recent:
    """Summaries of the latest readings at every place."""
    places = np.arange(len(grid))
    weeks = [
        take(grid.values, grid.days_back(places, 7 * number), places)
        for number in range(1, SURPRISE_WEEKS + 1)
    ]
    surprise = grid.values - mean_of(weeks)
    three_hours = max(1, grid.day // 8)
    surprise_hours, surprise_day = rolling_means(surprise, (three_hours, grid.day))
    return Recent(
        hours=rolling_mean(grid.values, three_hours),
        surprise=surprise,
        surprise_hours=surprise_hours,
        surprise_day=surprise_day,
    )


def lag_features(
    grid: Grid, levels: Levels, recent: Recent, base: Base, *, origin: IntArray, target: IntArray
) -> dict[str, FloatArray]:
    """Named columns over the level at the origin, one value per pair."""
    level, day = base.level, grid.day
    columns = {f"same_hour_{n}w": week for n, week in enumerate(base.weeks, start=1)}
    stack = np.vstack(base.weeks)
    columns["same_hour_spread"] = np.fmax.reduce(stack) - np.fmin.reduce(stack)

    places = [grid.days_back(target, base.days_ahead + n) for n in range(7)]
    days = [take(grid.values, place, origin) / level for place in places]
    for n in range(DAY_LAGS):
        columns[f"same_hour_{n + 1}d"] = days[n]
        columns[f"surprise_{n + 1}d"] = take(recent.surprise, places[n], origin) / level
    columns["same_hour_7d_mean"] = mean_of(days)

    before = origin - 7 * day
    columns["level_1d"] = levels.days[1][origin] / level
    columns["level_28d"] = levels.days[28][origin] / level
    columns["level_week_ago"] = take(levels.days[7], before, origin) / level
    columns["level_1d_week_ago"] = take(levels.days[1], before, origin) / level

    now = recent.hours[origin]
    columns["last_hours"] = now / level
    columns["last_hours_on_week"] = (
        now - take(recent.hours, grid.days_back(origin, 7), origin)
    ) / level
    columns["surprise_last_hours"] = recent.surprise_hours[origin] / level
    columns["surprise_last_day"] = recent.surprise_day[origin] / level
    return columns
