"""From a file or a request's body into the store."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd

from config.errors import InvalidReadings, InvalidRequest, UnknownMeter
from data.frames import commonest_step
from data.importers.chunks import Chunk
from data.importers.counters import CounterReader
from data.importers.json_body import read_json
from data.importers.line_protocol import read_lines
from data.importers.rows import Source
from data.importers.summary import ImportSummary
from data.importers.table import read_table
from data.meters import Meter
from data.store import Store
from data.units import factor, is_known, spelled

Progress = Callable[[float, int], object]
"""Called with the share read so far (0 to 1) and the rows read."""

WEATHER_SOURCE = "import"

WRITTEN_AT_ONCE = 20_000
"""Readings gathered for one write: one transaction or request costs much more than a reading."""


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
    progress: Progress | None = None,
) -> ImportSummary:
    """Store the readings and the weather of a delimited file; see `read_table`.

    `timezone` is that of naive times, by default the meter's. `unit` is that of the file, by
    default the one in the heading, else the meter's; values are converted to the meter's. With
    `counter` the values only count up, and their differences are stored. With `interval_end` the
    times mark the ends of intervals, and readings are stored at their starts. Of a long or wide
    file the meters are named by the file, and `meter` is the pattern for all else.

    A meter that the catalogue has not got is added with its resolution found, or refused with
    `known_only` (`UnknownMeter`); one that it has stays as it is. A file without a usable row
    writes nothing. Doing it again changes nothing.
    """
    summary = ImportSummary()
    chunks = read_table(
        source,
        time_column=time_column,
        value_column=value_column,
        meter_column=meter_column,
        wide=wide,
        timezone=timezone or meter.timezone,
        day_first=day_first,
        interval_end=interval_end,
        summary=summary,
    )
    writer = _Writer(store, meter, summary, unit=unit, counter=counter, known_only=known_only)
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
    progress: Progress | None = None,
) -> ImportSummary:
    """Store the readings of a JSON text; see `read_json`, and `import_table` for the rest."""
    summary = ImportSummary()
    chunks = read_json(
        source,
        timezone=timezone or meter.timezone,
        interval_end=interval_end,
        summary=summary,
    )
    writer = _Writer(store, meter, summary, unit=unit, counter=counter, known_only=known_only)
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
    progress: Progress | None = None,
) -> ImportSummary:
    """Store the readings of line protocol; see `read_lines`, and `import_table` for the rest."""
    summary = ImportSummary()
    chunks = read_lines(
        source,
        meter_id=meter.meter_id,
        value_column=value_column,
        precision=precision,
        summary=summary,
    )
    writer = _Writer(store, meter, summary, unit=unit, counter=counter, known_only=known_only)
    writer.write_all(chunks, progress)
    return summary


class _Writer:
    """Writes chunks as they come, each meter by the catalogue's word."""

    def __init__(
        self,
        store: Store,
        pattern: Meter,
        summary: ImportSummary,
        *,
        unit: str | None,
        counter: bool,
        known_only: bool,
    ) -> None:
        self._store = store
        self._pattern = pattern
        self._summary = summary
        self._unit = unit
        self._counter = counter
        self._known_only = known_only
        self._counters: dict[str, CounterReader] = {}
        self._meters: dict[str, Meter] = {}
        self._factors: dict[str, float] = {}

    def write_all(self, chunks: Iterable[Chunk], progress: Progress | None) -> None:
        pending, fraction = list[Chunk](), 0.0
        for chunk in chunks:
            pending.append(chunk)
            fraction = chunk.fraction
            if sum(len(one.readings) for one in pending) >= WRITTEN_AT_ONCE:
                self._write(pending)
                pending = []
                if progress is not None:
                    progress(fraction, self._summary.rows)
        self._write(pending)
        remembered = self._remember_counts()
        if progress is not None:
            progress(1.0, self._summary.rows)
        if not self._summary.accepted and not remembered:
            raise InvalidReadings(
                "No consumption can be told from these counts.",
                hint="A counter needs two readings in a row.",
                dropped=dict(self._summary.dropped),
            )

    def _write(self, chunks: Sequence[Chunk]) -> None:
        """Several chunks in one call to the store: a wide file has thousands of small ones."""
        batch = [(chunk, *taken) for chunk in chunks if (taken := self._taken(chunk)) is not None]
        # All are in the catalogue by now; one that is not was deleted, and shall stay so.
        results = self._store.write_many(
            [(meter, readings) for _, meter, readings in batch], known_only=True
        )
        for (chunk, meter, readings), result in zip(batch, results, strict=True):
            self._summary.accepted += result.accepted
            self._summary.replaced += result.replaced
            self._summary.cover(readings.index.min(), readings.index.max())
            if not chunk.weather.empty:  # as it was at the time that stands beside it
                self._store.write_weather(meter.location, chunk.weather, source=WEATHER_SOURCE)
                self._summary.weather_rows += len(chunk.weather)

    def _taken(self, chunk: Chunk) -> tuple[Meter, pd.Series] | None:
        """Whose readings these are, and they in the meter's unit; None where there are none."""
        key = chunk.meter_id or self._pattern.meter_id
        readings = chunk.readings
        if self._counter:
            if key not in self._counters:
                self._counters[key] = self._counter_reader(key, chunk.unit)
            readings = self._counters[key].differences(readings)
        if readings.empty:
            return None
        if key not in self._meters:
            self._meters[key] = self._catalogued(key, chunk)
        meter = self._meters[key]
        if chunk.ends and not self._counter:  # a counter's times are those of its counts
            readings = readings.set_axis(pd.DatetimeIndex(readings.index) - _step(meter))
        return meter, readings * self._factors[key]

    def _catalogued(self, meter_id: str, chunk: Chunk) -> Meter:
        """The meter as the catalogue has it from now on."""
        known = self._known(meter_id)
        if known is None and self._known_only:
            raise UnknownMeter(f"There is no meter {self._pattern.meter_type}/{meter_id}.")
        meter = known or replace(self._pattern, meter_id=meter_id)
        if meter.resolution is None:
            counter = self._counters.get(meter_id)
            step = counter.step if counter else None
            step = step or commonest_step(pd.DatetimeIndex(chunk.readings.index))
            meter = replace(meter, resolution=step)
        # Before anything is written, since a unit may turn out to be no unit.
        self._factors[meter_id] = self._factor(meter, chunk.unit)
        if meter != known:
            self._store.put_meter(meter)
        self._summary.meters.append(meter.key)
        return meter

    def _known(self, meter_id: str) -> Meter | None:
        try:
            return self._store.meter(self._pattern.meter_type, meter_id)
        except UnknownMeter:
            return None

    def _counter_reader(self, meter_id: str, unit: str | None) -> CounterReader:
        """A reader that goes on from the last count of the meter, where there is one."""
        known = self._known(meter_id)
        if known is None:
            return CounterReader(self._summary, self._pattern.resolution)
        before = known.last_count
        if before is not None:
            before = replace(before, value=before.value / self._factor(known, unit))
        return CounterReader(self._summary, known.resolution, before)

    def _remember_counts(self) -> bool:
        """Keep the newest count of each meter of the catalogue; whether there was one to keep."""
        kept = False
        for meter_id, reader in self._counters.items():
            known, newest = self._known(meter_id), reader.newest
            if known is None or newest is None:
                continue
            kept = True
            # A clock that is years ahead must not stop the files of all those years.
            if newest.time > datetime.now(UTC):
                continue
            if known.last_count is None or newest.time > known.last_count.time:
                ratio = self._factors.get(meter_id) or self._factor(known, None)
                count = replace(newest, value=newest.value * ratio)
                self._store.put_meter(replace(known, last_count=count))
        return kept

    def _factor(self, meter: Meter, heading: str | None) -> float:
        unit = self._unit or (heading if heading and is_known(heading) else meter.unit)
        ratio = factor(unit, meter.unit, step=meter.resolution)
        if spelled(unit) != spelled(meter.unit):
            words = f"{spelled(unit)} to {spelled(meter.unit)}: times {ratio:g}"
            self._summary.conversions[meter.key] = words
        return ratio


def _step(meter: Meter) -> timedelta:
    """How long before its end an interval of this meter starts."""
    if meter.resolution is None:
        raise InvalidRequest(
            f"Where an interval of {meter.key} starts cannot be told from one end.",
            hint="Send two readings at once, or give the meter a resolution (PUT /meters/…).",
            field="interval_end",
        )
    return meter.resolution
