"""Weather in InfluxDB: measurement `weather`, tags location, source and lead or available_at."""

from collections.abc import Collection
from datetime import datetime

import numpy as np
import pandas as pd

from data.frames import (
    RESERVED,
    checked_label,
    checked_weather,
    micros_index,
    micros_of,
    second_of,
    weather_frame,
)
from data.influx.answers import table_of
from data.influx.connection import InfluxConnection
from data.influx.lines import packed, rows_lines, tag
from data.influx.pages import rows_between
from data.store import usual_of


def write(
    connection: InfluxConnection,
    location: str,
    frame: pd.DataFrame,
    source: str,
    available_at: datetime | None,
) -> None:
    """Upsert the rows of `frame`; see `Store.write_weather`.

    InfluxDB tells two rows of one time apart by their tags, and each combination of tags is a
    series. A run fetched at one instant is one series, tagged with that instant; measured rows
    (lead 0) and archives by lead time have few leads, so there the lead is the tag.
    """
    valid, known, values = checked_weather(frame, available_at)
    if values.empty:
        return
    base = f"location={tag(checked_label(location))},source={tag(checked_label(source))}"
    if available_at is None:
        leads = valid * 1_000_000 - known
        heads = np.array(
            [f"weather,lead_us={lead},{base}" for lead in leads.tolist()], dtype=object
        )
    else:
        stamp = micros_index(np.array([micros_of(available_at)]), "available_at")[0].isoformat()
        heads = np.full(len(valid), f"weather,available_at={tag(stamp)},{base}", dtype=object)
    fields = {name: values[name].to_numpy(dtype="float64") for name in sorted(values.columns)}
    for body in packed(rows_lines(heads, fields, valid)):
        connection.write(body)


def read(
    connection: InfluxConnection,
    location: str,
    start: datetime,
    end: datetime,
    as_of: datetime | None,
    sources: Collection[str] | None,
) -> pd.DataFrame:
    """Rows valid in [start, end) that were available at `as_of`; see `Store.weather`."""
    bindings = {"location": location}
    select = 'SELECT * FROM "weather" WHERE "location" = $location'
    if sources is not None:
        bindings |= {f"source_{number}": name for number, name in enumerate(sources)}
        one_of = " OR ".join(f'"source" = $source_{number}' for number in range(len(sources)))
        select += f" AND ({one_of})"
    span = second_of(start), second_of(end)
    # InfluxQL has no condition that is never true, and nothing is asked for.
    nothing = sources is not None and not sources
    rows = pd.DataFrame() if nothing else rows_between(connection, select, bindings, *span)
    rows = rows.reindex(columns=list({"time", *_TAGS, *rows.columns}))
    valid = rows["time"].to_numpy(dtype="int64")
    known = _known(rows, valid)
    kept = np.ones(len(valid), bool) if as_of is None else known <= micros_of(as_of)
    variables = [name for name in rows.columns if name not in RESERVED and name not in _TAGS]
    return weather_frame(
        valid[kept],
        known[kept],
        rows["source"].to_numpy(dtype=object)[kept],
        {name: rows[name].to_numpy(dtype="float64")[kept] for name in variables},
    )


def sources(connection: InfluxConnection, location: str) -> list[str]:
    """See `Store.weather_sources`: asked of the index of tags, which reads no row."""
    statement = 'SHOW TAG VALUES FROM "weather" WITH KEY = "source" WHERE "location" = $location'
    found = table_of(connection.query(statement, {"location": location}))
    return sorted(found["value"]) if len(found) else []


def forget(connection: InfluxConnection, location: str, source: str, before: datetime) -> None:
    """See `Store.forget_weather`."""
    connection.command(
        'DELETE FROM "weather" WHERE "location" = $location AND "source" = $source'
        f" AND time < {second_of(before)}s",
        {"location": location, "source": source},
    )


def forget_all(connection: InfluxConnection, location: str) -> None:
    """Remove what is known of a location, and of its usual weather."""
    for name in (location, usual_of(location)):
        connection.command('DELETE FROM "weather" WHERE "location" = $location', {"location": name})


_TAGS = ("location", "source", "lead_us", "available_at")


def _known(rows: pd.DataFrame, valid: np.ndarray) -> np.ndarray:
    """Microseconds since 1970 at which each row became available."""
    lead = pd.to_numeric(rows["lead_us"]).fillna(0).to_numpy(dtype="int64")
    stamps = pd.to_datetime(rows["available_at"], utc=True, format="ISO8601")
    run = pd.DatetimeIndex(stamps).as_unit("us")
    return np.where(run.isna(), valid * 1_000_000 - lead, run.asi8)
