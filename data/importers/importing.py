"""From a file or a request's body into the store."""

from datetime import UTC, datetime

from data.importers.clocks import unknown_reach
from data.importers.json_body import read_json
from data.importers.line_protocol import read_lines
from data.importers.rows import Source
from data.importers.summary import ImportSummary
from data.importers.table import read_table
from data.importers.writing import Progress, Writer
from data.meters import Meter
from data.store import Store


def import_table(
    store: Store,
    meter: Meter,
    source: Source,
    *,
    time_column: str | None = None,
    value_column: str | None = None,
    meter_column: str | None = None,
    wide: bool = False,
    timezone: str | None = None,
    day_first: bool | None = None,
    unit: str | None = None,
    counter: bool = False,
    interval_end: bool = False,
    known_only: bool = False,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> ImportSummary:
    """Store the readings and the weather of a delimited file; see `read_table`.

    `timezone` is that of naive times, by default the meter's. `unit` is that of the file, by
    default the one in the heading, else the meter's; values are converted to the meter's. With
    `counter` the values only count up, and their differences are stored. With `interval_end` the
    times mark the ends of intervals, and readings are stored at their starts. Of a long or wide
    file the meters are named by the file, and `meter` is the pattern for all else.

    A meter that the catalogue has not got is added with its resolution found, or refused with
    `known_only` (`UnknownMeter`); one that it has stays as it is, but for a resolution that few
    readings showed. Times later than a day after `now` (the present, where None) are left out. A
    file without a usable row writes nothing. Doing it again changes nothing.
    """
    summary, now = ImportSummary(), now or datetime.now(UTC)
    writer = Writer(
        store, meter, summary, unit=unit, counter=counter, known_only=known_only, now=now
    )
    chunks = read_table(
        source,
        time_column=time_column,
        value_column=value_column,
        meter_column=meter_column,
        wide=wide,
        timezone=timezone or meter.timezone,
        day_first=day_first,
        interval_end=interval_end,
        now=now,
        reach=unknown_reach if wide else writer.reach,
        summary=summary,
    )
    writer.write_all(chunks, progress)
    return summary


def import_json(
    store: Store,
    meter: Meter,
    source: Source,
    *,
    timezone: str | None = None,
    unit: str | None = None,
    counter: bool = False,
    interval_end: bool = False,
    known_only: bool = False,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> ImportSummary:
    """Store the readings of a JSON text; see `read_json`, and `import_table` for the rest."""
    summary, now = ImportSummary(), now or datetime.now(UTC)
    writer = Writer(
        store, meter, summary, unit=unit, counter=counter, known_only=known_only, now=now
    )
    chunks = read_json(
        source,
        timezone=timezone or meter.timezone,
        interval_end=interval_end,
        now=now,
        reach=writer.reach,
        summary=summary,
    )
    writer.write_all(chunks, progress)
    return summary


def import_lines(
    store: Store,
    meter: Meter,
    source: Source,
    *,
    value_column: str | None = None,
    precision: str = "ns",
    unit: str | None = None,
    counter: bool = False,
    known_only: bool = False,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> ImportSummary:
    """Store the readings of line protocol; see `read_lines`, and `import_table` for the rest."""
    summary, now = ImportSummary(), now or datetime.now(UTC)
    writer = Writer(
        store, meter, summary, unit=unit, counter=counter, known_only=known_only, now=now
    )
    chunks = read_lines(
        source,
        meter_id=meter.meter_id,
        value_column=value_column,
        precision=precision,
        now=now,
        summary=summary,
    )
    writer.write_all(chunks, progress)
    return summary
