"""Readings by the hour or the day."""

import re
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pandas as pd

from config.errors import InvalidRequest
from data.frames import Floats, commonest_step, utc_index
from data.meters import parse_duration
from data.units import is_rate

DAY = timedelta(days=1)

_EVERY = re.compile(r"(?P<count>\d{1,4})(?P<unit>m|min|h|d)")
_MINUTES = {"m": 1, "min": 1, "h": 60, "d": 24 * 60}


def parse_every(text: str) -> timedelta:
    """A step such as 15min, 1h, 1d or PT1H. Raises `InvalidRequest`, also if no day is a multiple.

    Only such steps begin afresh at each midnight, so that a bucket is the same part of each day.
    """
    match = _EVERY.fullmatch(text.strip().lower())
    if match:
        step = timedelta(minutes=int(match["count"]) * _MINUTES[match["unit"]])
    else:
        step = parse_duration(text)
    if step <= timedelta(0) or DAY % step:
        raise InvalidRequest(
            f"every: {text[:20]!r} does not divide a day.",
            hint="For example 15min, 1h, 6h or 1d.",
            field="every",
        )
    return step


def aggregate(
    readings: pd.Series,
    every: timedelta,
    *,
    unit: str,
    timezone: str = "UTC",
    resolution: timedelta | None = None,
) -> pd.DataFrame:
    """Readings in buckets of `every`, by start in UTC: columns `value` and `coverage`.

    Amounts (kWh, m3) are summed, rates (kW, L/s) averaged. Buckets begin at local midnight and
    at multiples of `every` after it; a day is a calendar day of `timezone`, of 23 or 25 hours
    when clocks change. `coverage` is the share of the readings a bucket should have that it has:
    a sum with a coverage below 1 is too small. Raises `InvalidRequest` where `every` is shorter
    than the `resolution` (the commonest step where it is None).
    """
    readings = readings.sort_index()
    index = pd.DatetimeIndex(readings.index)
    step = resolution or commonest_step(index) or every
    if every < step:
        raise InvalidRequest(
            f"The readings are {step} apart, which is longer than {every}.",
            hint="Leave `every` away to have the readings as they are.",
            field="every",
        )
    starts, ends = _buckets(index, every, timezone)
    lengths = (ends - starts).total_seconds().to_numpy()
    grouped = pd.DataFrame(
        {
            "value": readings.to_numpy(dtype="float64"),
            "expected": lengths / _steps(index, step, timezone),
        },
        index=starts.as_unit("s").asi8,
    ).groupby(level=0)
    values = grouped["value"].mean() if is_rate(unit) else grouped["value"].sum()
    coverage = (grouped["value"].size() / grouped["expected"].max()).clip(upper=1.0)
    return pd.DataFrame(
        {"value": values.to_numpy(), "coverage": coverage.to_numpy()},
        index=utc_index(values.index.to_numpy()),
    )


def _buckets(
    index: pd.DatetimeIndex, every: timedelta, zone: str
) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
    """Start and end (UTC) of the bucket of each instant, cut by the clock on the wall.

    Where clocks go back, a bucket that fits into the repeated hour comes twice, like the hour; a
    longer one takes both in. Where they go forward, a bucket begins after the gap.
    """
    wall = index.tz_convert(zone).tz_localize(None).floor(every)
    starts, again = (
        wall.tz_localize(zone, ambiguous=first, nonexistent="shift_forward")
        for first in (True, False)
    )
    ends = (wall + every).tz_localize(zone, ambiguous=True, nonexistent="shift_forward")
    twice = np.asarray(again - starts >= pd.Timedelta(every))
    second = twice & np.asarray(index >= again)
    starts = starts.where(~second, again).tz_convert("UTC")
    return starts, ends.tz_convert("UTC").where(~twice, starts + every)


def _steps(index: pd.DatetimeIndex, step: timedelta, zone: str) -> Floats:
    """Seconds from each reading to the next one due: `step`, or less on days of finer readings.

    A meter may have been exchanged for one that reads more often; the days on which half of its
    readings are missing are told from coarser ones by the day before.
    """
    usual = step.total_seconds()
    day = index.tz_convert(zone).tz_localize(None).floor("D")
    first = np.unique(day, return_index=True)[1]
    found, before = np.full(len(index), usual), usual
    for begin, end in pairwise([*first.tolist(), len(index)]):
        own = commonest_step(index[begin:end])
        before = min(before, own.total_seconds()) if own and own < step else usual
        found[begin:end] = before
    return found
