"""What the rows of a table are series of: one meter's, two registers', several meters'; or a
question."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from data.importers.cells.heading import Heading
from data.importers.columns.registers import Choice, Open, names_rate
from data.importers.context import Context
from data.importers.options import ImportOptions
from data.importers.rows.filling import Filling
from data.importers.series.cumulative import only_counts_up
from data.importers.series.naming import Owned, split
from data.importers.series.questions import Choosable, ask
from data.importers.series.table import Table, nothing_usable

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
    """What a table holds series of, and what must be asked of it."""

    table: Table
    options: ImportOptions
    context: Context

    def decisions(self) -> list[Decision]:
        """The series; asks where there are several ways."""
        owned = split(
            self.table.rows,
            self.table.filling.roles,
            self.options,
            self.context,
            self.table.filling.summary,
        )
        found: list[Decision] = []
        for one in owned.parts:
            found += self._of_owner(one)
        self.table.judge()
        if not any(len(one.readings) for one in found):
            raise nothing_usable(self.table.filling.summary)
        return [one for one in found if len(one.readings)]

    def _of_owner(self, one: Owned) -> list[Decision]:
        choice = one.choice
        if isinstance(choice, Open):
            choice = self._settled(one, choice)
        taken = self.table.series(one, choice.taken)
        self._ask_for_sign(one, choice, taken)
        summary = self.table.filling.summary
        unit = self.table.unit(one, choice.taken)
        summary.assume("registers", self._registers(choice))
        if choice.left_out:
            said = "; ".join(
                f"{name!r} ({why})" for name, why in list(choice.left_out.items())[:12]
            )
            summary.assume("left_out", said)
        weather = self.table.weather(one)
        named = one.kinds.get(choice.taken[0]) == "counter" if choice.taken else False
        rate = "" if unit else next(filter(names_rate, choice.taken), "")
        decision = Decision(one.owner, "", taken, unit, self.table.clock.ends, weather, named, rate)
        return [decision] if not choice.feed_in else self._with_feed_in(one, choice, decision)

    def _registers(self, choice: Choice) -> str:
        """What was taken, in words: of a day in each row the first and the last column."""
        days = self.table.filling.days
        if days is None or len(days.at) < 2:
            return " + ".join(choice.taken)
        names = self.table.filling.roles.names
        return f"{names[days.at[0]]} … {names[days.at[-1]]}, a reading each"

    def _with_feed_in(self, one: Owned, choice: Choice, taken: Decision) -> list[Decision]:
        """Consumption, and what becomes of that which flows back."""
        names = " + ".join(repr(name) for name in choice.feed_in)
        back = self.table.series(one, choice.feed_in)
        summary = self.table.filling.summary
        way = self.options.feed_in or ("meter" if self.context.several else "leave")
        if way == "negative":
            minus = -back if float(back.sum()) >= 0 else back
            both = pd.concat([taken.readings, minus], axis=1, sort=True).dropna().sum(axis=1)
            summary.assume("feed_in", f"{names} is subtracted")
            return [Decision(**{**vars(taken), "readings": both.rename("value")})]
        if way == "meter" and bool((back != 0).any()):
            summary.assume("feed_in", f"{names} is a meter of its own, …_{FEED_IN}")
            unit = self.table.unit(one, choice.feed_in)
            return [
                taken,
                Decision(one.owner, FEED_IN, back, unit, self.table.clock.ends, taken.weather),
            ]
        summary.assume("feed_in", f"{names} is left out")
        if bool((back != 0).any()) or way == "leave":
            summary.warn(
                f"{names} is feed-in and was left out. feed_in=negative (--feed-in negative)"
                " subtracts it; with energy import, --feed-in meter stores it as a meter of its"
                " own."
            )
        return [taken]

    def _settled(self, one: Owned, choice: Open) -> Choice:
        """The only one of several groups in which there is anything.

        :raises AmbiguousFile: there is something in several.
        """
        found = [(group, self.table.series(one, group)) for group in choice.groups]
        filled = [group for group, series in found if bool((series != 0).any())]
        if counted := self._beside_counts(one, found):
            left = {" + ".join(group): "a count" for group in choice.groups if group != counted}
            return Choice(counted, choice.feed_in, {**left, **choice.left_out})
        counts = [
            series for group, series in found if only_counts_up(series, rate=False, named=True)
        ]
        if len(filled) != 1 or counts:
            raise self._which(one, choice, found)
        empty = {
            " + ".join(group): "nothing but 0" for group in choice.groups if group not in filled
        }
        return Choice(filled[0], choice.feed_in, {**empty, **choice.left_out})

    def _beside_counts(
        self, one: Owned, found: Sequence[tuple[tuple[str, ...], pd.Series]]
    ) -> tuple[str, ...] | None:
        """The only group that does not count up, where all others do; it has a unit."""
        still = [
            group for group, series in found if not only_counts_up(series, rate=False, named=True)
        ]
        if len(still) != 1 or len(found) < 2 or self.table.unit(one, still[0]) is None:
            return None
        return still[0]

    def _which(
        self, one: Owned, choice: Open, found: Sequence[tuple[tuple[str, ...], pd.Series]]
    ) -> Exception:
        """Ask which of several groups is meant."""
        choices = []
        for group, series in found:
            options = one.options(group)
            choices.append(
                Choosable(" + ".join(group), options, series, self.table.unit(one, group))
            )
        names = ", ".join(repr(name) for group in choice.groups for name in group)
        others = [*choice.feed_in, *choice.left_out]
        beside = ", ".join(repr(name) for name in others[:10])
        aside = f"Beside them stand {beside}." if others else ""
        if one.by_rows:
            question = (
                f"The rows are of several registers, told apart by {one.column!r}: {names}. Which"
                " is the consumption?"
            )
            return ask(question, choices, field="register", words=aside)
        joined = "Name one as value_column; join those that are one consumption with ' + '."
        return ask(
            f"Several columns could be the consumption: {names}.",
            choices,
            field="value_column",
            words=f"{joined} {aside}".rstrip(),
        )

    def _ask_for_sign(self, one: Owned, choice: Choice, taken: pd.Series) -> None:
        at = {one.registers[label][0] for label in choice.taken}
        formats = [
            self.table.filling.formats[place] for place in at if place in self.table.filling.formats
        ]
        if self.options.decimal or not any(each.ambiguous for each in formats):
            return
        likely = formats[0].decimal
        other = "," if likely == "." else "."
        unit = self.table.unit(one, choice.taken)
        more = taken.where(taken == taken.round(0), taken * 1000) if likely == "." else taken * 1000
        raise ask(
            f"Each value of {one.column!r} has three digits after its {likely!r}: that may be a"
            " decimal sign or a separator of thousands.",
            [
                Choosable(f"{likely} is the decimal sign", {"decimal": likely}, taken, unit),
                Choosable(f"{likely} separates thousands", {"decimal": other}, more, unit),
            ],
            field="decimal",
        )


def decide(
    filling: Filling, heading: Heading, options: ImportOptions, context: Context
) -> list[Decision]:
    """The series of a table that has been read."""
    table = Table(filling, heading, options, context)
    return Deciding(table, options, context).decisions()
