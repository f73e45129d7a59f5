"""Readings in JSON: a list of objects, or two columns as the API itself answers."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from config.errors import InvalidReadings, InvalidRequest, TooLarge
from data.importers.chunks import Chunk, read_instants, read_values, read_weather
from data.importers.clocks import Reach, unknown_reach
from data.importers.columns import WEATHER_NAMES
from data.importers.rows import Source, opened
from data.importers.several import refuse_several
from data.importers.summary import ImportSummary
from data.importers.times import TimeReader
from data.json_text import check_characters

LONGEST_JSON = 64 << 20
"""Characters after unzipping: half a million readings, and half a gigabyte once parsed."""

READ = ("time", "timestamp", "value")
MOST_COLUMNS = 50
"""Of one row; a meter has fewer facts beside its value."""

_SHAPE = 'Send [{"time": …, "value": …}, …], {"readings": [that]} or {"times": […], "values": […]}.'


def read_json(
    source: Source,
    *,
    timezone: str = "UTC",
    day_first: bool | None = None,
    interval_end: bool = False,
    now: datetime | None = None,
    reach: Reach = unknown_reach,
    summary: ImportSummary | None = None,
) -> Iterator[Chunk]:
    """One chunk with all that a JSON text holds; weather may stand beside each value.

    JSON can only be read whole, so it is bounded; CSV and line protocol are not. `now` and
    `reach` are as in `read_table`. Raises `TooLarge`, `InvalidRequest` for another shape and for
    rows of several meters, `InvalidReadings` where no row is usable.
    """
    summary = ImportSummary() if summary is None else summary
    summary.place = "row"
    times, values, beside = _columns(_parsed(source))
    summary.rows += len(times)
    reader = TimeReader(timezone, day_first, interval_end, reach, now)
    instants = read_instants(_texts(times), range(1, len(times) + 1), reader, summary)
    columns = {name: _texts(column) for name, column in beside.items()}
    weather = {name: columns.pop(name) for name in WEATHER_NAMES if name in columns}
    refuse_several(_texts(values), instants, columns, place=summary.place)
    readings = read_values(_texts(values), instants, summary)
    if readings.empty:
        raise InvalidReadings(
            "There is no usable reading.",
            hint=summary.problems[0] if summary.problems else _SHAPE,
            problems=summary.problems,
        )
    summary.columns = {"time": "time", "value": "value"} | {name: name for name in weather}
    yield Chunk(readings, read_weather(weather, instants), fraction=1.0, ends=interval_end)


def _parsed(source: Source) -> Any:
    with opened(source) as (text, _):
        body = text.read(LONGEST_JSON + 1)
        if len(body) > LONGEST_JSON:
            raise TooLarge(
                f"The JSON is longer than {LONGEST_JSON >> 20} MB.",
                hint="Send it in parts, or as CSV.",
            )
        try:
            parsed = json.loads(body)
            check_characters(body, parsed)
            return parsed
        except (ValueError, RecursionError) as broken:
            raise InvalidRequest(f"The text is not JSON: {broken}", hint=_SHAPE) from broken


def _columns(body: Any) -> tuple[Sequence[Any], Sequence[Any], Mapping[str, Sequence[Any]]]:
    if isinstance(body, Mapping) and "readings" in body:
        body = body["readings"]
    if isinstance(body, Mapping):
        times, values = body.get("times"), body.get("values")
        if isinstance(times, list) and isinstance(values, list) and len(times) == len(values):
            return times, values, {}
    if not isinstance(body, list) or not all(isinstance(row, Mapping) for row in body):
        raise InvalidRequest("The JSON has another shape than readings.", hint=_SHAPE)
    times = [row.get("time", row.get("timestamp")) for row in body]
    values = [row.get("value") for row in body]
    # Of other keys those of the first row are enough to see whose readings these are.
    names = [name for name in WEATHER_NAMES if any(name in row for row in body)]
    names += [name for row in body[:1] for name in row if name not in {*READ, *names}]
    return times, values, {name: [row.get(name) for row in body] for name in names[:MOST_COLUMNS]}


def _texts(column: Sequence[Any]) -> np.ndarray:
    return np.array([_text(cell) for cell in column], dtype=object)


def _text(cell: Any) -> str:
    # True would else be read as the number 1.
    if cell is None or isinstance(cell, str):
        return cell or ""
    return repr(cell) if not isinstance(cell, bool) else str(cell)
