"""Numbers of the intervals of a day: hours 1 to 24, quarter-hours 1 to 96, and on clock changes."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from config.errors import InvalidReadings
from data.importers.moments.stamps import DAY, NAT, Stamps, Texts, Walls, stamps_of

Counting = Literal["clock", "nth"]

_HOUR = 3_600_000_000
"""Microseconds."""
_PER_DAY = (24, 48, 96, 144, 288, 1440)
"""Intervals of a day that files number."""


@dataclass(frozen=True)
class Positions:
    """Numbers of intervals of a day to the times at which they begin.

    `per_day` intervals make a day of 24 hours, the first has the number `first`. With `counting`
    "nth" they are counted from the local midnight of `zone`, so that days of 23 and 25 hours have
    as many; they are instants then. With "clock" the third hour is that from 2 to 3 by the clock,
    which one day in spring does not have. None: the sample had no such day; each that comes is
    told by its numbers, and where they don't tell, its times are unreadable.
    """

    per_day: int
    first: int
    zone: str
    counting: Counting | None = None

    @property
    def words(self) -> str:
        """For people: what is counted, and how."""
        last = self.first + self.per_day - 1
        how = {"clock": ", by the clock", "nth": ", from midnight on", None: ""}[self.counting]
        return f"intervals {self.first} to {last} of a day{how}"

    def read(self, days: Stamps, numbers: Texts) -> Stamps:
        """The beginnings of the intervals; `days` are dates, whatever time of day they have."""
        dates = days.wall.astype("datetime64[D]")
        counts = _counts(numbers, dates)
        at = np.where(np.isnan(counts), -1, counts).astype("int64") - self.first
        step = DAY // self.per_day
        usual = self._usual(dates)
        size = np.where(usual, self.per_day, self._length(dates) // step)
        nth = self._nth(dates, counts, size, usual)
        known = (at >= 0) & ~np.isnat(dates) & (at < np.where(nth == 1, size, self.per_day))
        known &= nth >= 0
        midnight = dates.astype("datetime64[us]").astype("int64")
        counted = known & (nth == 1) & ~usual
        base = midnight.copy()
        base[counted] = _instants(dates[counted], self.zone)
        return stamps_of(np.where(known, base + at * step, NAT), counted)

    def _nth(
        self,
        dates: Walls,
        counts: NDArray[np.float64],
        size: NDArray[np.int64],
        usual: NDArray[np.bool_],
    ) -> NDArray[np.int64]:
        """1 where a row's day is counted from midnight, 0 by the clock, -1 where nothing tells."""
        found = np.zeros(len(dates), dtype="int64")
        if self.counting is not None:
            found[~usual] = self.counting == "nth"
            return found
        for date in np.unique(dates[~usual & ~np.isnat(dates)]):
            rows = dates == date
            told = _told(
                counts[rows], int(size[rows][0]), self.per_day, self.first, self._odd(date)
            )
            found[rows] = {"nth": 1, "clock": 0, None: -1}[told]
        return found

    def _usual(self, dates: Walls) -> NDArray[np.bool_]:
        """Which of the days have 24 hours."""
        return self._length(dates) == DAY

    def _length(self, dates: Walls) -> NDArray[np.int64]:
        """How long each day is, in microseconds."""
        days, which = np.unique(dates, return_inverse=True)
        known = ~np.isnat(days)
        lengths = np.full(len(days), DAY)
        begun = _instants(days[known], self.zone)
        ended = _instants(days[known] + np.timedelta64(1, "D"), self.zone)
        lengths[known] = ended - begun
        return lengths[which]

    def _odd(self, date: np.datetime64) -> list[int]:
        """Numbers, by the clock, of the intervals that clocks leave out on a day."""
        step = pd.Timedelta(days=1) / self.per_day
        clock = pd.date_range(pd.Timestamp(date), periods=self.per_day, freq=step)
        there = clock.tz_localize(
            self.zone, ambiguous=np.ones(self.per_day, bool), nonexistent="NaT"
        )
        return [at + self.first for at in np.flatnonzero(there.isna()).tolist()]


def find_positions(days: Stamps, numbers: Texts, *, zone: str) -> Positions:
    """What numbers of a sample count, and how they do on the days on which clocks change.

    Raises `InvalidReadings` where they don't count the intervals of a day.
    """
    dates = days.wall.astype("datetime64[D]")
    counts = _counts(numbers, dates)
    known = counts[~np.isnan(counts)]
    if not len(known) or known.min() not in (0, 1):
        raise InvalidReadings("The numbers do not count the hours of a day.", field="time")
    first = int(known.min())
    # The autumn's day has one hour more, which is the most that a day can have.
    most = int(known.max()) - first + 1
    per_day = next((size for size in _PER_DAY if most <= size + size // 24), None)
    if per_day is None or (first == 0 and most > per_day):
        raise InvalidReadings(
            f"{int(known.max())} is no number of an interval of a day.", field="time"
        )
    undecided = Positions(per_day, first, zone)
    lengths = undecided._length(dates)
    told: set[Counting | None] = set()
    for date in np.unique(dates[(lengths != DAY) & ~np.isnat(dates)]):
        rows = dates == date
        size = int(lengths[rows][0]) // (DAY // per_day)
        told.add(_told(counts[rows], size, per_day, first, undecided._odd(date)))
    told.discard(None)
    return Positions(per_day, first, zone, told.pop() if len(told) == 1 else None)


def _told(
    counts: NDArray[np.float64], size: int, per_day: int, first: int, left_out: list[int]
) -> Counting | None:
    """How the numbers of a day of unusual length count, by which of them there are."""
    there = set(counts[~np.isnan(counts)].astype("int64").tolist())
    last = max(there, default=0) - first + 1
    if size > per_day:
        if last > per_day:
            return "nth"
        # All of the clock's numbers and no more: some of them twice, or the day is not whole.
        return "clock" if last == per_day else None
    if last > size:
        return "clock"
    return "nth" if there.intersection(left_out) and last == size else None


def _counts(numbers: Texts, dates: Walls) -> NDArray[np.float64]:
    """Whole numbers, a letter before them or not ("H01", "1.0"); NaN for what is none.

    Of a day with an hour "2A" all are counted through: 1, 2, 2A, 3 are 1, 2, 3, 4.
    """
    column = (
        pd.Series(numbers, dtype="str").str.strip().str.replace(r"^[A-Za-z]+\.?\s*", "", regex=True)
    )
    letters = column.str.extract(r"^\d{1,2}([ABab])$", expand=False).str.upper()
    bare = column.where(letters.isna(), column.str[:-1])
    values = pd.to_numeric(bare, errors="coerce").to_numpy(dtype="float64")
    values = np.where(values == np.floor(values), values, np.nan)
    lettered = letters.notna().to_numpy()
    for date in np.unique(dates[lettered]):
        rows = np.flatnonzero((dates == date) & np.isfinite(values))
        again = values[rows] + letters.iloc[rows].map({"A": 0.25, "B": 0.5}).fillna(0).to_numpy()
        values[rows] = np.unique(again, return_inverse=True)[1] + values[rows].min()
    return values


def _instants(dates: Walls, zone: str) -> NDArray[np.int64]:
    """The first instant of each day, in microseconds."""
    index = pd.DatetimeIndex(dates.astype("datetime64[us]"))
    # Where clocks are set forward at midnight the day begins at one.
    local = index.tz_localize(
        zone, ambiguous=np.ones(len(index), bool), nonexistent="shift_forward"
    )
    return np.asarray(local.tz_convert("UTC").tz_localize(None).as_unit("us").asi8)
