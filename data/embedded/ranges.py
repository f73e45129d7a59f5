"""Ranges of readings in the embedded store: where they lie, what they add up to, their deletion.

Without pandas, which the catalogue and the marks of kept answers do without too.
"""

import math
import sqlite3
from datetime import UTC, datetime, timedelta

from data.store import Span, Tally

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ALWAYS = 1 << 60
"""A second before, or after, which there is no reading."""
# Each end alone is one look into the index; min and max of one SELECT would read all rows.
_ENDS = (
    "SELECT (SELECT min(ts) FROM readings WHERE meter = ?),"
    " (SELECT max(ts) FROM readings WHERE meter = ?)"
)
_RANGE = "FROM readings WHERE meter = ? AND ts >= ? AND ts < ?"


def span(db: sqlite3.Connection, meter_row: int | None) -> Span | None:
    """See `Store.span`."""
    first, last = db.execute(_ENDS, (meter_row, meter_row)).fetchone()
    if first is None:
        return None
    return Span(_EPOCH + timedelta(seconds=first), _EPOCH + timedelta(seconds=last))


def tally(
    db: sqlite3.Connection, meter_row: int | None, start: datetime | None, end: datetime | None
) -> Tally:
    """See `Store.tally`."""
    found = db.execute(
        f"SELECT count(*), total(value) {_RANGE}", (meter_row, *_bounds(start, end))
    ).fetchone()
    return Tally(*found)


def delete(db: sqlite3.Connection, meter_row: int | None, start: datetime, end: datetime) -> int:
    """See `Store.delete_readings`. Needs an open transaction."""
    return db.execute(f"DELETE {_RANGE}", (meter_row, *_bounds(start, end))).rowcount


def _bounds(start: datetime | None, end: datetime | None) -> tuple[int, int]:
    return (
        -_ALWAYS if start is None else math.ceil(start.timestamp()),
        _ALWAYS if end is None else math.ceil(end.timestamp()),
    )
