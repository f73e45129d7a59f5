"""A table's blocks of cells into columns of times and numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from data.importers.columns.roles import Roles
from data.importers.options import ImportOptions
from data.importers.rows.blocks import Below, Shape
from data.importers.rows.days import DayColumns, spread
from data.importers.rows.held import Held, Texts, Unread
from data.importers.rows.times import Reader
from data.importers.sheet import Block, Sheet
from data.importers.summary import ImportSummary
from data.importers.values.numbers import NumberFormat, find_number_format

FAHRENHEIT_ZERO = 32.0
FAHRENHEIT_STEP = 5.0 / 9.0


@dataclass
class Filling:
    """Takes blocks as they come; what was found in the first stays for the rest."""

    sheet: Sheet
    roles: Roles
    days: DayColumns | None
    options: ImportOptions
    zone: str
    summary: ImportSummary
    held: Held = field(default_factory=Held)
    formats: dict[int, NumberFormat] = field(default_factory=dict)
    shape: Shape = field(init=False)
    below: Below = field(init=False)
    _reader: Reader | None = None

    def __post_init__(self) -> None:
        self.shape = Shape(self.roles.names)
        self.below = Below(self.held.unread_times)

    @property
    def reader(self) -> Reader:
        assert self._reader is not None, "no block was taken"
        return self._reader

    def take(self, block: Block) -> None:
        """The rows of a block; the first one tells how times and numbers are written."""
        cells, lines = self.shape.columns(block)
        if not cells.shape[1]:
            return
        if self._reader is None:
            days = self.days is not None
            self._reader = Reader.find(self.roles, cells, self.options, self.zone, days=days)
            self._find_formats(cells)
        wall, absolute = self.reader.read(cells)
        readable = ~np.isnat(wall)
        numbers = np.asarray(lines, dtype=np.int32)
        self.summary.rows += len(wall)
        if readable.all():
            self.below.goes_on()
        else:
            self._without_time(cells, lines, readable)
            cells, wall, absolute = cells[:, readable], wall[readable], absolute[readable]
            numbers = numbers[readable]
        if self.days is not None:
            self._take_days(cells, wall, numbers)
            return
        self._hold(wall, absolute, numbers, cells)
        for at in self.roles.values:
            self.held.values[at].append(self._values(at, cells[at], numbers))

    def end(self) -> None:
        self.below.end()

    def _hold(
        self, wall: Texts, absolute: Texts, lines: Texts, cells: Texts, each: int = 1
    ) -> None:
        """Times, lines and what stands beside; `each` row of cells stands for so many times."""
        held, roles = self.held, self.roles
        held.wall.append(wall)
        held.absolute.append(absolute)
        held.lines.append(lines)
        for at in {*roles.texts, *self._naming()}:
            held.labels[at].add(np.repeat(cells[at], each))
        for name, at in roles.weather.items():
            values = self._format(at).read(cells[at]).values
            if name in roles.fahrenheit:
                values = (values - FAHRENHEIT_ZERO) * FAHRENHEIT_STEP
            held.weather[name].append(np.repeat(values, each))

    def _naming(self) -> set[int]:
        some = (self.roles.register, self.roles.meter, self.roles.unit_column)
        return {at for at in some if at is not None}

    def _values(self, at: int, texts: Texts, lines: Texts) -> np.ndarray:
        read = self._format(at).read(texts)
        for flags, of in ((read.missing, self.held.missing), (read.unreadable, self.held.unread)):
            if flags.any():
                of.setdefault(at, Unread()).add_all(flags, lines, texts)
        return read.values

    def _take_days(self, cells: Texts, days: np.ndarray, lines: np.ndarray) -> None:
        """Days side by side become rows, a time each. One column of values comes out: the first."""
        assert self.days is not None
        at, count = list(self.days.at), len(self.days.at)
        values = np.empty((len(days), count))
        filled = np.empty((len(days), count), dtype=bool)
        for place, column in enumerate(at):
            read = self._format(column).read(cells[column])
            values[:, place], filled[:, place] = read.values, ~read.missing
            if read.unreadable.any():
                unread = self.held.unread.setdefault(at[0], Unread())
                unread.add_all(read.unreadable, lines, cells[column])
        midnights = days.astype("datetime64[D]").astype("datetime64[us]")
        wall, absolute, used = spread(midnights, values, filled, self.days, self.zone)
        keep = used.ravel()
        self._hold(wall.ravel(), absolute.ravel(), np.repeat(lines, count), cells, each=count)
        self.held.values[at[0]].append(np.where(keep, values.ravel(), np.nan))
        empty = np.asarray((used & ~filled).any(axis=1))
        if empty.any():
            none = self.held.missing.setdefault(at[0], Unread())
            none.add_all(empty, lines, cells[at[0]])
            none.count += int((used & ~filled).sum()) - int(empty.sum())

    def _without_time(self, cells: Texts, lines: Sequence[int], readable: np.ndarray) -> None:
        times = cells[self.roles.time.at[0]]
        values = [*self.roles.values, *(self.days.at if self.days else ())]
        empty = np.array([not str(cell).strip() for cell in times]) & ~readable
        if empty.any():
            filled = np.zeros(len(empty), dtype=bool)
            for at in values:
                filled |= np.array([bool(str(cell).strip()) for cell in cells[at]])
            self.held.no_time.add_all(empty & filled, lines, times)
        # Where a table is put together of several, its heading stands among the rows.
        again = np.array(
            [str(cell).strip() == self.roles.names[self.roles.time.at[0]] for cell in times]
        )
        self.below.take(times, cells, lines, readable | again | empty)

    def _find_formats(self, cells: Texts) -> None:
        columns = [*self.roles.values, *self.roles.weather.values()]
        if self.days:
            together = np.concatenate([cells[at] for at in self.days.at])
            shared = self._found(together, self.options.decimal)
            self.formats |= dict.fromkeys(self.days.at, shared)
            columns = [at for at in columns if at not in self.days.at]
        for at in columns:
            self.formats[at] = self._found(cells[at], self.options.decimal)
        self._settle(cells)

    def _settle(self, cells: Texts) -> None:
        """A column that could be read in two ways is written as the others of its file are."""
        sure = {one.decimal for one in self.formats.values() if one.seen and not one.ambiguous}
        sure = sure or self._habit()
        if len(sure) != 1:
            return
        (decimal,) = sure
        for at, one in list(self.formats.items()):
            if one.ambiguous and one.unit is None:
                self.formats[at] = self._found(cells[at], decimal)

    def _habit(self) -> set[str]:
        """The decimal sign where the file is written as in one part of the world.

        Days first and semicolons, which the comma of numbers makes needed, are of the continent;
        months first and commas in quotes are of America.
        """
        unsure = [one for one in self.formats.values() if one.ambiguous]
        if any(one.decimal != "," for one in unsure):
            return set()
        if self.sheet.delimiter == ";" and "day first" in self.reader.words:
            return {","}
        if self.sheet.delimiter == "," and "month first" in self.reader.words:
            return {"."}
        return set()

    def _found(self, texts: Texts, decimal: str | None) -> NumberFormat:
        sheet = self.sheet
        return find_number_format(
            texts, delimiter=sheet.delimiter, decimal=decimal, typed=sheet.typed
        )

    def _format(self, at: int) -> NumberFormat:
        return self.formats[at]
