"""From the rows of the store to what a training, a backtest or a forecast may know.

A model is trained on what it will be given: at each lead time the forecast of that time, and
past a week the climatology, because there a single run is no better (the anomaly correlation of
temperature falls below a half between the eighth and the tenth day). Where no forecasts are
kept, those of the shortest lead time stand in for all of a week, and where there are none
either, what was measured: both flatter, and the grade says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from data.frames import commonest_step
from weather.climatology import climatology_of
from weather.grades import FORECASTS, Grade, grade_of

REACH = timedelta(days=7)
"""How far ahead a weather forecast is used."""
LONG_KNOWN = timedelta(days=31)
"""The climatology of a month is made of what was known so long before it began."""

_RANK = {Grade.HISTORICAL_FORECAST: 0, Grade.ACTUALS: 1}


@dataclass(frozen=True)
class Assembled:
    """Weather as `ml` takes it, and the grade of each hour (`Grade` values by valid time)."""

    frame: pd.DataFrame | None
    grades: pd.Series


NOTHING = Assembled(None, pd.Series(dtype=object))


def happened(rows: pd.DataFrame) -> pd.DataFrame:
    """The best word on each hour that is past, by valid time, with the column `grade`.

    The first hours of forecast runs come before what was measured: they are what a forecast of
    today also starts from. A variable that they lack is taken from the measured row.
    """
    rows = rows[~rows["source"].isin(FORECASTS)]
    flat = _graded(rows.droplevel("available_at"))
    if flat.index.is_unique:
        return flat
    order = np.argsort(flat["grade"].map(_RANK).to_numpy(), kind="stable")
    return flat.iloc[order].groupby(level=0).first().sort_index()


def for_training(rows: pd.DataFrame) -> Assembled:
    """What a training may know of the weather of its readings, for each lead time.

    :param rows: all rows of the place over the readings, as the store gives them.
    :returns: a frame by valid time where everything was measured; else by
        (valid_at, available_at), in which nothing is dated before it was known but the stand-ins.
    """
    if rows.empty:
        return NOTHING
    past = happened(rows)
    forecast = _forecasts(rows)
    if forecast.empty and (past["grade"] == Grade.ACTUALS).all():
        return Assembled(past.drop(columns="grade"), past["grade"])
    forecast_hours = pd.DatetimeIndex(forecast.index.get_level_values(0)).unique()
    alone = ~past.index.isin(forecast_hours)
    values = past.drop(columns="grade")
    parts = [
        _dated(_usual_by_month(values), -LONG_KNOWN),
        _dated(values[alone], -REACH),
        _dated(values[~alone], timedelta(0)),
        forecast.drop(columns="source"),
    ]
    frame = pd.concat(parts)
    frame = frame[~frame.index.duplicated(keep="last")].sort_index()
    newest = forecast.groupby(level=0)["source"].last().map(grade_of)
    grades = pd.concat([newest, past["grade"][alone]]).sort_index()
    return Assembled(frame, grades)


def for_forecast(
    rows: pd.DataFrame,
    targets: pd.DatetimeIndex,
    *,
    as_of: datetime,
    usual: Callable[[pd.DatetimeIndex], pd.DataFrame],
) -> Assembled:
    """The weather up to and over the targets as it was known at `as_of`, by valid time.

    A target has the newest forecast of then; a later one or what was measured only where there
    was none; past a week, and where there is nothing, the climatology.

    :param targets: hours (UTC) to be forecast, ascending; what is before them has happened.
    :param usual: the usual weather at instants; called only where it is needed.
    """
    past = happened(rows)
    forecast = _forecasts(rows)
    available = forecast.index.get_level_values("available_at") <= as_of
    found = _newest(forecast[available])
    if not forecast.empty:
        near = pd.Timestamp(as_of) + REACH
        past, found = past[past.index < near], found[found.index < near]
        if not available.all():
            later = _newest(forecast[~available]).assign(grade=Grade.HISTORICAL_FORECAST)
            found = _filled(found, later[later.index < near])
    before = past[past.index < targets[0]]
    frame = _filled(_filled(before, found), past)
    gaps = _uncovered(targets, frame)
    if len(gaps):
        frame = _filled(frame, usual(gaps).assign(grade=Grade.CLIMATOLOGY))
    if frame.empty:
        return NOTHING
    return Assembled(frame.drop(columns="grade"), frame["grade"])


def _uncovered(targets: pd.DatetimeIndex, frame: pd.DataFrame) -> pd.DatetimeIndex:
    """Targets that no row stands for; rows may be daily, and then stand for a day."""
    known = pd.DatetimeIndex(frame.index[frame.drop(columns="grade").notna().any(axis=1)])
    step = commonest_step(known) or timedelta(hours=1)
    nearest = known.get_indexer(targets, method="nearest", tolerance=step - timedelta(seconds=1))
    return targets[nearest < 0]


def _forecasts(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows that say how long before their time they were known, as far as forecasts are used."""
    valid = rows.index.get_level_values("valid_at")
    lead = valid - rows.index.get_level_values("available_at")
    chosen = rows["source"].isin(FORECASTS).to_numpy() & (lead <= REACH)
    return rows[chosen]


def _newest(forecast: pd.DataFrame) -> pd.DataFrame:
    """Of each hour the forecast that came last; rows are ascending in (valid, available)."""
    flat = forecast.droplevel("available_at")
    return _graded(flat[~flat.index.duplicated(keep="last")])


def _graded(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with their grade instead of their source."""
    grades = {name: grade_of(name) for name in rows["source"].unique()}
    grade = rows["source"].astype(object).map(grades)
    return rows.drop(columns="source").assign(grade=grade)


def _filled(frame: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """The frame, and the hours of the other that it has not got."""
    more = other[~other.index.isin(frame.index)]
    if more.empty:
        return frame
    return more if frame.empty else pd.concat([frame, more]).sort_index()


def _dated(frame: pd.DataFrame, offset: timedelta) -> pd.DataFrame:
    """The frame by (valid_at, available_at), available so long after the valid time."""
    valid = pd.DatetimeIndex(frame.index)
    return frame.set_axis(
        pd.MultiIndex.from_arrays([valid, valid + offset], names=["valid_at", "available_at"])
    )


def _usual_by_month(values: pd.DataFrame) -> pd.DataFrame:
    """The climatology over the index, each month's from what was known a month before it began."""
    index = pd.DatetimeIndex(values.index)
    months = index.tz_localize(None).to_period("M")
    parts = []
    for month in months.unique():
        begin = month.start_time.tz_localize("UTC")
        before = values[index < begin - LONG_KNOWN]
        if len(before):
            parts.append(climatology_of(before).at(index[months == month]))
    return pd.concat(parts) if parts else values.iloc[:0]
