"""How much a meter uses just now: the level that everything else is measured by.

Dividing by a recent level makes a summer and a winter, or a district before and after it
grew, look alike to the model. It was the largest single gain of all that were tried.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ml.readings import FloatArray, Grid, IntArray
from ml.readings.grid import take

LEVEL_DAYS = 7
"""A week holds each weekday once, so that the level does not follow the weekend."""
FALLBACK_DAYS = 28
FLOOR_SHARE = 0.02
"""Of the mean reading: an idle meter must not blow ratios up."""


def rolling_means(values: FloatArray, widths: Iterable[int]) -> list[FloatArray]:
    """Means of the latest places up to and with each; NaN with under a quarter of them known."""
    known = ~np.isnan(values)
    totals = np.cumsum(np.where(known, values, 0.0))
    counts = np.cumsum(known)
    means = []
    for width in widths:
        total, number = totals.copy(), counts.copy()
        total[width:] -= totals[:-width]
        number[width:] -= counts[:-width]
        enough = number >= max(1, width // 4)
        means.append(np.where(enough, total / np.maximum(number, 1), np.nan))
    return means


def rolling_mean(values: FloatArray, width: int) -> FloatArray:
    """The mean of `rolling_means` for one width."""
    return rolling_means(values, (width,))[0]


@dataclass(frozen=True)
class Levels:
    """Rolling means of the absolute readings (a net load around nought has a level too).

    `days[n][i]` is the mean of the n days up to and with place i, in the meter's unit; `typical`
    is that of the training, for a meter of which too little is known lately.
    """

    days: dict[int, FloatArray]
    typical: float
    floor: float

    def at(self, places: IntArray) -> FloatArray:
        """The level at each place: a week's, else four weeks', else the typical one."""
        level = self.days[LEVEL_DAYS][places]
        for other in (self.days[FALLBACK_DAYS][places], self.typical):
            level = np.where(np.isnan(level), other, level)
        return np.maximum(level, self.floor)

    def then(self, places: IntArray, known_until: IntArray, now: FloatArray) -> FloatArray:
        """The level at earlier places; `now` where it is not known."""
        week = take(self.days[LEVEL_DAYS], places, known_until)
        return np.maximum(np.where(np.isnan(week), now, week), self.floor)


def levels_of(grid: Grid, *, scale: float) -> Levels:
    """Levels over 1, 7 and 28 days; `scale` is the mean absolute reading of the training."""
    size = np.abs(grid.values)
    days = (1, LEVEL_DAYS, FALLBACK_DAYS)
    return Levels(
        days=dict(zip(days, rolling_means(size, (n * grid.day for n in days)), strict=True)),
        typical=scale,
        floor=max(FLOOR_SHARE * scale, 1e-9),
    )
