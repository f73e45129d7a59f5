"""Days by the clock on the wall.

Some zones change their clocks at midnight (Santiago, Cairo, Beirut): on one day of the year the
day begins at one, and there is no midnight to be found.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SECONDS_PER_DAY = 86_400


def seconds_of(index: pd.DatetimeIndex) -> NDArray[np.int64]:
    """Seconds since 1970 UTC of aware instants."""
    return np.asarray(index.tz_convert("UTC").tz_localize(None).as_unit("s").asi8, np.int64)


def local_seconds_of(index: pd.DatetimeIndex, zone: str) -> NDArray[np.int64]:
    """What the wall clock shows, as seconds since 1970 of that clock."""
    return np.asarray(index.tz_convert(zone).tz_localize(None).as_unit("s").asi8, np.int64)


def localised(wall: pd.DatetimeIndex, zone: str) -> pd.DatetimeIndex:
    """The instants (UTC) at which the clocks of `zone` show naive times.

    A time that is left out is the first one after the gap, one that comes twice is the first.
    """
    return wall.tz_localize(zone, ambiguous=True, nonexistent="shift_forward").tz_convert("UTC")


def local_midnights(first: pd.Timestamp, end: pd.Timestamp, *, zone: str) -> pd.DatetimeIndex:
    """The beginnings (UTC) of the local days from that of `first` to before `end`, both aware."""
    days = pd.date_range(_date(first, zone), _date(end, zone), freq="D")
    begin = localised(days, zone)
    return begin[begin < end]


def _date(instant: pd.Timestamp, zone: str) -> pd.Timestamp:
    return instant.tz_convert(zone).tz_localize(None).normalize()
