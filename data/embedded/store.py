"""The embedded store: one SQLite file for a machine without InfluxDB.

Several processes may read while one writes; writers queue. The file must lie on a local disk:
write-ahead logging shares memory between the processes, which network file systems can't do.

The catalogue is read without pandas, which methods that take or give frames import: a web process
that looks up meters and follows jobs stays 90 MB smaller for it.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from config.errors import StoreUnavailable, UnknownMeter
from data.embedded import ranges
from data.embedded.pool import ConnectionPool
from data.meters import Meter
from data.store import IssuedForecast, Listed, Span, Tally, WriteResult

if TYPE_CHECKING:
    import pandas as pd


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

    def listing(self) -> list[Listed]:
        with self._reading() as db:
            rows = db.execute(
                # max() in a subquery of its own is one look into the index, for each meter.
                "SELECT meter_type, meter_id, json_extract(document, '$.name'),"
                " (SELECT max(ts) FROM readings WHERE meter = meters.id)"
                " FROM meters ORDER BY meter_type, meter_id"
            ).fetchall()
        return [
            Listed(
                kind, meter_id, name, None if last is None else datetime.fromtimestamp(last, UTC)
            )
            for kind, meter_id, name, last in rows
        ]

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
        from data.embedded import weather as embedded_weather

        with self._writing() as db:
            deleted = db.execute(
                "DELETE FROM meters WHERE meter_type = ? AND meter_id = ?",
                (meter.meter_type, meter.meter_id),
            ).rowcount
            embedded_weather.forget_all(db, meter.own_location)
        if not deleted:
            raise UnknownMeter(f"There is no meter {meter.key}.")

    # -- readings

    def write_readings(self, meter: Meter, readings: pd.Series) -> WriteResult:
        return self.write_many([(meter, readings)])[0]

    def write_many(
        self, batch: Sequence[tuple[Meter, pd.Series]], *, known_only: bool = False
    ) -> list[WriteResult]:
        from data.embedded import readings as embedded_readings
        from data.frames import checked_readings

        checked = [(meter, *checked_readings(readings)) for meter, readings in batch]
        row_of = _known_id if known_only else _ensured_id
        with self._writing() as db:
            return [
                embedded_readings.write(db, row_of(db, meter), seconds, values)
                for meter, seconds, values in checked
            ]

    def readings(
        self, meter: Meter, start: datetime | None = None, end: datetime | None = None
    ) -> pd.Series:
        from data.embedded import readings as embedded_readings

        with self._reading() as db:
            return embedded_readings.read(db, _row_id(db, meter), start, end)

    def span(self, meter: Meter) -> Span | None:
        with self._reading() as db:
            return ranges.span(db, _row_id(db, meter))

    def tally(
        self, meter: Meter, start: datetime | None = None, end: datetime | None = None
    ) -> Tally:
        with self._reading() as db:
            return ranges.tally(db, _row_id(db, meter), start, end)

    def delete_readings(self, meter: Meter, start: datetime, end: datetime) -> int:
        with self._writing() as db:
            return ranges.delete(db, _row_id(db, meter), start, end)

    # -- weather and forecasts

    def write_weather(
        self,
        location: str,
        frame: pd.DataFrame,
        *,
        source: str,
        available_at: datetime | None = None,
    ) -> None:
        from data.embedded import weather as embedded_weather

        with self._writing() as db:
            embedded_weather.write(db, location, frame, source, available_at)

    def weather(
        self,
        location: str,
        start: datetime,
        end: datetime,
        as_of: datetime | None = None,
        *,
        sources: Collection[str] | None = None,
    ) -> pd.DataFrame:
        from data.embedded import weather as embedded_weather

        with self._reading() as db:
            return embedded_weather.read(db, location, start, end, as_of, sources)

    def weather_sources(self, location: str) -> list[str]:
        with self._reading() as db:
            rows = db.execute(
                "SELECT source FROM weather_series WHERE location = ? ORDER BY source", (location,)
            ).fetchall()
        return [source for (source,) in rows]

    def forget_weather(self, location: str, *, source: str, before: datetime) -> None:
        from data.embedded import weather as embedded_weather

        with self._writing() as db:
            embedded_weather.forget(db, location, source, before)

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
        issued = IssuedForecast(meter, points, issued_at, origin, model_version, source)
        self.write_forecasts([issued])

    def write_forecasts(self, batch: Sequence[IssuedForecast]) -> None:
        from data.embedded import forecasts as embedded_forecasts
        from data.frames import checked_forecast

        checked = [(issued, *checked_forecast(issued.points)) for issued in batch]
        with self._writing() as db:
            for issued, seconds, levels in checked:
                meter_row = _row_id(db, issued.meter)
                if meter_row is not None:
                    embedded_forecasts.write(db, meter_row, issued, seconds, levels)

    def forecasts(
        self, meter: Meter, start: datetime, end: datetime, as_of: datetime | None = None
    ) -> pd.DataFrame:
        from data.embedded import forecasts as embedded_forecasts

        with self._reading() as db:
            return embedded_forecasts.read(db, _row_id(db, meter), start, end, as_of)

    def forget_forecasts(self, meter: Meter, before: datetime) -> None:
        from data.embedded import forecasts as embedded_forecasts

        with self._writing() as db:
            row_id = _row_id(db, meter)
            if row_id is not None:
                embedded_forecasts.forget(db, row_id, before)

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


def _known_id(db: sqlite3.Connection, meter: Meter) -> int:
    row_id = _row_id(db, meter)
    if row_id is None:
        raise UnknownMeter(f"There is no meter {meter.key}.")
    return row_id


def _ensured_id(db: sqlite3.Connection, meter: Meter) -> int:
    row_id = _row_id(db, meter)
    if row_id is not None:
        return row_id
    db.execute(
        "INSERT INTO meters (meter_type, meter_id, document) VALUES (?, ?, ?)",
        (meter.meter_type, meter.meter_id, json.dumps(meter.to_dict())),
    )
    return int(db.execute("SELECT last_insert_rowid()").fetchone()[0])


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as failure:
        raise StoreUnavailable(
            f"The embedded store {path.name} cannot be used: {failure}",
            hint="Check that STATE_DIR is a writable local folder with free space.",
        ) from failure
