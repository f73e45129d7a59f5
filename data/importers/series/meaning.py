"""What the values of a series mean: consumption, counts, power sent on change, bills. Or a
question."""

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import pandas as pd

from config.errors import AmbiguousFile, InvalidReadings
from data.frames import commonest_step
from data.importers.options import ImportOptions
from data.importers.series.cumulative import (
    begins_anew_daily,
    counts_of_days,
    differences,
    only_counts_up,
)
from data.importers.series.deciding import Decision
from data.importers.series.grids import averaged, counts_on_grid, grid_for, irregular
from data.importers.series.questions import Choosable, ask
from data.importers.summary import ImportSummary
from data.meters import DAY, Meter, format_duration, parse_duration
from data.units import is_rate

FEWEST_BILLS = 3
SHOWN_BY = 10_000
"""Readings that show a step well enough to be told of."""
LONGEST_STEP = timedelta(days=2)
"""Of most neighbours; those of bills are a week, a month or a quarter apart."""


@dataclass(frozen=True)
class Meaning:
    """What is known of the meter that a series is for, and of how it was sent."""

    meter: Meter
    resolution: timedelta | None
    """Of a meter that is in the catalogue."""
    options: ImportOptions
    bridge: timedelta
    summary: ImportSummary

    def of(self, decision: Decision) -> tuple[Decision, bool]:
        """The series as the store takes it, and whether it is counts.

        :raises AmbiguousFile: it may be counts, and nobody said.
        :raises InvalidReadings: it is bills, or has no step that could be told.
        """
        readings = decision.readings
        unit = self.options.unit or decision.unit or self.meter.unit
        rate = is_rate(unit)
        if decision.rate and not rate and not self.options.unit:
            raise self._ask_unit(decision)
        counter = self.options.counter
        if counter is None and only_counts_up(readings, rate=rate, named=decision.counter):
            raise self._ask(decision, unit)
        if counter is None and not rate and counts_of_days(readings, self.meter.timezone):
            raise self._ask(decision, unit, daily=True)
        if counter:
            self._say_of_days(readings)
        if self.resolution is None:
            self._refuse_bills(readings, counts=bool(counter))
        index = pd.DatetimeIndex(readings.index)
        if irregular(index):
            readings = self._on_grid(readings, rate=rate, counts=bool(counter))
            decision = replace(decision, readings=readings, ends=False)
        elif step := commonest_step(index[:SHOWN_BY]):
            self.summary.assume("resolution", format_duration(step))
        return decision, bool(counter)

    def _ask_unit(self, decision: Decision) -> AmbiguousFile:
        """Which unit power or a flow is in: an hour of 500 W is no 500 kWh."""
        units = {"electricity": ("W", "kW", "MW", "kWh")}.get(
            self.meter.meter_type, ("L/s", "m3/h", "m3")
        )
        values = decision.readings
        return ask(
            f"{decision.rate!r} is a rate, and the file names no unit of it.",
            [Choosable(f"in {one}", {"unit": one}, values, one) for one in units],
            field="unit",
        )

    def _ask(self, decision: Decision, unit: str, *, daily: bool = False) -> AmbiguousFile:
        values = decision.readings
        rise = f"only rise, from {values.iloc[0]:,.6g} to {values.iloc[-1]:,.6g}"
        if daily:
            rise = "only rise through each day and begin anew at midnight"
        return ask(
            f"The values {rise}: they look like the counts of a cumulative counter.",
            [
                Choosable(
                    "counts: store the differences", {"counter": True}, differences(values), unit
                ),
                Choosable("consumption: store as it is", {"counter": False}, values, unit),
            ],
            field="counter",
        )

    def _say_of_days(self, counts: pd.Series) -> None:
        if begins_anew_daily(counts, self.meter.timezone):
            self.summary.warn(
                "This counter begins anew at each midnight, as the energy of the day does. What"
                " is used between the last count of a day and midnight is in no difference, and"
                " is left out."
            )

    def _refuse_bills(self, readings: pd.Series, *, counts: bool) -> None:
        if len(readings) < FEWEST_BILLS:
            return
        apart = np.diff(pd.DatetimeIndex(readings.index).as_unit("s").asi8) / 86_400.0
        usual = float(np.median(apart))
        if usual < LONGEST_STEP / DAY:
            return
        what = "by the month, as bills are" if 26 <= usual <= 33 else f"{usual:.0f} days apart"
        raise InvalidReadings(
            f"The readings are {what}: a month or a week is no step that a meter can have, and too"
            " coarse to forecast days and hours from"
            + (", also where a counter is read." if counts else "."),
            hint="Export the readings by the day, the hour or the quarter-hour: ask the utility for"
            " interval data (load profile, Green Button) in place of bills. Nothing was stored.",
            field="resolution",
        )

    def _on_grid(self, readings: pd.Series, *, rate: bool, counts: bool) -> pd.Series:
        index = pd.DatetimeIndex(readings.index)
        said = parse_duration(self.options.resolution) if self.options.resolution else None
        step = grid_for(index, said or self.resolution)
        if step is None or not (rate or counts):
            raise InvalidReadings(
                "The times are irregular: they have no regular step, so nobody can tell how long"
                " each value lasts.",
                hint="If they are counts of a meter, say counter (--counter); if they are power,"
                " say its unit, such as unit=W: both are put onto a regular grid. Else export the"
                " readings by the hour. Nothing was stored.",
                field="counter",
            )
        words = format_duration(step)
        zone, bridge = self.meter.timezone, self.bridge
        found = (counts_on_grid if counts else averaged)(readings, step, bridge, zone)
        if found.empty:
            raise InvalidReadings(
                f"The times are irregular, and farther apart than {format_duration(bridge)}: no"
                f" interval of {words} is known.",
                hint="Say a coarser resolution, such as resolution=P1D, or export regular"
                " readings.",
                field="resolution",
            )
        how = "counts between their times" if counts else "time-weighted means"
        self.summary.assume("resolution", f"{words} (irregular times: {how})")
        self.summary.warn(
            f"The times are irregular: {len(readings):,} values were put onto a grid of {words} as"
            f" {how}; gaps longer than {format_duration(bridge)} stay gaps."
        )
        return found
