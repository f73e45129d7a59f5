"""Times in several columns: a date and a clock, or years, months, days and hours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.importers.moments.formats import TimeFormat, find_format
from data.importers.moments.names import MONTHS
from data.importers.moments.positions import Positions, find_positions
from data.importers.moments.shapes import days_of
from data.importers.moments.stamps import DAY, NAT, Stamps, Texts, stamps_of

Clocks = Literal["clock", "hhmm", "fraction", "numbers"]

# What a workbook shows of a column of dates, and of one of clocks, whose cells are both.
_MIDNIGHT = r"[T ]+(0?0:00(:00(\.0+)?)?|12:00(:00)? ?[Aa][Mm])Z?$"
_FIRST_DAY = r"^(1899-12-3[01]|1900-01-0[01])[T ]"
_DAY_OF_CLOCK = 2_400
"""The largest clock without a sign: 24:00."""
_FIELDS = ("year", "month", "day", "hour", "minute", "second")


@dataclass(frozen=True)
class PartsFormat:
    """Reads a column of dates with one of clocks, or of numbers of hours.

    `clocks` says how the second is written: a "clock", "hhmm" without a sign (15 is 00:15), a
    "fraction" of the day, or "numbers" of intervals, which `positions` counts.
    """

    dates: TimeFormat
    clocks: Clocks
    positions: Positions | None = None

    @property
    def words(self) -> str:
        """For people: how it is read."""
        return f"{self.dates.words}, {self.positions.words}" if self.positions else self.dates.words

    @property
    def descending(self) -> bool:
        """Whether the sample runs backwards."""
        return self.dates.descending

    def read(self, dates: Texts, clocks: Texts, untils: Texts | None = None) -> Stamps:
        """Times of rows; with `untils`, clocks of the ends, also those: a smaller one is of the
        day after."""
        if self.positions is not None:
            return self.positions.read(self.dates.read(_days(dates)), clocks)
        begun = self._joined(dates, clocks)
        if untils is None:
            return begun
        ended = self._joined(dates, untils).wall
        later = np.where(ended < begun.wall, ended + np.timedelta64(1, "D"), ended)
        return Stamps(begun.wall, begun.absolute, later)

    def _joined(self, dates: Texts, clocks: Texts) -> Stamps:
        if self.clocks != "fraction":
            return self.dates.read(_join(_days(dates), _clocks(clocks, self.clocks)))
        days = self.dates.read(_days(dates)).wall
        shares = pd.to_numeric(
            pd.Series(clocks, dtype="str").str.replace(",", "."), errors="coerce"
        )
        known = ((shares >= 0) & (shares <= 1)).to_numpy() & ~np.isnat(days)
        seconds = (np.where(known, shares, 0) * 86_400).round().astype("int64")
        micros = np.where(known, days.astype("int64") + seconds * 1_000_000, NAT)
        return stamps_of(micros, np.zeros(len(dates), dtype=bool))


def find_parts(
    dates: Texts, clocks: Texts, *, day_first: bool | None = None, zone: str = "UTC"
) -> PartsFormat:
    """How two columns of a sample make a time. Raises as `find_format` does."""
    kind = _kind(clocks)
    if kind in ("numbers", "fraction"):
        days = find_format(_days(dates), day_first=day_first, zone=zone, days=True)
        if kind == "fraction":
            return PartsFormat(days, kind)
        return PartsFormat(days, kind, find_positions(days.read(_days(dates)), clocks, zone=zone))
    joined = _join(_days(dates), _clocks(clocks, kind))
    return PartsFormat(find_format(joined, day_first=day_first, zone=zone), kind)


def read_fields(fields: Mapping[str, Texts]) -> Stamps:
    """Times of columns by what they hold: year, month (also in words), day, hour, minute, second.

    Only year and month must be there. Hour 24 is the end of its day.
    """
    size = len(fields["year"])
    numbers = {name: _whole(fields[name]) for name in _FIELDS if name in fields}
    date = [numbers.get(name, np.ones(size)) for name in _FIELDS[:3]]
    known = np.isfinite(date).all(axis=0)
    year, month, day = (np.where(known, values, 0).astype("int64") for values in date)
    days = days_of(np.where(year < 100, year + 2000, year), month, day)
    clock = np.zeros(size)
    for name, seconds, most in (("hour", 3600, 24), ("minute", 60, 59), ("second", 1, 59)):
        if name in numbers:
            known &= (numbers[name] >= 0) & (numbers[name] <= most)
            clock = clock + numbers[name] * seconds
    known &= (days != NAT) & (clock <= 86_400)
    micros = np.where(known, days, 0) * DAY + np.where(known, clock, 0).astype("int64") * 1_000_000
    return stamps_of(np.where(known, micros, NAT), np.zeros(size, dtype=bool))


def _kind(clocks: Texts) -> Clocks:
    """How a column of clocks is written."""
    column = pc.drop_null(pa.array(clocks, pa.string()))
    texts = [text for text in pc.unique(pc.utf8_trim_whitespace(column)).to_pylist() if text]
    if texts and all(text.isdecimal() and text.isascii() for text in texts):
        numbers = [int(text) for text in texts]
        padded = all(len(text) == len("0015") for text in texts)
        is_clock = all(number % 100 < 60 and number <= _DAY_OF_CLOCK for number in numbers)
        # Beyond a hundred it can't be a number of quarter-hours.
        return "hhmm" if is_clock and (padded or max(numbers) > 100) else "numbers"
    shares = pd.to_numeric(pd.Series(texts, dtype="str").str.replace(",", "."), errors="coerce")
    dots = sum("." in text or "," in text for text in texts)
    if texts and dots and bool(((shares >= 0) & (shares <= 1)).all()):
        return "fraction"
    return "clock"


def _days(dates: Texts) -> Texts:
    """Dates without the midnight that a workbook shows behind them."""
    column = pc.utf8_trim_whitespace(pa.array(dates, pa.string()))
    return _texts(pc.replace_substring_regex(column, _MIDNIGHT, ""))


def _clocks(clocks: Texts, kind: Clocks) -> Texts:
    column = pc.utf8_trim_whitespace(pa.array(clocks, pa.string()))
    if kind == "hhmm":
        column = pc.if_else(pc.equal(column, ""), column, pc.utf8_lpad(column, 4, "0"))
    return _texts(pc.replace_substring_regex(column, _FIRST_DAY, ""))


def _join(dates: Texts, clocks: Texts) -> Texts:
    """ "2024-01-01" and "00:15" to one text; "" where one of the two is missing."""
    first, second = pa.array(dates, pa.string()), pa.array(clocks, pa.string())
    both = pc.and_(pc.not_equal(first, ""), pc.not_equal(second, ""))
    joined = pc.binary_join_element_wise(first, second, " ")
    return _texts(pc.fill_null(pc.if_else(both, joined, ""), ""))


def _texts(column: pa.Array) -> Texts:
    return np.asarray(pc.fill_null(column, "").to_numpy(zero_copy_only=False), dtype=object)


def _whole(texts: Texts) -> NDArray[np.float64]:
    """Whole numbers, months in words among them; NaN for all else."""
    column = pd.Series(texts, dtype="str").str.strip().str.lower().str.rstrip(".")
    words = column.map(MONTHS)
    numbers = pd.to_numeric(column, errors="coerce").fillna(pd.to_numeric(words, errors="coerce"))
    values = numbers.to_numpy(dtype="float64")
    return np.where(values == np.floor(values), values, np.nan)
