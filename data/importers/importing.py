"""From a file into the store."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd

from config.errors import UnknownMeter
from data.importers.rows import Source
from data.importers.summary import ImportSummary
from data.importers.table import Chunk, read_table
from data.meters import Meter
from data.store import Store

Progress = Callable[[float, int], object]
"""Called with the share read so far (0 to 1) and the rows read."""

WEATHER_SOURCE = "import"


def import_table(
    store: Store,
    meter: Meter,
    source: Source,
    *,
    time_column: str | None = None,
    value_column: str | None = None,
    timezone: str | None = None,
    day_first: bool | None = None,
    progress: Progress | None = None,
) -> ImportSummary:
    """Store the readings and the weather of a delimited file; see `read_table`.

    `timezone` is that of naive times, by default the meter's. A meter that the catalogue has not
    got is added with its resolution found; one that it has stays as it is. A file without a
    usable row writes nothing. Doing it again changes nothing.
    """
    summary = ImportSummary(meters=[meter.key])
    chunks = read_table(
        source,
        time_column=time_column,
        value_column=value_column,
        timezone=timezone or meter.timezone,
        day_first=day_first,
        summary=summary,
    )
    for chunk in chunks:
        _store(store, meter, chunk, summary)
        if progress is not None:
            progress(chunk.fraction, summary.rows)
    return summary


def commonest_step(index: pd.DatetimeIndex) -> timedelta | None:
    """The commonest distance of neighbours, None with fewer than two times."""
    if len(index) < 2:
        return None
    seconds = np.diff(np.sort(index.as_unit("s").asi8))
    steps, counts = np.unique(seconds[seconds > 0], return_counts=True)
    return timedelta(seconds=int(steps[counts.argmax()])) if len(steps) else None


def _store(store: Store, meter: Meter, chunk: Chunk, summary: ImportSummary) -> None:
    if not len(chunk.readings):
        return
    if not summary.accepted:
        _catalogue(store, meter, chunk.readings.index)
    result = store.write_readings(meter, chunk.readings)
    summary.accepted += result.accepted
    summary.replaced += result.replaced
    if not chunk.weather.empty:
        store.write_weather(meter.location, chunk.weather, source=WEATHER_SOURCE)
        summary.weather_rows += len(chunk.weather)


def _catalogue(store: Store, meter: Meter, index: pd.Index) -> None:
    try:
        known = store.meter(meter.meter_type, meter.meter_id)
    except UnknownMeter:
        known = None
    if known is not None and known.resolution is not None:
        return
    resolution = (known or meter).resolution or commonest_step(pd.DatetimeIndex(index))
    store.put_meter(replace(known or meter, resolution=resolution))
