"""Tables of the embedded store, and a connection set up for several processes."""

import sqlite3
import time
from pathlib import Path

from config.errors import StoreUnavailable

VERSION = 1

BUSY_SECONDS = 30.0
"""Longer than any write here takes (a meter-year: 30 ms), so that writers queue, not fail."""

_BUSY_PAUSE_SECONDS = 0.01

_TABLES = """
CREATE TABLE meters (
    id INTEGER PRIMARY KEY,
    meter_type TEXT NOT NULL,
    meter_id TEXT NOT NULL,
    document TEXT NOT NULL,
    UNIQUE (meter_type, meter_id)
);
CREATE TABLE readings (
    meter INTEGER NOT NULL REFERENCES meters ON DELETE CASCADE,
    ts INTEGER NOT NULL,
    value REAL NOT NULL,
    PRIMARY KEY (meter, ts)
) WITHOUT ROWID;
CREATE TABLE issues (
    id INTEGER PRIMARY KEY,
    meter INTEGER NOT NULL REFERENCES meters ON DELETE CASCADE,
    issued_at INTEGER NOT NULL,
    origin INTEGER NOT NULL,
    model_version TEXT NOT NULL,
    source TEXT NOT NULL,
    UNIQUE (meter, issued_at)
);
CREATE TABLE forecasts (
    meter INTEGER NOT NULL REFERENCES meters ON DELETE CASCADE,
    ts INTEGER NOT NULL,
    issue INTEGER NOT NULL REFERENCES issues ON DELETE CASCADE,
    level TEXT NOT NULL,
    value REAL NOT NULL,
    PRIMARY KEY (meter, ts, issue, level)
) WITHOUT ROWID;
CREATE INDEX forecasts_of_issue ON forecasts (issue);
CREATE TABLE weather_series (
    id INTEGER PRIMARY KEY,
    location TEXT NOT NULL,
    source TEXT NOT NULL,
    UNIQUE (location, source)
);
CREATE TABLE weather (
    series INTEGER NOT NULL REFERENCES weather_series,
    ts INTEGER NOT NULL,
    available_at INTEGER NOT NULL,
    PRIMARY KEY (series, ts, available_at)
) WITHOUT ROWID;
"""


def connect(path: Path) -> sqlite3.Connection:
    """Open the database, create what is missing. Raises `StoreUnavailable`, `sqlite3.Error`.

    Write-ahead logging lets other processes read while one writes; synchronous=FULL makes a
    commit survive a power cut, which is what "accepted" promises a client.
    """
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    _log_ahead(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    if _version(connection) != VERSION:
        _create(connection, path)
    return connection


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Switch to write-ahead logging, which lasts; SQLite does not queue for that by itself."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_BUSY_PAUSE_SECONDS)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _create(connection: sqlite3.Connection, path: Path) -> None:
    # Taken before the version is read again: of two processes that start at once, one creates.
    connection.execute("BEGIN IMMEDIATE")
    try:
        found = _version(connection)
        if found > VERSION:
            raise StoreUnavailable(
                f"{path.name} was written by a newer release of this program.",
                hint="Start the newer release, or move the file away to begin an empty store.",
                found=found,
                supported=VERSION,
            )
        if found == 0:
            for statement in _TABLES.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
