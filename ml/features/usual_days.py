"""The usual day of each kind of day, kept up day by day, and how far readings deviate from it.

The base holds four values per moment, so a spiky meter's base is as spiky. Here every working day
counts for the next one, with a weight that fades (exponential smoothing of a season, Winters 1960).
"""

from dataclasses import dataclass

import numpy as np

from ml.features.base import SATURDAY, SUNDAY
from ml.features.holidays import Holidays
from ml.features.level import Levels, rolling_means
from ml.readings import FloatArray, Grid, IntArray
from ml.readings.grid import take

WORKDAY_RATES = (0.15, 0.07)
"""Weight of the newest day, for a shape of about one week and one of about three."""
WEEKEND_FACTOR = 3.0
"""Saturdays and Sundays come seldom, so that each counts more."""
DEVIATION_DAYS = (1, 3, 7)


@dataclass(frozen=True)
class UsualDays:
    """Per place, all over the level at that place or the day before; causal.

    kind: 0 on working days, 1 on Saturdays, 2 on Sundays and holidays; usual: (rates, kinds,
    places), each kind's smoothed reading at this time of day, up to and with the place;
    deviation: reading less what the day before had as usual for its kind; deviations: its means
    over DEVIATION_DAYS; deviation_hours: that over three hours.
    """

    kind: IntArray
    usual: FloatArray
    deviation: FloatArray
    deviations: dict[int, FloatArray]
    deviation_hours: FloatArray

    def at(self, rate: int, target: IntArray, place: IntArray, known_until: IntArray) -> FloatArray:
        """What is usual for the targets' kind of day, as known at `place` the same time of day."""
        sound = (place >= 0) & (place <= known_until)
        values = self.usual[rate, self.kind[target], np.maximum(place, 0)]
        return np.where(sound, values, np.nan)


def usual_days_of(grid: Grid, levels: Levels, holidays: Holidays) -> UsualDays:
    """The smoothed days of the whole grid; a place holds nothing of what comes after it."""
    places = np.arange(len(grid))
    yesterday = grid.days_back(places, 1)
    sunday = (grid.weekday == SUNDAY) | holidays.today
    kind = np.where(sunday, 2, np.where(grid.weekday == SATURDAY, 1, 0))
    usual = _smoothed(grid.values / levels.at(places), kind, yesterday)
    before = np.maximum(yesterday, 0)
    expected = np.where(yesterday >= 0, usual[0, kind, before], np.nan)
    deviation = grid.values / levels.at(before) - expected
    widths = (max(1, grid.day // 8), *(n * grid.day for n in DEVIATION_DAYS))
    hours, *means = rolling_means(deviation, widths)
    return UsualDays(
        kind=kind,
        usual=usual,
        deviation=deviation,
        deviations=dict(zip(DEVIATION_DAYS, means, strict=True)),
        deviation_hours=hours,
    )


def _smoothed(ratio: FloatArray, kind: IntArray, yesterday: IntArray) -> FloatArray:
    """Each kind's exponentially smoothed ratio along the chain of days, (rates, kinds, places)."""
    rates = np.array([[r, WEEKEND_FACTOR * r, WEEKEND_FACTOR * r] for r in WORKDAY_RATES])
    # Places come first, so that a day is one block; the last one stays NaN for days before all.
    usual = np.full((len(ratio) + 1, rates.shape[1], len(WORKDAY_RATES)), np.nan)
    inside = yesterday >= 0
    if not inside.any():
        return usual[:-1].transpose(2, 1, 0)
    # No place depends on another one of the same chunk.
    places = np.arange(len(ratio))
    chunk = int((places - yesterday)[inside].min())
    back = np.where(inside, yesterday, len(ratio))
    value, rate, missing = ratio[:, None], rates.T[kind], np.isnan(ratio)[:, None]
    for start in range(0, len(ratio), chunk):
        now = slice(start, min(start + chunk, len(ratio)))
        usual[now] = usual[back[now]]
        own = usual[places[now], kind[now]]
        moved = own + rate[now] * (value[now] - own)
        np.copyto(moved, own, where=missing[now])
        np.copyto(moved, value[now], where=np.isnan(own))
        usual[places[now], kind[now]] = moved
    return usual[:-1].transpose(2, 1, 0)


def usual_day_features(
    grid: Grid,
    usual_days: UsualDays,
    surprise_hours: FloatArray,
    *,
    level: FloatArray,
    days_ahead: IntArray,
    origin: IntArray,
    target: IntArray,
) -> dict[str, FloatArray]:
    """Named columns, one value per pair; `surprise_hours` is that of `lags`, in the unit."""
    latest = grid.days_back(target, days_ahead)
    columns = {
        "usual_day": usual_days.at(0, target, latest, origin),
        "usual_day_long": usual_days.at(1, target, latest, origin),
    }
    for days, values in usual_days.deviations.items():
        columns[f"deviation_{days}d_mean"] = values[origin]
    columns["deviation_last_hours"] = usual_days.deviation_hours[origin]
    for number in (1, 2):
        place = grid.days_back(target, days_ahead + number - 1)
        columns[f"deviation_{number}d"] = take(usual_days.deviation, place, origin)
    three_hours = max(1, grid.day // 8)
    for number in (-2, -1, 1, 2):
        place = latest + number * three_hours
        place = np.where(place > origin, place - grid.day, place)
        side = "before" if number < 0 else "after"
        name = f"surprise_{3 * abs(number)}h_{side}"
        columns[name] = take(surprise_hours, place, origin) / level
    return columns
