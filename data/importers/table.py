"""Readings and weather out of a delimited text, block by block."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from config.errors import InvalidReadings
from data.importers.columns import Columns, recognise
from data.importers.rows import Block, Source, blocks, delimiter_of, heading_of, opened
from data.importers.summary import ImportSummary
from data.importers.times import TimeReader

_EMPTY = frozenset({"", "na", "n/a", "nan", "null", "none", "-", "?", "nat"})
"""What people and programs write where there is no reading."""

_FAHRENHEIT_ZERO = 32.0
_FAHRENHEIT_STEP = 5.0 / 9.0


@dataclass(frozen=True)
class Chunk:
    """What one block of rows holds: readings, weather by valid time, share read so far."""

    readings: pd.Series
    weather: pd.DataFrame
    fraction: float


def read_table(
    source: Source,
    *,
    time_column: str | None = None,
    value_column: str | None = None,
    timezone: str = "UTC",
    day_first: bool | None = None,
    summary: ImportSummary | None = None,
) -> Iterator[Chunk]:
    """Chunks of a CSV (or ; tab | delimited) file, stream or path, gzip or not.

    Memory stays flat: a chunk is 50 000 rows. Naive times are read in `timezone`. A row that
    can't be used is left out and told of in `summary`. Raises `InvalidReadings` where there is
    no heading to go by or not one usable row, `InvalidRequest` where columns or the order of day
    and month have to be named.
    """
    summary = ImportSummary() if summary is None else summary
    times = TimeReader(timezone, day_first)
    usable = 0
    with opened(source) as (text, progress):
        heading, line = heading_of(text)
        delimiter = delimiter_of(heading)
        names = [name.strip() for name in next(csv.reader([heading], delimiter=delimiter), [])]
        if not any(names):
            raise InvalidReadings("The file is empty.", hint="It needs a heading and rows.")
        columns = recognise(names, time_column=time_column, value_column=value_column)
        summary.columns = columns.named
        for block in blocks(text, progress, delimiter, lines_before=line):
            chunk = _chunk(block, columns, times, summary, comma=delimiter == ";")
            usable += len(chunk.readings)
            yield chunk
    if not usable:
        raise InvalidReadings(
            "The file has no usable row.",
            hint=summary.problems[0] if summary.problems else "It has a heading only.",
            rows=summary.rows,
            problems=summary.problems,
        )


def _chunk(
    block: Block, columns: Columns, times: TimeReader, summary: ImportSummary, *, comma: bool
) -> Chunk:
    rows, lines = _whole(block, columns, summary)
    cells = [np.array(column, dtype=object) for column in zip(*rows, strict=True)]
    if not cells:
        cells = [np.array([], dtype=object)] * len(columns.names)
    before = times.ambiguous
    stamps, nonexistent = times.read(cells[columns.time])
    summary.ambiguous += times.ambiguous - before
    values = _numbers(cells[columns.value], comma)
    good_time, good_value = ~np.isnat(stamps.tz_localize(None).to_numpy()), np.isfinite(values)
    for at in np.flatnonzero(~good_time | ~good_value):
        _tell(
            summary,
            lines[at],
            cells[columns.time][at],
            cells[columns.value][at],
            unreadable_time=not good_time[at],
            nonexistent=bool(nonexistent[at]),
        )
    readings = pd.Series(values, index=stamps, name="value")[good_time & good_value]
    repeated = np.array(readings.index.duplicated(keep="last"))
    if repeated.any():
        summary.dropped["duplicate"] += int(repeated.sum())
        readings = readings[~repeated]
    if len(readings):
        summary.cover(readings.index.min().to_pydatetime(), readings.index.max().to_pydatetime())
    weather = pd.DataFrame(
        {
            name: _celsius(_numbers(cells[at], comma), fahrenheit=name in columns.fahrenheit)
            for name, at in columns.weather.items()
        },
        index=stamps,
    )[good_time]
    return Chunk(readings, weather.dropna(how="all"), block.fraction)


def _whole(
    block: Block, columns: Columns, summary: ImportSummary
) -> tuple[list[list[str]], list[int]]:
    """The rows that have as many cells as the heading, and their lines."""
    width = len(columns.names)
    summary.rows += len(block.rows)
    if all(len(row) == width for row in block.rows):
        return block.rows, block.lines
    rows, lines = [], []
    for row, line in zip(block.rows, block.lines, strict=True):
        # A delimiter at the end of each line makes one empty cell more than the heading has.
        if len(row) == width or (len(row) == width + 1 and not row[-1].strip()):
            rows.append(row[:width])
            lines.append(line)
        else:
            summary.drop("columns", line, f"{len(row)} cells where the heading has {width}")
    return rows, lines


def _numbers(texts: NDArray[Any], comma: bool) -> NDArray[np.float64]:
    """Floats; NaN for what is none, infinities included."""
    column = pd.Series(texts, dtype="str")
    if comma:
        column = column.str.replace(",", ".", regex=False)
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype="float64")
    return np.where(np.isfinite(values), values, np.nan)


def _celsius(values: NDArray[np.float64], *, fahrenheit: bool) -> NDArray[np.float64]:
    return (values - _FAHRENHEIT_ZERO) * _FAHRENHEIT_STEP if fahrenheit else values


def _tell(
    summary: ImportSummary,
    line: int,
    time: str,
    value: str,
    *,
    unreadable_time: bool,
    nonexistent: bool,
) -> None:
    if nonexistent:
        summary.drop("time_nonexistent", line, f"{time!r} does not exist: clocks were set forward")
    elif unreadable_time and time.strip().lower() in _EMPTY:
        summary.drop("time_missing", line, "no time")
    elif unreadable_time:
        summary.drop("time_unreadable", line, f"{time[:40]!r} is not a time")
    elif value.strip().lower() in _EMPTY:
        summary.drop("value_missing", line, "no value")
    else:
        summary.drop("value_unreadable", line, f"value {value[:40]!r} is not a number")
