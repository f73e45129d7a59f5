"""From a file or a request's body into the store."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from config.errors import UnknownMeter
from data.importers.chunks import Chunk
from data.importers.containers import open_sheets
from data.importers.deciding import Decision
from data.importers.grids import BRIDGE
from data.importers.line_protocol import read_lines
from data.importers.meaning import Meaning
from data.importers.options import ImportOptions
from data.importers.reading import Context, Progress, read_sheets
from data.importers.sheet import Source
from data.importers.summary import ImportSummary
from data.importers.writing import Writer
from data.meters import Meter
from data.store import Store

PIECE = 50_000
"""Readings of one write."""
READ_SHARE = 0.6
"""Of the progress, up to when all is read; the rest is writing."""


def import_readings(
    store: Store,
    meter: Meter,
    source: Source,
    options: ImportOptions | None = None,
    *,
    form: str | None = None,
    several: bool = False,
    known_only: bool = False,
    dry_run: bool = False,
    bridge: timedelta = BRIDGE,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> ImportSummary:
    """Store the readings and the weather of a file or body in any format; or store nothing.

    All is read before anything is written: a file that can be read in two ways asks
    (`AmbiguousFile`), and one of which too much would be lost is refused (`InvalidReadings`).

    :param meter: whose readings they are; where the file names several, the pattern for all of
        them. One that the catalogue has not got is added with its resolution found, or refused
        with `known_only` (`UnknownMeter`); one that it has stays as it is, but for a resolution
        that few readings showed.
    :param form: name of the format, where a media type says it; else it is found.
    :param several: whether a file may bring meters of its own beside `meter`, such as the feed-in.
    :param dry_run: read, judge and tell, but write nothing.
    :param bridge: the longest that a value sent on change lasts.
    :param now: times later than a day after it (the present, where None) are left out.

    Doing it again changes nothing.
    """
    options, now = options or ImportOptions(), now or datetime.now(UTC)
    summary = ImportSummary()
    writer = Writer(store, meter, summary, options, known_only=known_only, now=now)
    context = Context(meter.meter_type, options.timezone or meter.timezone, writer.reach, now, several)
    read = None if progress is None else lambda share, rows: progress(READ_SHARE * share, rows)
    if form == "lines":
        decisions = _of_lines(source, meter, options, now, summary)
    else:
        with open_sheets(source, options, form=form) as sheets:
            decisions = list(read_sheets(list(sheets), options, context, summary, read))
    chunks, counts = [], False
    for one in decisions:
        target = _target(meter, one, many=len(decisions) > 1, options=options)
        meaning = Meaning(target, _resolution(store, target), options, bridge, summary)
        understood, counted = meaning.of(one)
        counts |= counted
        chunks.append((target.meter_id, understood))
    if not dry_run:
        writer.counter = counts
        written = None if progress is None else _rest(progress)
        writer.write_all(_pieces(chunks), written)
    else:
        for meter_id, one in chunks:
            summary.would_store(meter_id, one.readings)
    return summary


def _rest(progress: Progress) -> Progress:
    return lambda share, rows: progress(READ_SHARE + (1 - READ_SHARE) * share, rows)


def _of_lines(
    source: Source, meter: Meter, options: ImportOptions, now: datetime, summary: ImportSummary
) -> list[Decision]:
    chunks = list(
        read_lines(
            source,
            meter_id=meter.meter_id,
            value_column=options.value_column,
            precision=options.precision,
            now=now,
            summary=summary,
        )
    )
    readings = pd.concat([chunk.readings for chunk in chunks])
    weather = pd.concat([chunk.weather for chunk in chunks])
    readings = readings[~readings.index.duplicated(keep="last")].sort_index()
    return [Decision(None, "", readings, None, ends=False, weather=weather)]


def _target(meter: Meter, one: Decision, *, many: bool, options: ImportOptions) -> Meter:
    """The meter of a series: the one asked for, or one that the file names beside it."""
    name = meter.meter_id if one.owner is None else one.owner
    if one.owner is not None and options.prefix:
        name = f"{options.prefix}_{one.owner}"
    if one.suffix:
        name = f"{name}_{one.suffix}"
    return replace(meter, meter_id=name[:64])


def _resolution(store: Store, meter: Meter) -> timedelta | None:
    try:
        return store.meter(meter.meter_type, meter.meter_id).resolution
    except UnknownMeter:
        return meter.resolution


def _pieces(series: list[tuple[str, Decision]]) -> Iterator[Chunk]:
    """Series as chunks that are written one by one, with the share that is written then."""
    total, done = sum(len(one.readings) for _, one in series) or 1, 0
    for meter_id, one in series:
        for start in range(0, len(one.readings), PIECE):
            part = one.readings.iloc[start : start + PIECE]
            first, last = part.index[0], part.index[-1]
            weather = one.weather
            if not weather.empty:
                begin = None if start == 0 else first
                end = None if start + PIECE >= len(one.readings) else last
                weather = weather.loc[begin:end]
            done += len(part)
            yield Chunk(part, weather, done / total, meter_id, one.unit, one.ends)


def import_table(store: Store, meter: Meter, source: Source, **options: Any) -> ImportSummary:
    """`import_readings` of a delimited text, with options by their names."""
    return _named(store, meter, source, "csv", options)


def import_json(store: Store, meter: Meter, source: Source, **options: Any) -> ImportSummary:
    """`import_readings` of a JSON text, with options by their names."""
    return _named(store, meter, source, "json", options)


def import_lines(store: Store, meter: Meter, source: Source, **options: Any) -> ImportSummary:
    """`import_readings` of line protocol, with options by their names."""
    return _named(store, meter, source, "lines", options)


def _named(
    store: Store, meter: Meter, source: Source, form: str, given: dict[str, Any]
) -> ImportSummary:
    how = {name: given.pop(name) for name in ("known_only", "now", "progress") if name in given}
    several = bool(given.get("wide") or given.get("meter_column"))
    options = ImportOptions.of(given)
    return import_readings(store, meter, source, options, form=form, several=several, **how)
