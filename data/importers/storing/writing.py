"""Chunks of readings into the store, each meter by the catalogue's word."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pandas as pd

from config.errors import InvalidReadings, UnknownMeter
from data.frames import commonest_step
from data.importers.options import ImportOptions
from data.importers.storing.chunks import Chunk
from data.importers.storing.counters import CounterReader, nothing_stored
from data.importers.storing.counts import Floats
from data.importers.storing.steps import found_resolution, in_words, source_step, starts_of
from data.importers.summary import ImportSummary
from data.meters import Meter
from data.store import IMPORTED, Store
from data.units import factor, is_known, spelled

Progress = Callable[[float, int], object]
"""Called with the share read so far (0 to 1) and the rows read."""

WRITTEN_AT_ONCE = 20_000
"""Readings gathered for one write: one transaction or request costs much more than a reading."""

REPEATED = timedelta(hours=1)
"""Readings farther apart have no time twice when clocks go back."""

USUAL_DAYS = timedelta(days=30)
"""Of the newest readings, to tell what a meter usually counts."""


class Writer:
    """Writes chunks as they come; `now` is when they are sent.

    With `counter` their values only count up, and differences are stored.
    """

    def __init__(
        self,
        store: Store,
        pattern: Meter,
        summary: ImportSummary,
        options: ImportOptions,
        *,
        known_only: bool,
        now: datetime,
    ) -> None:
        self._store = store
        self._pattern = pattern
        self._summary = summary
        self._unit = options.unit
        self.counter = bool(options.counter)
        self._known_only = known_only
        self._now = now
        self._counters: dict[str, CounterReader] = {}
        self._headings: dict[str, str | None] = {}
        self._meters: dict[str, Meter] = {}
        self._steps: dict[str, timedelta | None] = {}
        self._factors: dict[tuple[str, str | None, timedelta | None], float] = {}

    def write_all(self, chunks: Iterable[Chunk], progress: Progress | None) -> None:
        """Write all there is; raises what the source raises, and `InvalidReadings` for nothing."""
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

    def reach(self, key: str, ends: bool) -> datetime | None:
        """Up to when a meter is stored, by the mark that the times of the source have."""
        meter = self._known(key or self._pattern.meter_id)
        step = timedelta(0) if meter is None else meter.resolution or timedelta(0)
        if meter is None or step > REPEATED:
            return None
        if self.counter:
            return meter.last_count.time if meter.last_count else None
        span = self._store.span(meter)
        return None if span is None else span.last + (step if ends else timedelta(0))

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
                self._store.write_weather(meter.location, chunk.weather, source=IMPORTED)
                self._summary.weather_rows += len(chunk.weather)

    def _taken(self, chunk: Chunk) -> tuple[Meter, pd.Series] | None:
        """Whose readings these are, and they in the meter's unit; None where there are none."""
        key = chunk.meter_id or self._pattern.meter_id
        readings = chunk.readings
        if self.counter:
            if key not in self._counters:
                self._headings[key] = chunk.unit
                self._counters[key] = self._counter_reader(key, chunk.unit)
            readings = self._counters[key].differences(readings)
        if readings.empty:
            return None
        index = pd.DatetimeIndex(readings.index)
        reader = self._counters.get(key)
        own = reader.own_step if reader else self._own_step(key, chunk, index)
        if key not in self._meters:
            self._meters[key] = self._catalogued(key, chunk, index, own)
        meter = self._meters[key]
        step = self._lasting(meter, own, len(index))
        if chunk.ends and not self.counter:  # a counter's times are those of its counts
            readings = readings.set_axis(starts_of(index, step, meter))
        return meter, readings * self._factor(meter, chunk.unit, step)

    def _own_step(self, key: str, chunk: Chunk, index: pd.DatetimeIndex) -> timedelta | None:
        """The step of a chunk; of a reading alone that to those stored, where the step matters."""
        own = commonest_step(index)
        if (
            own is not None
            or key in self._steps
            or (self._unit_of(chunk.unit) is None and not chunk.ends)
        ):
            return own
        known = self._known(key)
        if known is None or known.resolution is None:
            return None
        around = known.resolution * 2
        near = self._store.readings(known, index[0] - around, index[0] + around).index
        return commonest_step(pd.DatetimeIndex(near if chunk.ends else near.union(index)))

    def _unit_of(self, heading: str | None) -> str | None:
        """The unit that was said of the values; None where they are in the meter's."""
        return self._unit or (heading if heading and is_known(heading) else None)

    def _lasting(self, meter: Meter, own: timedelta | None, count: int) -> timedelta | None:
        """How long each reading of a chunk lasts; a last row alone lasts as those before it."""
        known = self._steps.get(meter.meter_id, meter.resolution)
        step = source_step(own, count, meter.resolution) if own else known
        self._steps[meter.meter_id] = step
        if step is not None and meter.resolution not in (None, step):
            self._summary.warn(in_words(meter, step))
        return step

    def _catalogued(
        self, meter_id: str, chunk: Chunk, index: pd.DatetimeIndex, own: timedelta | None
    ) -> Meter:
        """The meter as the catalogue has it from now on."""
        known = self._known(meter_id)
        if known is None and self._known_only:
            raise UnknownMeter(f"There is no meter {self._pattern.meter_type}/{meter_id}.")
        meter = known or replace(self._pattern, meter_id=meter_id)
        meter = replace(meter, resolution=found_resolution(self._store, meter, index, own))
        # Before anything is written, since a unit may turn out to be no unit.
        self._factor(meter, chunk.unit, source_step(own, len(index), meter.resolution))
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
        ratio = self._factor(known, unit, known.resolution)
        before = None if known.last_count is None else known.last_count.times(1.0 / ratio)

        def stored() -> Floats:
            span = self._store.span(known)
            if span is None:
                return nothing_stored()
            newest = self._store.readings(known, span.last - USUAL_DAYS)
            return newest.to_numpy(dtype="float64") / ratio

        return CounterReader(self._summary, known.resolution, before, stored)

    def _remember_counts(self) -> bool:
        """Keep the newest count of each meter of the catalogue; whether there was one to keep."""
        kept = False
        for meter_id, reader in self._counters.items():
            known = self._known(meter_id)
            if known is None:
                continue
            kept = True
            newest = reader.last(self._now)
            if newest is None:
                continue
            ratio = self._factor(known, self._headings[meter_id], known.resolution)
            count = newest.times(ratio)
            if known.last_count is None or count.time >= known.last_count.time:
                self._store.put_meter(replace(known, last_count=count))
        return kept

    def _factor(self, meter: Meter, heading: str | None, step: timedelta | None) -> float:
        cached = self._factors.get((meter.key, heading, step))
        if cached is not None:
            return cached
        unit = self._unit_of(heading) or meter.unit
        if heading and not self._unit and not is_known(heading):
            self._summary.warn(
                f"{meter.key}: {heading[:40]!r} in the heading is no unit that is known; the values"
                f" are stored as {meter.unit}. If they are in another, say unit (--unit)."
            )
        ratio = factor(unit, meter.unit, step=step)
        if spelled(unit) != spelled(meter.unit):
            words = f"{spelled(unit)} to {spelled(meter.unit)}: times {ratio:g}"
            self._summary.conversions[meter.key] = words
        self._factors[meter.key, heading, step] = ratio
        return ratio
