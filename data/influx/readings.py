"""Readings in InfluxDB: measurement `readings`, one series per meter."""

import math
from collections.abc import Iterator, Mapping
from datetime import datetime

import numpy as np
import pandas as pd

from data.frames import Floats, Seconds, readings_series, second_of, utc_index
from data.influx.answers import Overflowed, readings_of, table_of
from data.influx.connection import InfluxConnection
from data.influx.pages import pages
from data.store import Span, Tally

THIS_METER = '"meter_type" = $meter_type AND "meter_id" = $meter_id'

Bindings = Mapping[str, str]

_NO_PAGE = (np.array([], dtype="int64"), np.array([], dtype="float64"))


def read(
    connection: InfluxConnection, meter: Bindings, start: datetime | None, end: datetime | None
) -> pd.Series:
    """Readings of [start, end); see `Store.readings`."""
    begin = _time_of(connection, "first", meter) if start is None else second_of(start)
    until = _time_of(connection, "last", meter) if end is None else second_of(end) - 1
    if begin is None or until is None:
        return readings_series(np.array([]), np.array([]))
    found = [_NO_PAGE, *_pages(connection, meter, begin, until + 1)]
    seconds, values = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return readings_series(seconds, values)


def span(connection: InfluxConnection, meter: Bindings) -> Span | None:
    """See `Store.span`."""
    first, last = (_time_of(connection, end, meter) for end in ("first", "last"))
    if first is None or last is None:
        return None
    ends = utc_index(np.array([first, last]))
    return Span(ends[0].to_pydatetime(), ends[1].to_pydatetime())


def tally(
    connection: InfluxConnection, meter: Bindings, start: datetime | None, end: datetime | None
) -> Tally:
    """See `Store.tally`."""
    within = _within(start, end)
    try:
        found = _selected(
            connection, 'count("value") AS "count", sum("value") AS "total"', meter, within
        )
    except Overflowed:
        return Tally(_count(connection, meter, within), math.inf)
    count = 0 if found.empty else int(found["count"].iloc[0])
    if not count:
        return Tally(0, 0.0)
    total = found["total"].iloc[0]
    # 3.x says null where 1.x breaks off.
    return Tally(count, math.inf if pd.isna(total) else float(total))


def delete(connection: InfluxConnection, meter: Bindings, start: datetime, end: datetime) -> int:
    """See `Store.delete_readings`."""
    within = _within(start, end)
    count = _count(connection, meter, within)
    if count:
        connection.command(f'DELETE FROM "readings" WHERE {THIS_METER}{within}', meter)
    return count


def stored_before(connection: InfluxConnection, meter: Bindings, seconds: Seconds) -> int:
    """How many of these times have a value already."""
    first, last = int(seconds[0]), int(seconds[-1])
    # New readings are the common case, and then there is nothing to compare them with.
    if not _count(connection, meter, f" AND time >= {first}s AND time <= {last}s"):
        return 0
    stored = [page[0] for page in _pages(connection, meter, first, last + 1)]
    return int(np.isin(seconds, np.concatenate(stored)).sum())


def _within(start: datetime | None, end: datetime | None) -> str:
    since = "" if start is None else f" AND time >= {second_of(start)}s"
    until = "" if end is None else f" AND time < {second_of(end)}s"
    return since + until


def _selected(
    connection: InfluxConnection, what: str, meter: Bindings, within: str = ""
) -> pd.DataFrame:
    return table_of(
        connection.query(f'SELECT {what} FROM "readings" WHERE {THIS_METER}{within}', meter)
    )


def _count(connection: InfluxConnection, meter: Bindings, within: str) -> int:
    found = _selected(connection, 'count("value") AS "value"', meter, within)
    return 0 if found.empty else int(found["value"].iloc[0])


def _time_of(connection: InfluxConnection, end: str, meter: Bindings) -> int | None:
    """Epoch second of the "first" or "last" reading."""
    found = _selected(connection, f'{end}("value") AS "value"', meter)
    return None if found.empty else int(found["time"].iloc[0])


def _pages(
    connection: InfluxConnection, meter: Bindings, begin: int, until: int
) -> Iterator[tuple[Seconds, Floats]]:
    select = f'SELECT "value" FROM "readings" WHERE {THIS_METER}'
    return pages(connection, select, meter, begin, until, readings_of)
