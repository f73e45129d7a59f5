"""The one shape of every frame that goes into a store or comes out of it."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from config.errors import InvalidReadings, InvalidRequest

QUANTILE_COLUMN = re.compile(r"^p\d{1,2}(_\d+)?$")
"""p10, p50, p90, p97_5: a percent level, with an underscore for the point."""

VARIABLE = re.compile(r"^[a-z][a-z0-9_]{0,63}$")
"""A weather variable becomes a column, so its name is a plain identifier."""

LABEL = re.compile(r"[^\\\x00-\x1f\x7f]{1,200}")
"""A location or source: no control character, and no backslash, which a tag can't end in."""

RESERVED = frozenset({"time", "location", "source", "lead_us", "available_at", "valid_at"})
"""Names of keys: InfluxDB 3 refuses a field that shares its name with a tag."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# InfluxDB keeps 64-bit nanoseconds around 1970, so nothing outside of this can be stored by both.
EARLIEST = (datetime(1678, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(seconds=1)
LATEST = (datetime(2262, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(seconds=1)

SECONDS_PER_DAY = 86_400
PARTS_OF_A_DAY = np.array([60 * m for m in range(1, 1441) if 1440 % m == 0], dtype="int64")
"""Seconds of the steps, in whole minutes, that a day is a whole number of."""
SHAKE = 0.05
"""Of a step, by which neighbours may be nearer or farther; 15 and 16 minutes stay two steps."""

Seconds = NDArray[np.int64]
Floats = NDArray[np.float64]


def epoch_seconds(index: pd.Index) -> Seconds:
    """Whole seconds since 1970 of an aware index. Raises `InvalidReadings` for a naive one."""
    if not isinstance(index, pd.DatetimeIndex) or index.tz is None:
        raise InvalidReadings(
            "Times must be instants with a time zone.",
            hint="Localise the index first, for example with tz_localize(meter.timezone).",
        )
    if index.hasnans:
        raise InvalidReadings("A time is missing (NaT).")
    seconds = index.as_unit("s").asi8
    if len(seconds) and (seconds.min() < EARLIEST or seconds.max() >= LATEST):
        raise InvalidReadings("Times must lie between 1678 and 2261.")
    return seconds


def utc_index(seconds: NDArray[Any], name: str | None = "time") -> pd.DatetimeIndex:
    """UTC index of epoch seconds, in pandas' own default unit so that frames join untouched."""
    stamps = np.asarray(seconds, dtype="int64").view("datetime64[s]").astype("datetime64[us]")
    return pd.DatetimeIndex(stamps, name=name).tz_localize("UTC")


def micros_index(micros: NDArray[Any], name: str) -> pd.DatetimeIndex:
    """UTC index of epoch microseconds."""
    stamps = np.asarray(micros, dtype="int64").view("datetime64[us]")
    return pd.DatetimeIndex(stamps, name=name).tz_localize("UTC")


