"""From a file or a request's body into the store."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from config.errors import UnknownMeter
from data.importers.containers import form_of, open_sheets
from data.importers.context import Context
from data.importers.line_protocol import read_lines
from data.importers.moments.clocks import Reach, unknown_reach
from data.importers.options import ImportOptions
from data.importers.reading import Progress, read_sheets
from data.importers.series.deciding import Decision
from data.importers.series.grids import BRIDGE
from data.importers.series.meaning import Meaning
from data.importers.sheet import Source
from data.importers.storing.chunks import Chunk
from data.importers.storing.writing import Writer
from data.importers.summary import ImportSummary
from data.meters import Meter
from data.store import Store

PIECE = 50_000
"""Readings of one write."""
READ_SHARE = 0.6
"""Of the progress, up to when all is read; the rest is writing."""


@dataclass(frozen=True)
class Found:
    """A series as it will be stored, and the meter whose it is; `counts` where it counts up."""

    meter: Meter
    series: Decision
    counts: bool


def read_readings(
    source: Source,
    meter: Meter,
    options: ImportOptions | None = None,
    *,
    form: str | None = None,
    several: bool = False,
    bridge: timedelta = BRIDGE,
    now: datetime | None = None,
    store: Store | None = None,
    reach: Reach = unknown_reach,
    summary: ImportSummary | None = None,
    progress: Progress | None = None,
) -> list[Found]:
    """The series of a file or body in any format; parameters are those of `import_readings`.

    :param store: the catalogue that knows resolutions; `reach` tells how far each series is stored.
    :param summary: is told what was found on the way.
    :raises AmbiguousFile: it can be read in two ways.
    :raises InvalidReadings: there is no table, no usable row, or too much of it would be lost.
    :raises InvalidRequest: what was said of it can't be.
    """
    options, now = options or ImportOptions(), now or datetime.now(UTC)
    summary = ImportSummary() if summary is None else summary
    zone = options.timezone or meter.timezone
    if form is None and isinstance(source, Path):
        form = form_of(source)
    if form == "lines":
        decisions = _of_lines(source, meter, options, now, summary)
    else:
        context = Context(meter.meter_type, zone, reach, now, several)
        with open_sheets(source, options, form=form) as sheets:
            decisions = list(read_sheets(list(sheets), options, context, summary, progress))
    found = []
    for one in decisions:
        target = _target(meter, one, options)
        meaning = Meaning(target, _resolution(store, target), options, bridge, summary)
        series, counts = meaning.of(one)
        found.append(Found(target, series, counts))
    return found


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
    found = read_readings(
        source,
        meter,
        options,
        form=form,
        several=several,
        bridge=bridge,
        now=now,
        store=store,
        reach=writer.reach,
        summary=summary,
        progress=progress and _scaled(progress, 0.0, READ_SHARE),
    )
    if dry_run:
        for one in found:
            summary.would_store(one.meter.key, one.series.readings)
        return summary
    writer.counter = any(one.counts for one in found)
    written = progress and _scaled(progress, READ_SHARE, 1.0)
    writer.write_all(_pieces(found), written)
    return summary


def _scaled(progress: Progress, begin: float, end: float) -> Progress:
    """Progress of a part as that of the whole."""
    return lambda share, rows: progress(begin + (end - begin) * share, rows)


def _of_lines(
    source: Source, meter: Meter, options: ImportOptions, now: datetime, summary: ImportSummary
) -> list[Decision]:
    """Line protocol says itself what is what, but not whether values count up or have a step."""
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
    return [Decision(None, "", readings, None, ends=False, weather=weather.sort_index())]


def _target(meter: Meter, one: Decision, options: ImportOptions) -> Meter:
    """The meter of a series: the one asked for, or one that the file names beside it."""
    name = meter.meter_id if one.owner is None else one.owner
    if one.owner is not None and options.prefix:
        name = f"{options.prefix}_{one.owner}"
    if one.suffix:
        name = f"{name}_{one.suffix}"
    return meter if name == meter.meter_id else replace(meter, meter_id=name[:64])


def _resolution(store: Store | None, meter: Meter) -> timedelta | None:
    """That of the catalogue; of a meter that is not in it, its own."""
    if store is None:
        return meter.resolution
    try:
        return store.meter(meter.meter_type, meter.meter_id).resolution
    except UnknownMeter:
        return meter.resolution


def _pieces(found: list[Found]) -> Iterator[Chunk]:
    """Series as chunks that are written one by one, with the share that is written then."""
    total, done = sum(len(one.series.readings) for one in found) or 1, 0
    for one in found:
        readings, weather = one.series.readings, one.series.weather
        for start in range(0, len(readings), PIECE):
            part = readings.iloc[start : start + PIECE]
            beside = weather
            if not weather.empty and len(readings) > PIECE:
                begin = None if start == 0 else part.index[0]
                end = None if start + PIECE >= len(readings) else part.index[-1]
                beside = weather.loc[begin:end]
            done += len(part)
            series = one.series
            yield Chunk(part, beside, done / total, one.meter.meter_id, series.unit, series.ends)


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
