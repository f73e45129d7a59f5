"""InfluxDB line protocol as a body of readings."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime

import numpy as np

from config.errors import InvalidReadings, InvalidRequest
from data.frames import LATEST, micros_index
from data.importers.columns.names import WEATHER_NAMES
from data.importers.containers.archive import ungzipped
from data.importers.containers.opening import Content
from data.importers.containers.text import batches
from data.importers.formats import PRECISIONS
from data.importers.several import refuse_several
from data.importers.sheet import Source
from data.importers.storing.chunks import Chunk, Instants, believable, read_values, read_weather
from data.importers.summary import ImportSummary

_LINE = re.compile(
    r"(?P<series>(?:[^\\ ]|\\.)+) +"
    r'(?P<fields>(?:[^\\ "]|\\.|"(?:[^"\\]|\\.)*")+)'
    r"(?: +(?P<time>-?\d+))?\s*"
)
_FIELD = re.compile(r'((?:[^\\,= ]|\\.)+)=("(?:[^"\\]|\\.)*"|[^,]+)')
_METER_ID = re.compile(r",meter_id=((?:[^\\,]|\\.)+)")

_LATEST_MICROS = LATEST * 1_000_000


def read_lines(
    source: Source,
    *,
    meter_id: str | None = None,
    value_column: str | None = None,
    precision: str = "ns",
    now: datetime | None = None,
    summary: ImportSummary | None = None,
) -> Iterator[Chunk]:
    """Chunks of a body of line protocol, block by block.

    The value is the field `value_column`, else `value`, else the only field with a number that
    is not weather. A line tagged with another `meter_id` than the one given is left out, and one
    of a time beyond `now`. Raises `InvalidRequest` for an unknown precision and for lines of
    several meters, `InvalidReadings` where no line is usable.
    """
    if precision not in PRECISIONS:
        raise InvalidRequest(
            f"{precision!r} is not a precision.", hint=f"One of {', '.join(PRECISIONS)}."
        )
    summary = ImportSummary() if summary is None else summary
    usable = 0
    with ExitStack() as closing:
        content = ungzipped(Content.of(source, closing))
        for first, lines in batches(content):
            batch = _Batch(meter_id, value_column, summary, now)
            for line, row in enumerate(lines, start=first):
                batch.take(line, row)
            chunk = batch.chunk(PRECISIONS[precision], content.progress.fraction)
            usable += len(chunk.readings)
            yield chunk
    if not usable:
        raise InvalidReadings(
            "There is no usable line.",
            hint=summary.problems[0] if summary.problems else "measurement value=1.5 1700000000",
            problems=summary.problems,
        )


class _Batch:
    """Columns of text, gathered from lines."""

    def __init__(
        self,
        meter_id: str | None,
        value_column: str | None,
        summary: ImportSummary,
        now: datetime | None,
    ) -> None:
        self._meter_id = meter_id
        self._now = now
        self._value_column = value_column
        self._summary = summary
        self._lines: list[int] = []
        self._series: list[str] = []
        self._stamps: list[int] = []
        self._values: list[str] = []
        self._weather: list[dict[str, str]] = []

    def take(self, line: int, row: str) -> None:
        if not row.strip() or row.startswith("#"):
            return
        self._summary.rows += 1
        match = _LINE.fullmatch(row)
        if match is None:
            self._summary.drop("line_unreadable", line, f"{row.strip()[:40]!r} is no line protocol")
            return
        whose = _METER_ID.search(match["series"])
        if whose and self._meter_id and whose[1].replace("\\", "") != self._meter_id:
            self._summary.drop("other_meter", line, f"belongs to the meter {whose[1]}")
            return
        if match["time"] is None:
            self._summary.drop("time_missing", line, "no time")
            return
        fields = {name: cell.rstrip("iu") for name, cell in _FIELD.findall(match["fields"])}
        self._lines.append(line)
        self._series.append(match["series"])
        self._stamps.append(int(match["time"]))
        self._values.append(fields.get(self._name_of_value(fields), ""))
        self._weather.append({name: fields[name] for name in WEATHER_NAMES if name in fields})

    def chunk(self, nanoseconds: int, fraction: float) -> Chunk:
        # Python's integers, since nanoseconds of a wrong precision overflow 64 bits.
        micros = [stamp * nanoseconds // 1000 for stamp in self._stamps]
        usable = np.array([abs(at) < _LATEST_MICROS for at in micros], dtype=bool)
        for at in np.flatnonzero(~usable).tolist():
            words = f"time {self._stamps[at]} is beyond all dates: another precision?"
            self._summary.drop("time_unreadable", self._lines[at], words)
        stamps = micros_index(np.where(usable, np.array(micros, dtype=object), 0), "time")
        usable = believable(stamps, usable, self._lines, self._now, self._summary)
        instants = Instants(stamps, usable, self._lines)
        values = np.array(self._values, dtype=object)
        tags = {"tags": np.array(self._series, dtype=object)}
        refuse_several(values, instants, tags, place=self._summary.place)
        readings = read_values(values, instants, self._summary)
        variables = sorted({name for row in self._weather for name in row})
        weather = {
            name: np.array([row.get(name, "") for row in self._weather], dtype=object)
            for name in variables
        }
        return Chunk(readings, read_weather(weather, instants), fraction)

    def _name_of_value(self, fields: dict[str, str]) -> str:
        if self._value_column is not None:
            return self._value_column
        if "value" in fields:
            return "value"
        numeric = [
            name
            for name, cell in fields.items()
            if name not in WEATHER_NAMES and not cell.startswith('"')
        ]
        return numeric[0] if len(numeric) == 1 else ""