def second_of(instant: datetime) -> int:
    """First whole second that is not before the instant, so that [start, end) keeps its meaning."""
    return -(-micros_of(instant) // 1_000_000)


def micros_of(instant: datetime) -> int:
    """Microseconds since 1970. Raises `InvalidRequest` for a naive time."""
    if instant.tzinfo is None:
        raise InvalidRequest(f"{instant.isoformat()} has no time zone.")
    return (instant - EPOCH) // timedelta(microseconds=1)


def checked_readings(readings: pd.Series) -> tuple[Seconds, Floats]:
    """Epoch seconds and values, ascending, unique, finite; of duplicates the last is kept."""
    seconds = epoch_seconds(readings.index)
    values = readings.to_numpy(dtype="float64", na_value=np.nan)
    bad = ~np.isfinite(values)
    if bad.any():
        first = readings.index[int(bad.argmax())]
        raise InvalidReadings(
            f"{int(bad.sum())} of {len(values)} values are not finite numbers.",
            hint="Leave a missing reading out; do not send it as NaN.",
            first=first.isoformat(),
            count=int(bad.sum()),
        )
    return _ascending_unique(seconds, values)


def _ascending_unique(seconds: Seconds, values: Floats) -> tuple[Seconds, Floats]:
    if len(seconds) < 2 or (np.diff(seconds) > 0).all():
        return seconds, values
    order = np.argsort(seconds, kind="stable")
    seconds, values = seconds[order], values[order]
    last_of_run = np.append(seconds[1:] != seconds[:-1], True)
    return seconds[last_of_run], values[last_of_run]


def readings_series(seconds: NDArray[Any], values: NDArray[Any]) -> pd.Series:
    """The Series that `Store.readings` promises."""
    return pd.Series(np.asarray(values, dtype="float64"), index=utc_index(seconds), name="value")


def checked_weather(
    frame: pd.DataFrame, available_at: datetime | None
) -> tuple[Seconds, NDArray[np.int64], pd.DataFrame]:
    """Valid times (s), times of availability (us) and the variables as floats, row by row.

    Raises `InvalidRequest` for a column that cannot be a weather variable.
    """
    wrong = [name for name in frame.columns if not _is_variable(name)]
    if wrong:
        raise InvalidRequest(f"{wrong[0]!r} cannot be the name of a weather variable.")
    if isinstance(frame.index, pd.MultiIndex):
        valid = epoch_seconds(frame.index.get_level_values(0))
        known = pd.DatetimeIndex(frame.index.get_level_values(1)).as_unit("us").asi8
    else:
        valid = epoch_seconds(frame.index)
        known = valid * 1_000_000
        if available_at is not None:
            known = np.full(len(valid), micros_of(available_at), dtype="int64")
    values = frame.astype("float64").replace([np.inf, -np.inf], np.nan).reset_index(drop=True)
    some = values.notna().any(axis=1).to_numpy(dtype=bool)
    return valid[some], known[some], values[some]


def weather_frame(
    valid: NDArray[Any],
    known: NDArray[Any],
    source: Iterable[str],
    values: Mapping[str, NDArray[Any]],
) -> pd.DataFrame:
    """The frame that `Store.weather` promises; variables without any value are left out."""
    number, names = pd.factorize(np.array(list(source), dtype=object), sort=True)
    # Sorted before it becomes a frame: each forecast reads some, and pandas sorts slowly.
    order = np.lexsort((number, known, valid))
    index = pd.MultiIndex.from_arrays(
        [utc_index(valid[order], "valid_at"), micros_index(known[order], "available_at")]
    )
    columns: dict[str, Any] = {
        name: values[name][order] for name in sorted(values) if not np.isnan(values[name]).all()
    }
    columns["source"] = pd.array(names[number[order]], dtype="str")
    return pd.DataFrame(columns, index=index)


def checked_label(text: str) -> str:
    """The text itself, or `InvalidRequest` where it can't name a location or source."""
    if not LABEL.fullmatch(text):
        raise InvalidRequest(f"{text[:40]!r} can't name a location or source of weather.")
    return text


def checked_forecast(points: pd.DataFrame) -> tuple[Seconds, dict[str, Floats]]:
    """Target times (s) and quantiles by column. Raises `InvalidRequest` for a wrong column."""
    seconds = epoch_seconds(points.index)
    names = [str(name) for name in points.columns]
    missing = [name for name in ("p10", "p50", "p90") if name not in names]
    if missing:
        raise InvalidRequest(f"A forecast needs the column {missing[0]}.")
    wrong = [name for name in names if not QUANTILE_COLUMN.fullmatch(name)]
    if wrong:
        raise InvalidRequest(
            f"{wrong[0]!r} is no quantile of a forecast.",
            hint="Name the columns by their percent, such as p10 or p97_5, and hand over no other.",
            columns=wrong,
        )
    levels = {name: points[name].to_numpy(dtype="float64") for name in names}
    if any(not np.isfinite(values).all() for values in levels.values()):
        raise InvalidRequest("A forecast has a value that is not a finite number.")
    return seconds, levels


def forecast_frame(
    *,
    seconds: NDArray[Any],
    issued: NDArray[Any],
    origin: NDArray[Any],
    labels: Mapping[str, Iterable[str]],
    levels: Mapping[str, NDArray[Any]],
    as_of: datetime | None,
) -> pd.DataFrame:
    """The frame that `Store.forecasts` promises: `issued` in us, `origin` in s, both since 1970."""
    # Sorted before it becomes a frame, as in `weather_frame`.
    order = np.lexsort((issued, seconds))
    if as_of is not None:
        order = order[issued[order] <= micros_of(as_of)]
        order = order[np.append(np.diff(seconds[order]) > 0, True)[: len(order)]]
    time, began = utc_index(seconds[order]), utc_index(origin[order])
    texts = {name: np.array(list(text), dtype=object)[order] for name, text in labels.items()}
    columns = {
        "time": time,
        "issued_at": micros_index(issued[order], "issued_at"),
        "lead": time - began,
        **{name: pd.array(text, dtype="str") for name, text in texts.items()},
        "origin": began,
        **{name: values[order] for name, values in levels.items()},
    }
    return pd.DataFrame(columns)


def _is_variable(name: object) -> bool:
    return isinstance(name, str) and bool(VARIABLE.fullmatch(name)) and name not in RESERVED


def commonest_step(index: pd.DatetimeIndex) -> timedelta | None:
    """The commonest distance of neighbours, None with fewer than two times.

    Clocks of meters are not exact: what is nearly a whole part of a day counts as that part.
    """
    if len(index) < 2:
        return None
    instants: Seconds = np.sort(index.as_unit("s").asi8)
    seconds = instants[1:] - instants[:-1]
    steps, counts = np.unique(_unshaken(seconds[seconds > 0]), return_counts=True)
    return timedelta(seconds=int(steps[counts.argmax()])) if len(steps) else None


def _unshaken(seconds: Seconds) -> Seconds:
    """Distances, those near a whole part of a day made that part."""
    above = np.minimum(PARTS_OF_A_DAY.searchsorted(seconds), len(PARTS_OF_A_DAY) - 1)
    below = np.maximum(above - 1, 0)
    nearer = np.where(
        PARTS_OF_A_DAY[above] - seconds < seconds - PARTS_OF_A_DAY[below], above, below
    )
    nearest = PARTS_OF_A_DAY[nearer]
    shaken = (np.abs(seconds - nearest) <= SHAKE * nearest) & (SECONDS_PER_DAY % seconds != 0)
    return np.where(shaken, nearest, seconds)
