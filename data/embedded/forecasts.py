"""Issued forecasts in the embedded store: one row per issue, one per target and level."""

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from itertools import repeat
from typing import Any

import numpy as np
import pandas as pd

from data.frames import Floats, Seconds, forecast_frame, micros_of, second_of
from data.store import IssuedForecast


def write(
    db: sqlite3.Connection,
    meter_row: int,
    issued: IssuedForecast,
    seconds: Seconds,
    levels: Mapping[str, Floats],
) -> None:
    """Upsert the checked points of one issue (`checked_forecast`). Needs an open transaction."""
    issue = db.execute(
        "INSERT INTO issues (meter, issued_at, origin, model_version, source)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (meter, issued_at) DO UPDATE SET"
        " origin = excluded.origin, model_version = excluded.model_version,"
        " source = excluded.source RETURNING id",
        (
            meter_row,
            micros_of(issued.issued_at),
            second_of(issued.origin),
            issued.model_version,
            issued.source,
        ),
    ).fetchone()[0]
    for level, values in levels.items():
        db.executemany(
            "INSERT INTO forecasts (meter, ts, issue, level, value) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (meter, ts, issue, level) DO UPDATE SET value = excluded.value",
            zip(
                repeat(meter_row),
                seconds.tolist(),
                repeat(issue),
                repeat(level),
                values.tolist(),
                strict=False,
            ),
        )


def read(
    db: sqlite3.Connection,
    meter_row: int | None,
    start: datetime,
    end: datetime,
    as_of: datetime | None,
) -> pd.DataFrame:
    """Points for targets in [start, end); see `Store.forecasts`."""
    bound = "" if as_of is None else " AND issues.issued_at <= ?"
    rows = db.execute(
        "SELECT ts, issued_at, origin, model_version, source, level, value"
        " FROM forecasts JOIN issues ON issues.id = forecasts.issue"
        f" WHERE forecasts.meter = ? AND ts >= ? AND ts < ?{bound}"
        " ORDER BY ts, issue, level",
        (
            meter_row,
            second_of(start),
            second_of(end),
            *([] if as_of is None else [micros_of(as_of)]),
        ),
    ).fetchall()
    columns = ["ts", "issued_at", "origin", "model_version", "source", "level", "value"]
    wide = _wide(rows, columns)
    levels = sorted({"p10", "p50", "p90", *wide.columns[5:]})
    return forecast_frame(
        seconds=wide["ts"].to_numpy(dtype="int64"),
        issued=wide["issued_at"].to_numpy(dtype="int64"),
        origin=wide["origin"].to_numpy(dtype="int64"),
        labels={name: wide[name] for name in ("model_version", "source")},
        levels={
            name: wide.reindex(columns=[name])[name].to_numpy(dtype="float64") for name in levels
        },
        as_of=as_of,
    )


def forget(db: sqlite3.Connection, meter_row: int, before: datetime) -> None:
    """Delete the targets before that instant, and the issues of which nothing is left."""
    db.execute("DELETE FROM forecasts WHERE meter = ? AND ts < ?", (meter_row, second_of(before)))
    db.execute(
        "DELETE FROM issues WHERE meter = ? AND issued_at < ?"
        " AND NOT EXISTS (SELECT 1 FROM forecasts WHERE issue = issues.id)",
        (meter_row, micros_of(before)),
    )


def _wide(rows: list[tuple[Any, ...]], columns: list[str]) -> pd.DataFrame:
    """One row per target and issue, one column per level."""
    names = sorted({row[5] for row in rows})
    keys = columns[:5]
    # Issues nearly always have the same levels: then the rows lie as the table will.
    if names and [row[5] for row in rows] == names * (len(rows) // len(names)):
        wide = pd.DataFrame([row[:5] for row in rows[:: len(names)]], columns=keys)
        values = np.array([row[6] for row in rows], dtype="float64").reshape(-1, len(names))
        wide[names] = values
        return wide
    long = pd.DataFrame(rows, columns=columns)
    return long.pivot(index=keys, columns="level", values="value").reset_index()
