"""Series that only count up: told from consumption, and turned into it for whoever is asked."""

import numpy as np
import pandas as pd

from data.importers.rows.held import Floats

FEWEST = 8
"""Counts; fewer rise by chance."""
MANY = 48
"""So many readings of a consumption never rise, by more and by less, all along."""
FAR = 5.0
"""Times all that was counted since: a face begins far from nought, a consumption does not."""
EVEN = 1e-6
"""Of a rise: rises that are all one were made up, and tell nothing."""
FACTOR = 2_000.0
"""Times the usual rise that a face of a meter shows; a consumption that rises slowly stays
below."""
FEWEST_DAYS = 2
"""Falls at midnight, of a count of the day."""
SHOWN_BY = 20_000
"""Readings that show how a counter goes: minutes of two weeks, hours of two years."""
MIDNIGHT_SHARE = 0.8
"""Of the days: a count of the day begins anew on each."""


def only_counts_up(readings: pd.Series, *, rate: bool, named: bool) -> bool:
    """Whether values that never fall are the face of a meter and not a consumption.

    :param rate: power or flow, which no meter counts.
    :param named: the heading calls them so.
    """
    values = readings.to_numpy(dtype="float64")
    if rate or len(values) < (3 if named else FEWEST):
        return False
    rises = np.diff(values)
    # A face that was read wrong once, or that began anew, does not make it a consumption.
    falls = int((rises < -1e-9 * np.abs(values[:-1])).sum())
    rising = rises[rises > 0]
    if falls > len(values) // 500 or not len(rising):
        return False
    if named:
        return True
    usual = float(np.median(rising))
    low, high = np.quantile(rising, (0.25, 0.75))
    uneven = float(high - low) > EVEN * usual
    far = values[0] > FAR * (values[-1] - values[0])
    return (len(values) >= MANY and (uneven or bool(far))) or bool(values[0] > FACTOR * usual)


def begins_anew_daily(readings: pd.Series, zone: str) -> bool:
    """Whether values rise through each day and fall to about nothing with the next one."""
    readings = readings.iloc[:SHOWN_BY]
    values = readings.to_numpy(dtype="float64")
    fell = np.flatnonzero(np.diff(values) < 0) + 1
    if len(values) < FEWEST or not len(fell):
        return False
    local = pd.DatetimeIndex(readings.index).tz_convert(zone).tz_localize(None)
    days = local.normalize().asi8
    at_new_day = days[fell] != days[fell - 1]
    crossings = int((days[1:] != days[:-1]).sum())
    to_nothing = values[fell] <= 0.1 * values[fell - 1]
    return bool(
        at_new_day.mean() >= MIDNIGHT_SHARE
        and to_nothing.mean() >= MIDNIGHT_SHARE
        and len(fell) >= MIDNIGHT_SHARE * crossings
    )


def counts_of_days(readings: pd.Series, zone: str) -> bool:
    """Whether nobody would take them for a consumption: three days of uneven rises, not one by
    one."""
    if not begins_anew_daily(readings, zone):
        return False
    rises = np.diff(readings.iloc[:SHOWN_BY].to_numpy(dtype="float64"))
    rising = rises[rises > 0]
    if int((rises < 0).sum()) < FEWEST_DAYS or len(rising) < MANY:
        return False
    low, high = np.quantile(rising, (0.25, 0.75))
    return bool(high - low > EVEN * float(np.median(rising)))


def differences(readings: pd.Series) -> pd.Series:
    """What counting up comes to, interval by interval: for showing, `CounterReader` stores."""
    values: Floats = np.diff(readings.to_numpy(dtype="float64"))
    kept = values >= 0
    return pd.Series(values[kept], index=readings.index[:-1][kept], name="value")
