"""The embedded store: one SQLite file for a machine without InfluxDB.

Several processes may read while one writes; writers queue. The file must lie on a local disk:
write-ahead logging shares memory between the processes, which network file systems can't do.
"""

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import repeat
from pathlib import Path

import numpy as np
import pandas as pd

from config.errors import StoreUnavailable, UnknownMeter
from data import embedded_forecasts, embedded_weather
from data.embedded_pool import ConnectionPool
from data.frames import Floats, Seconds, checked_readings, readings_series, second_of, utc_index
from data.meters import Meter
from data.store import Span, WriteResult

_ROW = np.dtype([("ts", "i8"), ("value", "f8")])


class EmbeddedStore:
    """`Store` in the SQLite file at `path`, created with its folder at the first use.

    Safe to share between threads and processes (`ConnectionPool`).
    """

    kind = "embedded"

    def __init__(self, path: Path) -> None:
        self.path = path
        self._pool = ConnectionPool(path)

    # -- catalogue

    def meters(self, meter_type: str | None = None) -> list[Meter]:
        with self._reading() as db:
            rows = db.execute(
                "SELECT document FROM meters WHERE meter_type = ? OR ? IS NULL"
                " ORDER BY meter_type, meter_id",
                (meter_type, meter_type),
            ).fetchall()
        return [Meter.from_dict(json.loads(document)) for (document,) in rows]

    def meter(self, meter_type: str, meter_id: str) -> Meter:
        with self._reading() as db:
            row = db.execute(
                "SELECT document FROM meters WHERE meter_type = ? AND meter_id = ?",
                (meter_type, meter_id),
            ).fetchone()
        if row is None:
            raise UnknownMeter(f"There is no meter {meter_type}/{meter_id}.")
        return Meter.from_dict(json.loads(row[0]))

    def put_meter(self, meter: Meter) -> None:
        with self._writing() as db:
            db.execute(
                "INSERT INTO meters (meter_type, meter_id, document) VALUES (?, ?, ?)"
                " ON CONFLICT (meter_type, meter_id) DO UPDATE SET document = excluded.document",
                (meter.meter_type, meter.meter_id, json.dumps(meter.to_dict())),
            )

    def delete_meter(self, meter: Meter) -> None:
        with self._writing() as db:
            deleted = db.execute(
                "DELETE FROM meters WHERE meter_type = ? AND meter_id = ?",
                (meter.meter_type, meter.meter_id),
            ).rowcount
        if not deleted:
            raise UnknownMeter(f"There is no meter {meter.key}.")

    # -- readings

    def write_readings(self, meter: Meter, readings: pd.Series) -> WriteResult:
        return self.write_many([(meter, readings)])[0]

    def write_many(self, batch: Sequence[tuple[Meter, pd.Series]]) -> list[WriteResult]:
        checked = [(meter, *checked_readings(readings)) for meter, readings in batch]
        with self._writing() as db:
            return [_upsert(db, meter, seconds, values) for meter, seconds, values in checked]

    def readings(
        self, meter: Meter, start: datetime | None = None, end: datetime | None = None
    ) -> pd.Series:
        where, bounds = _between(start, end)
        with self._reading() as db:
            rows = db.execute(
                f"SELECT ts, value FROM readings WHERE meter = ({_ID}){where} ORDER BY ts",
                (meter.meter_type, meter.meter_id, *bounds),
            ).fetchall()
        table = np.array(rows, dtype=_ROW)
        return readings_series(table["ts"], table["value"])

    def span(self, meter: Meter) -> Span | None:
        with self._reading() as db:
            first, last, count = db.execute(
                f"SELECT min(ts), max(ts), count(*) FROM readings WHERE meter = ({_ID})",
                (meter.meter_type, meter.meter_id),
            ).fetchone()
        if not count:
            return None
        ends = utc_index(np.array([first, last]))
        return Span(ends[0].to_pydatetime(), ends[1].to_pydatetime(), count)

    # -- weather and forecasts

    def write_weather(
        self,
        location: str,
        frame: pd.DataFrame,
        *,
        source: str,
        available_at: datetime | None = None,
    ) -> None:
        with self._writing() as db:
            embedded_weather.write(db, location, frame, source, available_at)

    def weather(
        self, location: str, start: datetime, end: datetime, as_of: datetime | None = None
    ) -> pd.DataFrame:
        with self._reading() as db:
            return embedded_weather.read(db, location, start, end, as_of)

    def write_forecast(
        self,
        meter: Meter,
        points: pd.DataFrame,
        *,
        issued_at: datetime,
        origin: datetime,
        model_version: str,
        source: str,
    ) -> None:
        with self._writing() as db:
            embedded_forecasts.write(
                db,
                _ensured_id(db, meter),
                points,
                issued_at=issued_at,
                origin=origin,
                model_version=model_version,
                source=source,
            )

    def forecasts(
        self, meter: Meter, start: datetime, end: datetime, as_of: datetime | None = None
    ) -> pd.DataFrame:
        with self._reading() as db:
            row_id = _row_id(db, meter)
            return embedded_forecasts.read(db, row_id, start, end, as_of)

    # -- connection

    def ping(self) -> float:
        began = time.perf_counter()
        with self._reading() as db:
            db.execute("SELECT 1 FROM meters LIMIT 1").fetchone()
        return time.perf_counter() - began

    def close(self) -> None:
        """Close the connections of this process that nobody uses."""
        self._pool.close()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with _translated(self.path), self._pool.connection() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction. It takes the write lock at once: taking it later could deadlock."""
        with _translated(self.path), self._pool.connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise


_ID = "SELECT id FROM meters WHERE meter_type = ? AND meter_id = ?"


def _row_id(db: sqlite3.Connection, meter: Meter) -> int | None:
    row = db.execute(_ID, (meter.meter_type, meter.meter_id)).fetchone()
    return None if row is None else int(row[0])


def _ensured_id(db: sqlite3.Connection, meter: Meter) -> int:
    row_id = _row_id(db, meter)
    if row_id is not None:
        return row_id
    db.execute(
        "INSERT INTO meters (meter_type, meter_id, document) VALUES (?, ?, ?)",
        (meter.meter_type, meter.meter_id, json.dumps(meter.to_dict())),
    )
    return int(db.execute("SELECT last_insert_rowid()").fetchone()[0])


def _upsert(db: sqlite3.Connection, meter: Meter, seconds: Seconds, values: Floats) -> WriteResult:
    row_id = _ensured_id(db, meter)
    replaced = _stored_before(db, row_id, seconds)
    db.executemany(
        "INSERT INTO readings (meter, ts, value) VALUES (?, ?, ?)"
        " ON CONFLICT (meter, ts) DO UPDATE SET value = excluded.value",
        zip(repeat(row_id), seconds.tolist(), values.tolist(), strict=False),
    )
    return WriteResult(accepted=len(seconds), replaced=replaced)


def _stored_before(db: sqlite3.Connection, row_id: int, seconds: Seconds) -> int:
    if not len(seconds):
        return 0
    stored = db.execute(
        "SELECT ts FROM readings WHERE meter = ? AND ts BETWEEN ? AND ?",
        (row_id, int(seconds[0]), int(seconds[-1])),
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


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as failure:
        raise StoreUnavailable(
            f"The embedded store {path.name} cannot be used: {failure}",
            hint="Check that STATE_DIR is a writable local folder with free space.",
            path=str(path),
        ) from failure
