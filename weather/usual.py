"""The climatology of a place, made of what is stored there and kept beside it.

Making it reads years of weather, so a forecast finds it ready: a table over a leap year, made
anew each week, of which it reads the days that it needs.
"""

from datetime import UTC, datetime, time, timedelta

import numpy as np
import pandas as pd

from data.store import Store, usual_of
from weather.assemble import happened
from weather.climatology import Climatology, climatology_of
from weather.grades import FORECASTS

YEARS = 5
"""Enough for a mean, and of the present climate."""
MADE_ANEW_AFTER = timedelta(days=7)

_LEAP_YEAR = pd.date_range("2000-01-01", "2001-01-01", freq="h", inclusive="left", tz="UTC")
_TABLE, _MADE = "climatology", "made"


def usual_weather(
    store: Store, location: str, index: pd.DatetimeIndex, *, as_of: datetime, live: bool
) -> pd.DataFrame:
    """The usual weather at instants (UTC), made of what was known at `as_of`; may be empty.

    :param live: whether `as_of` is now; only then the table that is kept may serve.
    """
    if not live:
        return _made(store, location, as_of).at(index)
    _keep_fresh(store, location, as_of)
    in_leap_year = pd.DatetimeIndex([instant.replace(year=2000) for instant in index])
    table = store.weather(
        usual_of(location),
        in_leap_year.min().to_pydatetime(),
        in_leap_year.max().to_pydatetime() + timedelta(hours=1),
        sources=(_TABLE,),
    )
    found = table.drop(columns="source").droplevel("available_at").reindex(in_leap_year.floor("h"))
    return found.set_axis(index).dropna(how="all")


def _keep_fresh(store: Store, location: str, now: datetime) -> None:
    since = now - MADE_ANEW_AFTER
    if len(store.weather(usual_of(location), since, now + timedelta(hours=1), sources=(_MADE,))):
        return
    table = _made(store, location, now).at(_LEAP_YEAR)
    store.write_weather(usual_of(location), table, source=_TABLE)
    # Also where there was too little to make it of, or each forecast would try again.
    today = pd.DatetimeIndex([datetime.combine(now.astimezone(UTC).date(), time(), UTC)])
    mark = pd.DataFrame({_MADE: [1.0]}, index=today)
    store.write_weather(usual_of(location), mark, source=_MADE)


def _made(store: Store, location: str, as_of: datetime) -> Climatology:
    settled = [name for name in store.weather_sources(location) if name not in FORECASTS]
    begin = as_of - timedelta(days=366 * YEARS)
    rows = store.weather(location, begin, as_of, as_of, sources=settled)
    if rows.empty:
        return Climatology({})
    values = happened(rows).drop(columns="grade")
    return climatology_of(values.astype(np.float64))
