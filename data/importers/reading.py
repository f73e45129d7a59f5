"""A sheet to series: heading, columns, rows, and then what they are series of."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain

from config.errors import InvalidReadings
from data.importers.cells.heading import Heading, find_heading, of_the_table
from data.importers.cells.shapes import profile
from data.importers.columns.registers import Choice
from data.importers.columns.roles import Roles, find_roles
from data.importers.context import Context
from data.importers.options import ImportOptions
from data.importers.rows.days import DayColumns, day_columns
from data.importers.rows.filling import Filling
from data.importers.series import judging
from data.importers.series.deciding import Decision, decide
from data.importers.series.zones import other_zone, stated_zone
from data.importers.sheet import Block, Sheet
from data.importers.summary import ImportSummary

Progress = Callable[[float, int], object]
"""Called with the share read so far (0 to 1) and the rows read."""

LONGEST_DAY = 300
"""Columns of a day: five minutes, with those of an hour that comes twice."""


@dataclass
class Reading:
    """One sheet as it is read; `found` are its series when all is read."""

    sheet: Sheet
    options: ImportOptions
    context: Context
    summary: ImportSummary
    heading: Heading = field(init=False)
    roles: Roles = field(init=False)
    zone: str = field(init=False)

    def read(self, progress: Progress | None = None) -> list[Decision]:
        """The series of the sheet.

        :raises AmbiguousFile: it can be read in several ways.
        :raises InvalidReadings: there is no table, no usable row, or too much would be lost.
        """
        blocks = iter(self.sheet.blocks)
        first = next(blocks, None)
        if first is None or not any(any(cell.strip() for cell in row) for row in first.rows):
            raise InvalidReadings("The file is empty.", hint="It needs a heading and rows.")
        first = self._begin(first)
        if self.sheet.delimiter == ",":
            judging.refuse_surplus(self.heading.names, of_the_table(first.rows[:LONGEST_DAY]))
        self.summary.names += [name for name in self.heading.names if name]
        days = self._days(first)
        self.roles = self._roles(first, days)
        self.summary.columns = self.roles.named
        self.zone, source = stated_zone(self.sheet, self.heading, self.roles, self.context.zone)
        self.summary.assume("zone", f"{self.zone} ({source})")
        filling = Filling(self.sheet, self.roles, days, self.options, self.zone, self.summary)
        whole = chain([first], blocks)
        del first  # 50 000 rows of text, which are numbers in a moment
        for block in whole:
            filling.take(block)
            if progress is not None:
                progress(block.fraction, self.summary.rows)
        filling.end()
        for name, said in self.sheet.facts.items():
            self.summary.assume(name, said)
        if filling.below.noted:
            self.summary.assume("below_the_table", "; ".join(filling.below.noted[:5]))
        fixed = other_zone(self.sheet, self.roles, self.zone)
        context = replace(self.context, zone=self.zone, fixed=fixed)
        return decide(filling, self.heading, self.options, context)

    def _begin(self, first: Block) -> Block:
        """Find the heading in the first block, and give back the rows below it."""
        if self.sheet.heading is not None:
            names = self.sheet.heading
            line = int(first.lines[0]) if first.rows else 0
            self.heading = Heading(names, (None,) * len(names), 0, line)
            return first
        self.heading = find_heading(first.rows, first.lines)
        at = self.heading.first
        if self.heading.above and len(self.heading.above) > 1:
            self.summary.assume("table_begins", f"{self.sheet.place} {self.heading.line}")
        return Block(first.rows[at:], first.lines[at:], first.fraction)

    def _days(self, block: Block) -> DayColumns | None:
        if self.sheet.heading is not None or self.options.wide:
            return None
        rows = block.rows[:LONGEST_DAY]
        numeric = [
            profile([row[at] if at < len(row) else "" for row in rows]).number >= 0.5
            for at in range(len(self.heading.names))
        ]
        found = day_columns(self.heading.names, numeric)
        if found is not None:
            self.summary.assume("layout", f"a day in each row, {len(found.at)} columns")
        return found

    def _roles(self, block: Block, days: DayColumns | None) -> Roles:
        fixed = self.sheet.heading is not None
        kind = self.context.meter_type
        rows = of_the_table(block.rows)
        if days is None:
            return find_roles(self.heading, rows, self.options, kind, fixed=fixed)
        value = days.at[0]
        hidden = set(days.at) - {value}
        names = tuple("" if at in hidden else name for at, name in enumerate(self.heading.names))
        rows = [
            ["" if at in hidden else cell for at, cell in enumerate(row)] for row in rows[:1000]
        ]
        options = replace(self.options, value_column=names[value])
        roles = find_roles(replace(self.heading, names=names), rows, options, kind)
        # The columns of the day are one value, whose first column stands for it.
        return replace(
            roles, names=self.heading.names, choice=Choice((self.heading.names[value],)), values=()
        )


def read_sheets(
    sheets: list[Sheet],
    options: ImportOptions,
    context: Context,
    summary: ImportSummary,
    progress: Progress | None = None,
) -> Iterator[Decision]:
    """The series of all sheets of a file, one after the other."""
    for sheet in sheets:
        summary.place = sheet.place
        yield from Reading(sheet, options, context, summary).read(progress)
