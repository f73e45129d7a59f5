"""From the rows of the store to what a training, a backtest or a forecast may know.

A model is trained on what it will be given: at each lead time the forecast of that time, and
past a week the climatology, because there a single run is no better (the anomaly correlation of
temperature falls below a half between the eighth and the tenth day). Where no forecasts are
kept, those of the shortest lead time stand in for all of a week, and where there are none
either, what was measured: both flatter, and the grade says so.
"""

from collections.abc import Callable, Sequence
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
LATE = timedelta(days=3)
"""Readings may end so long before a forecast is made; see `_as_known`."""

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
    looked_back: Sequence[tuple[datetime, pd.DataFrame]] = (),
) -> Assembled:
    """The weather up to and over the targets as it was known at `as_of`.

    A target has the newest forecast of then; a later one or what was measured only where there
    was none; past a week, and where there is nothing, the climatology.

    :param targets: hours (UTC) to be forecast, ascending; what is before them has happened.
    :param usual: the usual weather at instants; called only where it is needed.
    :param looked_back: earlier instants, and the rows of forecasts that were available then, of
        the hours after each.
    :returns: a frame by valid time where all is of the past and nothing was forecast; else by
        (valid_at, available_at).
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
    return Assembled(_as_known(frame, as_of, looked_back), frame["grade"])


def _as_known(
    frame: pd.DataFrame, as_of: datetime, looked_back: Sequence[tuple[datetime, pd.DataFrame]]
) -> pd.DataFrame:
    """The values with the time since which each counts as known, for `ml` to look back with.

    What a forecast of earlier would have been must not see the weather that came. As readings end
    some time before the forecast is made, and that forecast knows the weather of its making, all
    is dated early by LATE, for the look back as for the forecast.
    """
    values, grade = frame.drop(columns="grade"), frame["grade"]
    then = [
        _newest(rows).drop(columns="grade").pipe(_known_at, instant - LATE)
        for instant, rows in looked_back
        if not rows.empty
    ]
    index, made = pd.DatetimeIndex(values.index), pd.Timestamp(as_of)
    usual = np.asarray(grade == Grade.CLIMATOLOGY)
    if not then and not usual.any():
        return values
    forecast = np.zeros(len(index), bool)
    for part in then:
        forecast |= index.isin(part.index.get_level_values(0))
    # Hours without any forecast stand in for one, as they do in a training.
    known_for = [
        (usual, LONG_KNOWN),
        (~usual & (index > made), REACH + LATE),
        (~usual & (index > made - LATE) & (index <= made), LATE),
        (~usual & (index <= made - LATE) & forecast, timedelta(0)),
        (~usual & (index <= made - LATE) & ~forecast, REACH),
    ]
    parts = [_dated(values[hours], -known) for hours, known in known_for]
    whole = pd.concat([*parts, *then])
    return whole[~whole.index.duplicated(keep="last")].sort_index()


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


def _known_at(frame: pd.DataFrame, instant: datetime) -> pd.DataFrame:
    """The frame by (valid_at, available_at), all of it available at one instant."""
    known = pd.DatetimeIndex([instant]).repeat(len(frame))
    names = ["valid_at", "available_at"]
    return frame.set_axis(pd.MultiIndex.from_arrays([frame.index, known], names=names))


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
