"""Issued forecasts in InfluxDB: measurement `forecasts`, a series per meter and issue."""

from collections.abc import Iterator, Mapping
from datetime import datetime

import numpy as np
import pandas as pd

from data.frames import (
    QUANTILE_COLUMN,
    checked_forecast,
    forecast_frame,
    micros_index,
    micros_of,
    second_of,
)
from data.influx.connection import InfluxConnection
from data.influx.lines import Lines, rows_lines, tag, text_field
from data.influx.pages import rows_between
from data.store import IssuedForecast


def lines(meter_tags: str, issued: IssuedForecast) -> Iterator[Lines]:
    """What is written of one issue; see `Store.write_forecasts`. The points are checked at once."""
    seconds, levels = checked_forecast(issued.points)
    at = micros_index(np.array([micros_of(issued.issued_at)]), "issued_at")[0].isoformat()
    began = second_of(issued.origin)
    constant = ",".join(
        (
            f"model_version={text_field(issued.model_version)}",
            f"origin={began}i",
            f"source={text_field(issued.source)}",
        )
    )
    # The lead is redundant (time - origin), but without it Grafana can't select "a day ahead".
    fields = {"lead_hours": (seconds - began) / 3600.0, **levels}
    return rows_lines(f"forecasts,issued_at={tag(at)},{meter_tags}", fields, seconds, more=constant)


def read(
    connection: InfluxConnection,
    this_meter: str,
    bindings: Mapping[str, str],
    start: datetime,
    end: datetime,
    as_of: datetime | None,
) -> pd.DataFrame:
    """Points for targets in [start, end); see `Store.forecasts`."""
    rows = rows_between(
        connection,
        f'SELECT * FROM "forecasts" WHERE {this_meter}',
        bindings,
        second_of(start),
        second_of(end),
    )
    needed = ["time", "issued_at", "origin", "model_version", "source", "p10", "p50", "p90"]
    rows = rows.reindex(columns=list(dict.fromkeys([*needed, *rows.columns])))
    levels = sorted(name for name in rows.columns if QUANTILE_COLUMN.fullmatch(name))
    issued = pd.DatetimeIndex(pd.to_datetime(rows["issued_at"], utc=True, format="ISO8601"))
    return forecast_frame(
        seconds=rows["time"].to_numpy(dtype="int64"),
        issued=issued.as_unit("us").asi8,
        origin=rows["origin"].to_numpy(dtype="int64"),
        labels={name: rows[name] for name in ("model_version", "source")},
        levels={name: rows[name].to_numpy(dtype="float64") for name in levels},
        as_of=as_of,
    )
