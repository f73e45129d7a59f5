"""The rows of a table that was read: their clock, their units, the readings of a register."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from config.errors import InvalidReadings
from data.importers.cells.heading import Heading
from data.importers.columns.names import unit_of
from data.importers.context import Context
from data.importers.options import ImportOptions
from data.importers.rows.filling import Filling
from data.importers.rows.held import Rows, Unread
from data.importers.series import judging
from data.importers.series.midnights import closing_midnights
from data.importers.series.naming import Owned
from data.importers.series.series import Clock, Losses, added, instants, readings_of, run_as_ends
from data.importers.series.units import (
    refuse_measure,
    refuse_unit,
    unit_above,
    unit_of_labels,
    with_one_unit,
)
from data.importers.summary import ImportSummary
from data.importers.values.unit_words import is_other


@dataclass
class Table:
    """The rows of a table, and all that was found about them."""

    filling: Filling
    heading: Heading
    options: ImportOptions
    context: Context
    losses: Losses = field(default_factory=Losses)
    rows: Rows = field(init=False)
    clock: Clock = field(init=False)

    def __post_init__(self) -> None:
        self.rows = self.filling.held.whole()
        summary, count = self.filling.summary, self.filling.summary.rows
        judging.refuse_broken_rows(self.filling.shape.broken, count)
        judging.refuse_unread_times(self.filling.held.unread_times, count, self._times)
        _note(summary, "columns", self.filling.shape.broken, "{}")
        _note(summary, "time_missing", self.filling.held.no_time, "no time")
        _note(summary, "time_unreadable", self.filling.held.unread_times, "{!r} is not a time")
        if not len(self.rows):
            raise nothing_usable(summary)
        self.row_unit: str | None = None
        column = self.filling.roles.unit_column
        if column is not None:
            self.rows, self.row_unit, aside = with_one_unit(
                self.rows, column, self.context.meter_type
            )
            if aside:
                said = ", ".join(f"{count:,} in {label!r}" for label, count in aside.items())
                summary.assume("left_out", f"rows in another unit: {said}")
        closing = closing_midnights(self.rows.wall, self.rows.absolute)
        if closing.any() and self.filling.days is None:
            moved = np.where(closing, self.rows.wall + np.timedelta64(1, "D"), self.rows.wall)
            self.rows = replace(self.rows, wall=moved)
            self.filling.held.ends_at_24 = True
        ends, why = self._ends()
        summary.assume("times_mark", f"{'ends' if ends else 'starts'} of intervals ({why})")
        summary.assume("times", f"{self._times!r}, {self.filling.reader.words}")
        if len(self.rows) and self.rows.absolute.all():
            summary.assume("zone", "each time says its own")
        known = self.context
        self.clock = Clock(self._zone(), ends, known.reach, known.now)

    def _zone(self) -> str:
        """That of the context, unless the hour that it leaves out is there and another was
        named."""
        zone, fixed = self.context.zone, self.context.fixed
        if fixed is None:
            return zone
        local = pd.DatetimeIndex(self.rows.wall[~self.rows.absolute]).tz_localize(
            zone, ambiguous="NaT", nonexistent="shift_forward"
        )
        shown = local.tz_localize(None).to_numpy()
        moved = ~np.isnat(shown) & (shown != self.rows.wall[~self.rows.absolute])
        values = next(iter(self.rows.values.values()))[~self.rows.absolute]
        walls = self.rows.wall[~self.rows.absolute]
        there = moved & np.isfinite(values) & (values != 0)
        if not len(judging.left_out_hours(walls, values, there)):
            return zone
        self.filling.summary.assume(
            "zone", f"{fixed} (the file has the hour that {zone} leaves out)"
        )
        return fixed

    @property
    def _times(self) -> str:
        return self.filling.roles.time.named(self.filling.roles.names)

    def _ends(self) -> tuple[bool, str]:
        time, said = self.filling.roles.time, self.options.interval_end
        if said is not None:
            return said, "as you say"
        if self.filling.days is not None or self.filling.reader.ranges:
            return False, "from the intervals that are named"
        if time.ends is not None:
            return time.ends, "from the heading"
        if self.filling.held.ends_at_24 or run_as_ends(self.rows, self.context.zone):
            return True, "the days run from one step after midnight to midnight"
        return False, "nothing says otherwise"

    def series(self, one: Owned, labels: Sequence[str]) -> pd.Series:
        return added([self._register(one, label) for label in labels])

    def _register(self, one: Owned, label: str) -> pd.Series:
        """The readings of one register, resolved by its own clock."""
        at, mask = one.registers[label]
        rows = self.rows if mask is None else self.rows.only(mask)
        summary = self.filling.summary
        key = one.owner or ""
        stamps, usable = instants(rows, self.clock, key, summary, self.losses, rows.values[at])
        self._note_values(one, label, at)
        if at in self.filling.formats:
            summary.assume("numbers", self.filling.formats[at].words)
        return readings_of(rows, rows.values[at], stamps, usable, summary, self.losses)

    def _note_values(self, one: Owned, label: str, at: int) -> None:
        """Tell of the values of a column that are none, once."""
        summary, held = self.filling.summary, self.filling.held
        whose = (
            f"{one.owner}: " if one.owner and not one.by_rows and self.filling.roles.owners else ""
        )
        unread = held.unread.pop(at, None)
        if unread is not None:
            said = self.filling.formats[at].words
            judging.refuse_unread_values(unread, summary.rows, one.column, said)
            _note(summary, "value_unreadable", unread, whose + "value {!r} is not a number")
        if (missing := held.missing.pop(at, None)) is not None:
            _note(summary, "value_missing", missing, whose + "no value")

    def unit(self, one: Owned, labels: Sequence[str]) -> str | None:
        """The unit that the file names, and where it does."""
        units: dict[str, None] = {}
        for label in labels:
            at, _ = one.registers[label]
            found = one.units.get(label) or self.filling.roles.units.get(at)
            behind = self.filling.formats[at].unit if at in self.filling.formats else None
            above = unit_above(self.heading, self.filling.sheet) or self._unit_of_labels()
            if unit := self.row_unit or found or behind or above:
                units[unit] = None
        summary = self.filling.summary
        for unit in units if labels and not self.options.unit else ():
            refuse_measure(labels[0], unit, self.context.meter_type)
        bracket = unit_of(labels[0]) if labels and not units else None
        if bracket and not self.options.unit:
            refuse_unit(labels[0], bracket)
        if bracket and not is_other(labels[0]):
            units[bracket] = None  # of no unit that is known the store warns
        if self.options.unit:
            summary.assume("unit", f"{self.options.unit} (as you say)")
        elif units and not bracket:
            summary.assume("unit", f"{next(iter(units))} (named by the file)")
        else:
            summary.assume("unit", "the meter's (the file names none)")
        return next(iter(units), None)

    def _unit_of_labels(self) -> str | None:
        return unit_of_labels(self.rows, self.filling.roles.names)

    def weather(self, one: Owned) -> pd.DataFrame:
        mask = next((mask for _, mask in one.registers.values()), None)
        rows = self.rows if mask is None else self.rows.only(mask)
        if not rows.weather:
            return pd.DataFrame(index=pd.DatetimeIndex([], tz="UTC"))
        quiet, losses = type(self.filling.summary)(), Losses()
        stamps, usable = instants(rows, self.clock, one.owner or "", quiet, losses)
        index = pd.DatetimeIndex(stamps[usable]).tz_localize("UTC")
        frame = pd.DataFrame({n: v[usable] for n, v in rows.weather.items()}, index=index)
        frame = frame.dropna(how="all")
        return frame[~frame.index.duplicated(keep="last")].sort_index()

    def judge(self) -> None:
        """Refuse where too many rows had no place."""
        count, losses, summary = self.filling.summary.rows, self.losses, self.filling.summary
        judging.refuse_nonexistent(losses.nonexistent, count, self.context.zone)
        words = "{!r} does not exist: clocks were set forward"
        _note(summary, "time_nonexistent", losses.nonexistent, words)
        judging.refuse_conflicts(losses.conflicting, self.rows, count, "", {})


def _note(summary: ImportSummary, reason: str, unread: Unread, words: str) -> None:
    """Count what was left out, and show the first of it."""
    shown = 0
    for line, text in unread.examples:
        summary.drop(reason, line, words.format(text.strip()[:40]))
        shown += 1
    if unread.count > shown:
        summary.dropped[reason] += unread.count - shown


def nothing_usable(summary: ImportSummary) -> InvalidReadings:
    problems = summary.problems
    return InvalidReadings(
        "The file has no usable row.",
        hint=problems[0] if problems else "It has a heading only.",
        rows=summary.rows,
        problems=problems,
    )
