"""Readings and weather on their way into the store, and those of line protocol out of its texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.frames import micros_of
from data.importers.summary import ImportSummary
from data.importers.values.numbers import MISSING

Texts = NDArray[Any]

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Clocks that lost their power show 1970 or 1980."""
AHEAD = timedelta(days=1)
"""A clock that is set for another zone is not so far ahead."""


@dataclass(frozen=True)
class Chunk:
    """Some readings of one meter, weather by valid time, share of the source read so far.

    `meter_id` is None where the source does not say whose readings they are, `unit` where it
    does not say in which they are. `ends` where the times are those at which intervals end.
    """

    readings: pd.Series
    weather: pd.DataFrame
    fraction: float
    meter_id: str | None = None
    unit: str | None = None
    ends: bool = False


@dataclass(frozen=True)
class Instants:
    """Times of some rows, which of them are usable, and the line each row is on."""

    stamps: pd.DatetimeIndex
    usable: NDArray[np.bool_]
    lines: Sequence[int]


def believable(
    stamps: pd.DatetimeIndex,
    usable: NDArray[np.bool_],
    lines: Sequence[int],
    now: datetime | None,
    summary: ImportSummary,
) -> NDArray[np.bool_]:
    """Of the usable times those that a meter's clock may show; the others are told of.

    One reading years away would stretch the series over all the time between.
    """
    seconds = stamps.as_unit("s").asi8
    early = seconds < micros_of(EARLIEST) // 1_000_000
    limits = [("time_too_early", early, "of a clock that was not set")]
    if now is not None:
        latest = micros_of(now + AHEAD) // 1_000_000
        limits.append(("time_in_future", seconds > latest, "in the future"))
    for reason, beyond, words in limits:
        for at in np.flatnonzero(usable & beyond).tolist():
            summary.drop(reason, lines[at], f"{stamps[at]:%Y-%m-%d %H:%M} UTC is {words}")
        usable = usable & ~beyond
    return usable


def read_values(texts: Texts, instants: Instants, summary: ImportSummary) -> pd.Series:
    """Readings of a column of text; what is no number is told of."""
    values = numbers(texts)
    finite = np.isfinite(values)
    for at in np.flatnonzero(instants.usable & ~finite).tolist():
        text = str(texts[at]).strip()
        if text.lower() in MISSING:
            summary.drop("value_missing", instants.lines[at], "no value")
        else:
            words = f"value {text[:40]!r} is not a number"
            summary.drop("value_unreadable", instants.lines[at], words)
    kept = instants.usable & finite
    readings = pd.Series(values, index=instants.stamps, name="value")[kept]
    repeated = np.array(readings.index.duplicated(keep="last"))
    if repeated.any():
        summary.dropped["duplicate"] += int(repeated.sum())
        readings = readings[~repeated]
    return readings


def read_weather(columns: Mapping[str, Texts], instants: Instants) -> pd.DataFrame:
    """Weather of columns of text by usable time; what is no number is missing."""
    if not columns:
        return pd.DataFrame(index=instants.stamps[:0])
    found = {name: numbers(texts) for name, texts in columns.items()}
    frame = pd.DataFrame(found, index=instants.stamps)
    return frame[instants.usable].dropna(how="all")


def numbers(texts: Texts) -> NDArray[np.float64]:
    """Floats of a column of text; NaN for what is none, infinities included."""
    column = pd.Series(texts, dtype="str")
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype="float64")
    return np.where(np.isfinite(values), values, np.nan)
