"""Readings by the hour or the day."""

import re
from datetime import timedelta

import numpy as np
import pandas as pd

from config.errors import InvalidRequest
from data.frames import commonest_step, utc_index
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
    index = pd.DatetimeIndex(readings.index)
    step = resolution or commonest_step(index) or every
    if every < step:
        raise InvalidRequest(
            f"The readings are {step} apart, which is longer than {every}.",
            hint="Leave `every` away to have the readings as they are.",
            field="every",
        )
    local = index.tz_convert(timezone)
    if every == DAY:
        starts = local.normalize()
        lengths = (_next_midnight(starts) - starts).total_seconds().to_numpy()
    else:
        wall = local.hour * 3600 + local.minute * 60 + local.second
        into = np.asarray(wall) % int(every.total_seconds())
        starts = index - pd.to_timedelta(into, unit="s")
        lengths = np.full(len(index), every.total_seconds())
    grouped = pd.DataFrame(
        {"value": readings.to_numpy(dtype="float64"), "expected": lengths / step.total_seconds()},
        index=pd.DatetimeIndex(starts).tz_convert("UTC").as_unit("s").asi8,
    ).groupby(level=0)
    values = grouped["value"].mean() if is_rate(unit) else grouped["value"].sum()
    coverage = (grouped["value"].size() / grouped["expected"].first()).clip(upper=1.0)
    return pd.DataFrame(
        {"value": values.to_numpy(), "coverage": coverage.to_numpy()},
        index=utc_index(values.index.to_numpy()),
    )


def _next_midnight(midnights: pd.DatetimeIndex) -> pd.DatetimeIndex:
    return midnights + pd.DateOffset(days=1)
