"""Readings in the embedded store: one row per meter and second."""

import sqlite3
from datetime import datetime
from itertools import repeat

import numpy as np
import pandas as pd

from data.frames import Floats, Seconds, readings_series, second_of
from data.store import WriteResult

_ROW = np.dtype([("ts", "i8"), ("value", "f8")])


def write(db: sqlite3.Connection, meter_row: int, seconds: Seconds, values: Floats) -> WriteResult:
    """Upsert checked readings (`checked_readings`). Needs an open transaction."""
    replaced = _stored_before(db, meter_row, seconds)
    db.executemany(
        "INSERT INTO readings (meter, ts, value) VALUES (?, ?, ?)"
        " ON CONFLICT (meter, ts) DO UPDATE SET value = excluded.value",
        zip(repeat(meter_row), seconds.tolist(), values.tolist(), strict=False),
    )
    return WriteResult(accepted=len(seconds), replaced=replaced)


def read(
    db: sqlite3.Connection, meter_row: int | None, start: datetime | None, end: datetime | None
) -> pd.Series:
    """Readings of [start, end); see `Store.readings`."""
    where, bounds = _between(start, end)
    rows = db.execute(
        f"SELECT ts, value FROM readings WHERE meter = ?{where} ORDER BY ts", (meter_row, *bounds)
    ).fetchall()
    table = np.array(rows, dtype=_ROW)
    return readings_series(table["ts"], table["value"])


def _stored_before(db: sqlite3.Connection, meter_row: int, seconds: Seconds) -> int:
    if not len(seconds):
        return 0
    stored = db.execute(
        "SELECT ts FROM readings WHERE meter = ? AND ts BETWEEN ? AND ?",
        (meter_row, int(seconds[0]), int(seconds[-1])),
    ).fetchall()
    if not stored:
        return 0
    return int(np.isin(seconds, np.array(stored, dtype="int64")[:, 0]).sum())


def _between(start: datetime | None, end: datetime | None) -> tuple[str, list[int]]:
    where, bounds = "", list[int]()
    if start is not None:
        where, bounds = where + " AND ts >= ?", [*bounds, second_of(start)]
    if end is not None:
        where, bounds = where + " AND ts < ?", [*bounds, second_of(end)]
    return where, bounds
