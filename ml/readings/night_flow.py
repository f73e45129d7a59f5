"""Minimum night flow of a water meter, and whether it rises: the first sign of a leak.

At night legitimate use is at its least, so what still flows is mostly loss (Farley and Trow,
"Losses in Water Distribution Networks", 2003). A leak shows as a step or a slow rise of the
nightly minimum long before it shows in the daily total.
"""

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from ml.meter import Meter
from ml.readings.grid import points_of

NIGHT_START, NIGHT_END = 2, 5
"""Local hours of the night window; irrigation and shift work are least likely in it."""
SMOOTHING = pd.Timedelta(hours=1)
"""Finer readings are averaged over an hour first: a single quiet minute is no minimum flow."""
LEAST_SHARE = 0.5
"""Of a night's readings that must be there."""
RECENT, BEFORE = 7, 56
"""Nights compared: the last week with the eight weeks before it."""
FEWEST_BEFORE = 14
NOISE_FACTOR = 3.0
"""Robust standard deviations between nights that a rise must exceed to be named."""
LEAST_RISE = 0.05
"""Share of the mean flow that a rise must reach: a smaller one is not worth a search."""
MAD_TO_SIGMA = 1.4826
"""Median absolute deviation to standard deviation, for normal noise."""


@dataclass(frozen=True)
class NightFlow:
    """The nightly minimum in the meter's unit, per interval of its resolution.

    recent: median of the last 7 nights; before: of the 56 before them; trend_per_30_nights:
    Theil-Sen slope over both (Sen 1968), which single bad nights don't bend; share_of_mean:
    recent over the mean reading of the same time; leak_hint: the rise is beyond the noise.
    """

    nights: int
    recent: float
    before: float | None
    trend_per_30_nights: float | None
    share_of_mean: float | None
    leak_hint: bool
    message: str

    def to_dict(self) -> dict[str, object]:
        """As JSON types."""
        return asdict(self)


def minimum_night_flow(readings: pd.Series, *, meter: Meter) -> NightFlow | None:
    """The minimum night flow of a meter's `readings` (UTC index), by its own clock.

    None where there is no night with enough readings: daily readings, or too few. Raises
    OutOfRange where no supported resolution can be found.
    """
    readings = readings.dropna().sort_index()
    if readings.index.nunique() < 2:
        return None
    # Finer readings are parts of an interval: beside whole ones they would look like little flow.
    readings = points_of(readings, meter=meter)
    nightly = _nightly_minima(readings, meter.timezone)
    if nightly.empty:
        return None
    recent = nightly.iloc[-RECENT:]
    before = nightly.iloc[:-RECENT].iloc[-BEFORE:]
    mean = float(readings[readings.index >= recent.index[0]].mean())
    now = float(recent.median())
    share = now / mean if mean > 0 else None
    if len(before) < FEWEST_BEFORE:
        words = "too few nights to compare with"
        return NightFlow(len(nightly), now, None, None, share, leak_hint=False, message=words)
    then = float(before.median())
    noise = MAD_TO_SIGMA * float((before - then).abs().median())
    rise = now - then
    leak = rise > NOISE_FACTOR * noise and mean > 0 and rise > LEAST_RISE * mean
    window = pd.concat([before, recent])
    words = (
        f"the minimum at night rose from {then:.4g} to {now:.4g}: look for a leak"
        if leak
        else "the minimum at night is as before"
    )
    return NightFlow(len(nightly), now, then, 30 * _slope(window), share, leak, words)


def _nightly_minima(readings: pd.Series, timezone: str) -> pd.Series:
    """Lowest hourly mean in each night's window, by local date in UTC."""
    if len(readings) < 2:
        return pd.Series(dtype=float)
    gaps = pd.DatetimeIndex(readings.index).to_series().diff()
    if gaps.median() > SMOOTHING:
        return pd.Series(dtype=float)
    local = readings.tz_convert(timezone)
    hours = pd.DatetimeIndex(local.index).hour
    night = local[(hours >= NIGHT_START) & (hours < NIGHT_END)]
    if night.empty:
        return pd.Series(dtype=float)
    # The wall clock without its zone: on the nights of a clock change an hour is missing or double.
    wall = night.tz_localize(None)
    hourly = wall.groupby(pd.DatetimeIndex(wall.index).floor("h")).mean()
    days = hourly.groupby(pd.DatetimeIndex(hourly.index).normalize())
    expected = NIGHT_END - NIGHT_START
    enough = days.count() >= LEAST_SHARE * expected
    minima = days.min()[enough]
    minima.index = pd.DatetimeIndex(minima.index).tz_localize("UTC")
    return minima


def _slope(nightly: pd.Series) -> float:
    """Median of the slopes between all pairs of nights, per night."""
    values = nightly.to_numpy(float)
    days = (nightly.index - nightly.index[0]) / pd.Timedelta(days=1)
    first, second = np.triu_indices(len(values), k=1)
    spans = days.to_numpy()[second] - days.to_numpy()[first]
    return float(np.median((values[second] - values[first]) / spans))
