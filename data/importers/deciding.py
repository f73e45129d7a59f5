"""What the rows of a table are series of: one meter's, two registers', several meters'; or a question."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from config.errors import InvalidReadings
from data.importers import judging
from data.importers.columns import unit_of
from data.importers.cumulative import only_counts_up
from data.importers.filling import Filling
from data.importers.heading import Heading
from data.importers.held import Rows, Unread
from data.importers.midnights import closing_midnights
from data.importers.naming import Owned, split
from data.importers.options import ImportOptions
from data.importers.questions import Choosable, ask
from data.importers.registers import Choice, Open, names_rate
from data.importers.series import Clock, Losses, added, instants, readings_of, run_as_ends
from data.importers.summary import ImportSummary
from data.importers.unit_words import is_other
from data.importers.units_found import refuse_measure, refuse_unit, unit_above, unit_of_labels, with_one_unit

if TYPE_CHECKING:
    from data.importers.reading import Context

FEED_IN = "feed_in"
"""Behind the id of a meter: what its feed-in is called, where that is a meter of its own."""


@dataclass(frozen=True)
class Decision:
    """A series to be stored: whose it is (None: the meter's that was asked for), and what it is.

    `suffix` is set where it is a meter of its own beside that one. `ends`: its times mark ends.
    `counter` is what its heading says of it.
    """

    owner: str | None
    suffix: str
    readings: pd.Series
    unit: str | None
    ends: bool
    weather: pd.DataFrame
    counter: bool = False
    rate: str = ""
    """The name that says power or flow without any unit."""


@dataclass
class Deciding:
    """The rows of a table, and all that was found about them."""

    filling: Filling
    heading: Heading
    options: ImportOptions
    context: "Context"
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
            raise _nothing(summary)
        self.row_unit: str | None = None
        column = self.filling.roles.unit_column
        if column is not None:
            self.rows, self.row_unit, aside = with_one_unit(self.rows, column, self.context.meter_type)
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
        known = self.context
        self.clock = Clock(self._zone(), ends, known.reach, known.now)

    def _zone(self) -> str:
        """That of the context, unless the hour that it leaves out is there and another was named."""
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
        self.filling.summary.assume("zone", f"{fixed} (the file has the hour that {zone} leaves out)")
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

    def decisions(self) -> list[Decision]:
        """The series; asks where there are several ways."""
        owned = split(
            self.rows, self.filling.roles, self.options, self.context, self.filling.summary
        )
        found: list[Decision] = []
        for one in owned.parts:
            found += self._of_owner(one)
        self._judge()
        if not any(len(one.readings) for one in found):
            raise _nothing(self.filling.summary)
        return [one for one in found if len(one.readings)]

    def _of_owner(self, one: Owned) -> list[Decision]:
        choice = one.choice
        if isinstance(choice, Open):
            choice = self._settled(one, choice)
        taken = self._series(one, choice.taken)
        self._ask_for_sign(one, choice, taken)
        summary = self.filling.summary
        unit = self._unit(one, choice.taken)
        summary.assume("registers", " + ".join(choice.taken))
        if choice.left_out:
            said = "; ".join(f"{name!r} ({why})" for name, why in list(choice.left_out.items())[:12])
            summary.assume("left_out", said)
        weather = self._weather(one)
        named = one.kinds.get(choice.taken[0]) == "counter" if choice.taken else False
        rate = "" if unit else next(filter(names_rate, choice.taken), "")
        decision = Decision(one.owner, "", taken, unit, self.clock.ends, weather, named, rate)
        return [decision] if not choice.feed_in else self._with_feed_in(one, choice, decision)

    def _with_feed_in(self, one: Owned, choice: Choice, taken: Decision) -> list[Decision]:
        """Consumption, and what becomes of that which flows back."""
        names = " + ".join(repr(name) for name in choice.feed_in)
        back = self._series(one, choice.feed_in)
        summary = self.filling.summary
        way = self.options.feed_in or ("meter" if self.context.several else "leave")
        if way == "negative":
            minus = -back if float(back.sum()) >= 0 else back
            both = pd.concat([taken.readings, minus], axis=1, sort=True).dropna().sum(axis=1)
            summary.assume("feed_in", f"{names} is subtracted")
            return [Decision(**{**vars(taken), "readings": both.rename("value")})]
        if way == "meter" and bool((back != 0).any()):
            summary.assume("feed_in", f"{names} is a meter of its own, …_{FEED_IN}")
            unit = self._unit(one, choice.feed_in)
            return [taken, Decision(one.owner, FEED_IN, back, unit, self.clock.ends, taken.weather)]
        summary.assume("feed_in", f"{names} is left out")
        if bool((back != 0).any()) or way == "leave":
            summary.warn(
                f"{names} is feed-in and was left out. feed_in=negative (--feed-in negative) subtracts"
                " it; with energy import, --feed-in meter stores it as a meter of its own."
            )
        return [taken]

    def _series(self, one: Owned, labels: Sequence[str]) -> pd.Series:
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
        whose = f"{one.owner}: " if one.owner and not one.by_rows and self.filling.roles.owners else ""
        unread = held.unread.pop(at, None)
        if unread is not None:
            said = self.filling.formats[at].words
            judging.refuse_unread_values(unread, summary.rows, one.column, said)
            _note(summary, "value_unreadable", unread, whose + "value {!r} is not a number")
        if (missing := held.missing.pop(at, None)) is not None:
            _note(summary, "value_missing", missing, whose + "no value")

    def _unit(self, one: Owned, labels: Sequence[str]) -> str | None:
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

    def _weather(self, one: Owned) -> pd.DataFrame:
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

    def _settled(self, one: Owned, choice: Open) -> Choice:
        """The only one of several groups in which there is anything.

        :raises AmbiguousFile: there is something in several.
        """
        found = [(group, self._series(one, group)) for group in choice.groups]
        filled = [group for group, series in found if bool((series != 0).any())]
        if counted := self._beside_counts(one, found):
            left = {" + ".join(group): "a count" for group in choice.groups if group != counted}
            return Choice(counted, choice.feed_in, {**left, **choice.left_out})
        counts = [series for group, series in found if only_counts_up(series, rate=False, named=True)]
        if len(filled) != 1 or counts:
            raise self._which(one, choice, found)
        empty = {" + ".join(group): "nothing but 0" for group in choice.groups if group not in filled}
        return Choice(filled[0], choice.feed_in, {**empty, **choice.left_out})

    def _beside_counts(
        self, one: Owned, found: Sequence[tuple[tuple[str, ...], pd.Series]]
    ) -> tuple[str, ...] | None:
        """The only group that does not count up, where all others do; it has a unit."""
        still = [
            group for group, series in found if not only_counts_up(series, rate=False, named=True)
        ]
        if len(still) != 1 or len(found) < 2 or self._unit(one, still[0]) is None:
            return None
        return still[0]

    def _which(
        self, one: Owned, choice: Open, found: Sequence[tuple[tuple[str, ...], pd.Series]]
    ) -> Exception:
        """Ask which of several groups is meant."""
        choices = []
        for group, series in found:
            options = one.options(group)
            choices.append(Choosable(" + ".join(group), options, series, self._unit(one, group)))
        names = ", ".join(repr(name) for group in choice.groups for name in group)
        others = [*choice.feed_in, *choice.left_out]
        beside = ", ".join(repr(name) for name in others[:10])
        aside = f"Beside them stand {beside}." if others else ""
        if one.by_rows:
            question = (
                f"The rows are of several registers, told apart by {one.column!r}: {names}. Which is"
                " the consumption?"
            )
            return ask(question, choices, field="register", words=aside)
        return ask(
            f"Several columns could be the consumption: {names}. Name one as value_column"
            " (--value-column); join those that are one consumption with ' + '.",
            choices,
            field="value_column",
            words=aside,
        )

    def _ask_for_sign(self, one: Owned, choice: Choice, taken: pd.Series) -> None:
        at = {one.registers[label][0] for label in choice.taken}
        formats = [self.filling.formats[place] for place in at if place in self.filling.formats]
        if self.options.decimal or not any(each.ambiguous for each in formats):
            return
        likely = formats[0].decimal
        other = "," if likely == "." else "."
        unit = self._unit(one, choice.taken)
        more = taken.where(taken == taken.round(0), taken * 1000) if likely == "." else taken * 1000
        raise ask(
            f"Each value of {one.column!r} has three digits after its {likely!r}: that may be a decimal"
            " sign or a separator of thousands.",
            [
                Choosable(f"{likely} is the decimal sign", {"decimal": likely}, taken, unit),
                Choosable(f"{likely} separates thousands", {"decimal": other}, more, unit),
            ],
            field="decimal",
        )

    def _judge(self) -> None:
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


def _nothing(summary: ImportSummary) -> InvalidReadings:
    problems = summary.problems
    return InvalidReadings(
        "The file has no usable row.",
        hint=problems[0] if problems else "It has a heading only.",
        rows=summary.rows,
        problems=problems,
    )


def decide(
    filling: Filling, heading: Heading, options: ImportOptions, context: "Context"
) -> list[Decision]:
    """The series of a table that has been read."""
    return Deciding(filling, heading, options, context).decisions()

