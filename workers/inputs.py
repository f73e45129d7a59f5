"""What a job looks at: readings, and the weather that it may know, with the grade of each hour."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd

from config.errors import NoReadings
from data.meters import Meter
from data.store import Store
from weather.assemble import NOTHING, Assembled, for_forecast, for_training
from weather.grades import FORECASTS
from weather.provider import place_of
from weather.service import WeatherService
from weather.usual import usual_weather

HISTORY_DAYS = 120
"""Readings a forecast looks back on: the weekly shapes of a month, also past a long gap."""
LIVE_WITHIN = timedelta(hours=36)
"""A forecast that starts this shortly ago is one of today's; one from before is a hindcast."""
HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
LOOK_BACK_WEEKS = 3
"""A forecast sees how its model would have done one, two, three weeks ago
(`ml.forecasting.recalibration`)."""


@dataclass(frozen=True)
class Inputs:
    """Readings, and weather by valid time or by (valid_at, available_at), as `ml` takes them.

    `grades` are those of the weather, by valid time.
    """

    readings: pd.Series
    weather: pd.DataFrame | None
    grades: pd.Series


SharedWeather = dict[tuple[str, datetime, datetime, datetime, bool], Assembled]
"""Weather by place, span and whether it is live: what forecasts made at one time have in common."""


def training_inputs(
    store: Store,
    meter: Meter,
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    service: WeatherService | None,
    now: datetime,
) -> Inputs:
    """Readings to train or test on, and their weather, fetched where it is missing.

    :raises NoReadings: there are none in [start, end).
    """
    readings = store.readings(meter, start, end)
    if readings.empty:
        raise NoReadings(f"Meter {meter.key} has no readings in the range asked for.")
    first, last = (readings.index[at].to_pydatetime() for at in (0, -1))
    place = place_of(meter)
    if service is not None and place is not None:
        service.fill_past(place, first.date(), last.date(), now=now)
    found = for_training(store.weather(meter.location, first, last + HOUR))
    return Inputs(readings, found.frame, found.grades)


def forecast_inputs(
    store: Store,
    meter: Meter,
    start: datetime,
    end: datetime,
    *,
    service: WeatherService | None,
    now: datetime,
    shared: SharedWeather | None = None,
) -> Inputs:
    """The latest readings before `start`, however late they are, and the weather up to `end`.

    :param shared: weather that was assembled for other meters at the same `now`; more is added.
    :raises NoReadings: there are none before the start, or only from long before it.
    """
    span = store.span(meter)
    if span is None or span.first >= start:
        raise NoReadings(f"Meter {meter.key} has no readings before {start.isoformat()}.")
    newest = min(start, span.last)
    history = store.readings(meter, newest - timedelta(days=HISTORY_DAYS), start)
    if history.empty:
        raise NoReadings(
            f"Meter {meter.key} has no readings in the {HISTORY_DAYS} days"
            f" before {start.isoformat()}.",
            hint="Begin inside a stretch of readings, or soon after one.",
        )
    live = now - start < LIVE_WITHIN and span.last < start
    place = place_of(meter)
    if live and service is not None and place is not None:
        service.refresh([place], now=now)
    # From a midnight on, so that meters whose first readings are hours apart share their weather.
    begin = history.index[0].floor("D").to_pydatetime()
    shared = {} if shared is None else shared
    key = (meter.location, begin, start, end, live)
    if key not in shared:
        shared[key] = _around(
            store, meter.location, (begin, start, end), as_of=now if live else start, live=live
        )
    return Inputs(history, shared[key].frame, shared[key].grades)


def _around(
    store: Store,
    location: str,
    span: tuple[datetime, datetime, datetime],
    *,
    as_of: datetime,
    live: bool,
) -> Assembled:
    """The weather known at `as_of`; `span`: begin of the history, start and end of the targets."""
    begin, start, end = span
    sources = store.weather_sources(location)
    if not sources:
        return NOTHING
    settled = [name for name in sources if name not in FORECASTS]
    forecast = [name for name in sources if name in FORECASTS]
    past = store.weather(location, begin, end, sources=settled)
    # Forecasts are read for the targets, and for the latest past where nothing else is yet.
    valid = past.index.get_level_values("valid_at")
    behind = min(start, valid.max().to_pydatetime() + HOUR) if len(past) else begin
    ahead = store.weather(location, max(behind, begin), end, sources=forecast)
    rows = pd.concat([past, ahead]).sort_index(kind="stable") if len(ahead) else past
    targets = pd.date_range(pd.Timestamp(start).floor("h"), end, freq="h", inclusive="left")

    def usual(gaps: pd.DatetimeIndex) -> pd.DataFrame:
        return usual_weather(store, location, gaps, as_of=as_of, live=live)

    instants = (
        [as_of - number * WEEK for number in range(1, LOOK_BACK_WEEKS + 1)] if forecast else []
    )
    looked_back = [
        (then, store.weather(location, then, then + WEEK, then, sources=forecast))
        for then in instants
        if then > begin
    ]
    return for_forecast(rows, targets, as_of=as_of, usual=usual, looked_back=looked_back)
