"""Weather in the embedded store: a column per variable, added when the variable first appears."""

import sqlite3
from collections.abc import Collection
from datetime import datetime
from itertools import repeat

import numpy as np
import pandas as pd

from data.frames import checked_label, checked_weather, micros_of, second_of, weather_frame
from data.store import usual_of

_KEYS = ("series", "ts", "available_at")


def write(
    db: sqlite3.Connection,
    location: str,
    frame: pd.DataFrame,
    source: str,
    available_at: datetime | None,
) -> None:
    """Upsert the rows of `frame`; see `Store.write_weather`. Needs an open transaction."""
    valid, known, values = checked_weather(frame, available_at)
    location, source = checked_label(location), checked_label(source)
    variables = list(values.columns)
    if not variables or values.empty:
        return
    for name in sorted(set(variables) - set(_variables(db))):
        # The name matches frames.VARIABLE: a plain identifier.
        db.execute(f'ALTER TABLE weather ADD COLUMN "{name}" REAL')
    db.execute(
        "INSERT INTO weather_series (location, source) VALUES (?, ?) ON CONFLICT DO NOTHING",
        (location, source),
    )
    series = db.execute(
        "SELECT id FROM weather_series WHERE location = ? AND source = ?", (location, source)
    ).fetchone()[0]
    names = ", ".join(f'"{name}"' for name in variables)
    kept = ", ".join(f'"{name}" = coalesce(excluded."{name}", "{name}")' for name in variables)
    marks = ", ".join("?" * (len(_KEYS) + len(variables)))
    db.executemany(
        f"INSERT INTO weather ({', '.join(_KEYS)}, {names}) VALUES ({marks})"
        f" ON CONFLICT ({', '.join(_KEYS)}) DO UPDATE SET {kept}",
        zip(
            repeat(series),
            valid.tolist(),
            known.tolist(),
            *(_nullable(values[name]) for name in variables),
            strict=False,
        ),
    )


def read(
    db: sqlite3.Connection,
    location: str,
    start: datetime,
    end: datetime,
    as_of: datetime | None,
    sources: Collection[str] | None,
) -> pd.DataFrame:
    """Rows valid in [start, end) that were available at `as_of`; see `Store.weather`."""
    variables = _variables(db)
    columns = ", ".join(["ts", "available_at", "source", *(f'"{name}"' for name in variables)])
    where, bounds = "", list[int | str]()
    if as_of is not None:
        where, bounds = " AND available_at <= ?", [micros_of(as_of)]
    if sources is not None:
        where += f" AND source IN ({', '.join('?' * len(sources))})"
        bounds += sources
    rows = db.execute(
        f"SELECT {columns} FROM weather JOIN weather_series ON weather_series.id = series"
        f" WHERE location = ? AND ts >= ? AND ts < ?{where}",
        (location, second_of(start), second_of(end), *bounds),
    ).fetchall()
    fields = list(zip(*rows, strict=True)) or [()] * (3 + len(variables))
    return weather_frame(
        np.array(fields[0], dtype="int64"),
        np.array(fields[1], dtype="int64"),
        fields[2],
        {
            name: np.array(column, dtype="float64")
            for name, column in zip(variables, fields[3:], strict=True)
        },
    )


def forget(db: sqlite3.Connection, location: str, source: str, before: datetime) -> None:
    """See `Store.forget_weather`. Needs an open transaction."""
    db.execute(
        "DELETE FROM weather WHERE ts < ? AND series ="
        " (SELECT id FROM weather_series WHERE location = ? AND source = ?)",
        (second_of(before), location, source),
    )


def forget_all(db: sqlite3.Connection, location: str) -> None:
    """Remove what is known of a location, and of its usual weather. Needs an open transaction."""
    names = (location, usual_of(location))
    db.execute(
        "DELETE FROM weather WHERE series IN"
        " (SELECT id FROM weather_series WHERE location IN (?, ?))",
        names,
    )
    db.execute("DELETE FROM weather_series WHERE location IN (?, ?)", names)


def _variables(db: sqlite3.Connection) -> list[str]:
    names = [row[1] for row in db.execute("PRAGMA table_info(weather)")]
    return [name for name in names if name not in _KEYS]


def _nullable(column: pd.Series) -> list[float | None]:
    values = column.tolist()
    return [None if value != value else value for value in values]
