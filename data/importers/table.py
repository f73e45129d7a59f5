"""Readings and weather out of a delimited text, block by block."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from config.errors import InvalidReadings, InvalidRequest
from data.importers.chunks import Chunk, Texts, read_instants, read_values, read_weather
from data.importers.clocks import Reach, unknown_reach
from data.importers.columns import Columns, meter_id_of, recognise, unit_of
from data.importers.rows import Block, Source, blocks, delimiter_of, heading_of, opened
from data.importers.several import OneMeter
from data.importers.summary import ImportSummary
from data.importers.times import TimeReader


def read_table(
    source: Source,
    *,
    time_column: str | None = None,
    value_column: str | None = None,
    meter_column: str | None = None,
    wide: bool = False,
    timezone: str = "UTC",
    day_first: bool | None = None,
    interval_end: bool = False,
    now: datetime | None = None,
    reach: Reach = unknown_reach,
    summary: ImportSummary | None = None,
) -> Iterator[Chunk]:
    """Chunks of a CSV (or ; tab | delimited) file, stream or path, gzip or not.

    Memory stays flat: 50 000 rows at a time. Naive times are read in `timezone`. A row that
    can't be used is left out and told of in `summary`. With `interval_end`, or where the name of
    the column says so, times mark the ends of intervals. A long file has a `meter_column`, in a
    `wide` one each column is a meter; both give chunks with a `meter_id`. Times beyond `now` are
    left out; `reach` tells how far each series is stored, for one that goes on within an hour
    that clocks repeat. Raises `InvalidReadings` where there is no heading to go by or not one
    usable row, `InvalidRequest` where columns or the order of day and month have to be named, or
    where rows look like those of several meters.
    """
    summary = ImportSummary() if summary is None else summary
    usable = 0
    with opened(source) as (text, progress):
        heading, line = heading_of(text)
        delimiter = delimiter_of(heading)
        names = [name.strip() for name in next(csv.reader([heading], delimiter=delimiter), [])]
        if not any(names):
            raise InvalidReadings("The file is empty.", hint="It needs a heading and rows.")
        columns = recognise(
            names,
            time_column=time_column,
            value_column=value_column,
            meter_column=meter_column,
            wide=wide,
        )
        summary.columns = columns.named
        # Where ; parts the cells, the comma is free to be the decimal sign, and is.
        ends = interval_end or columns.ends
        times = TimeReader(timezone, day_first, ends, reach, now)
        table = _Table(columns, times, summary, comma=delimiter == ";")
        for block in blocks(text, progress, delimiter, lines_before=line):
            for chunk in table.chunks(block):
                usable += len(chunk.readings)
                yield chunk
    if not usable:
        raise InvalidReadings(
            "The file has no usable row.",
            hint=summary.problems[0] if summary.problems else "It has a heading only.",
            rows=summary.rows,
            problems=summary.problems,
        )


@dataclass(frozen=True)
class _Table:
    columns: Columns
    times: TimeReader
    summary: ImportSummary
    comma: bool
    owners: dict[str, str] = field(default_factory=dict)
    one: OneMeter = field(default_factory=OneMeter)

    def chunks(self, block: Block) -> Iterator[Chunk]:
        rows, lines = self._whole(block)
        cells = np.array(rows, dtype=object).reshape(len(rows), len(self.columns.names)).T
        if self.columns.meter is None:
            yield from self._of_one(cells, np.array(lines), block.fraction, None)
            return
        names = pd.Series(cells[self.columns.meter])
        self._distinct(names.unique())
        owners = names.map(meter_id_of)
        for meter_id, at in owners.groupby(owners, sort=False).indices.items():
            if meter_id:
                part = cells[:, at]
                yield from self._of_one(part, np.array(lines)[at], block.fraction, str(meter_id))
            else:
                for place in at:
                    self.summary.drop("meter_missing", lines[place], "no meter")

    def _distinct(self, names: Iterable[str]) -> None:
        """Refuse two names that become one id: one meter would have the readings of both."""
        for name in names:
            meter_id = meter_id_of(name)
            first = self.owners.setdefault(meter_id, name.strip())
            if meter_id and first != name.strip():
                raise InvalidRequest(
                    f"{first!r} and {name.strip()!r} would both be the meter {meter_id!r}.",
                    hint="Rename one of them in the file: ids have letters, digits and _ . : -",
                    field="meter_column",
                )

    def _of_one(
        self, cells: Texts, lines: NDArray[Any], fraction: float, owner: str | None
    ) -> Iterator[Chunk]:
        """Chunks of rows that share a clock: one, or in a wide file one for each meter."""
        columns = self.columns
        places = lines.tolist()
        instants = read_instants(
            cells[columns.time], places, self.times, self.summary, key=owner or ""
        )
        weather = read_weather(
            {name: cells[at] for name, at in columns.weather.items()},
            instants,
            comma=self.comma,
            fahrenheit=columns.fahrenheit,
        )
        if columns.meter is None and "" in columns.values:
            used = {columns.time, *columns.values.values(), *columns.weather.values()}
            unused = {name: cells[at] for at, name in enumerate(columns.names) if at not in used}
            self.one.check(cells[columns.values[""]], instants, unused, place=self.summary.place)
        for name, at in columns.values.items():
            readings = read_values(
                cells[at], instants, self.summary, comma=self.comma, name=name or owner or ""
            )
            unit = unit_of(columns.names[at])
            yield Chunk(readings, weather, fraction, name or owner, unit, self.times.ends)

    def _whole(self, block: Block) -> tuple[list[list[str]], Sequence[int]]:
        """The rows that have as many cells as the heading, and their lines."""
        width = len(self.columns.names)
        self.summary.rows += len(block.rows)
        if set(map(len, block.rows)) <= {width}:
            return block.rows, block.lines
        rows, lines = [], []
        for row, line in zip(block.rows, block.lines, strict=True):
            # A delimiter at the end of each line makes one empty cell more than the heading has.
            if len(row) == width or (len(row) == width + 1 and not row[-1].strip()):
                rows.append(row[:width])
                lines.append(line)
            else:
                words = f"{len(row)} cells where the heading has {width}"
                self.summary.drop("columns", line, words)
        return rows, lines
