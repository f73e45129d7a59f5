"""Days by the clock on the wall.

Some zones change their clocks at midnight (Santiago, Cairo, Beirut): on one day of the year the
day begins at one, and there is no midnight to be found.
"""

import pandas as pd


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
