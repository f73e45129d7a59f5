"""In which order dates of numbers have their day, month and year."""

import numpy as np

from config.errors import InvalidRequest
from data.importers.moments.shapes import Micros, Shape, days_of
from data.importers.moments.texts import Order, Parts


def order_of(
    numeric: list[tuple[Shape, Parts]], day_first: bool | None, *, days: bool
) -> tuple[Order, str]:
    """Of day, month and year; by what was said, else by what the numbers can be."""
    if day_first is not None:
        return ("dmy", "day first") if day_first else ("mdy", "month first")
    dates = _Dates(numeric)
    if dates.year_first():
        return "ymd", "year first"
    first, second = int((dates.first > 12).sum()), int((dates.second > 12).sum())
    if dates.sign.strip() == "." and (first or not second):
        return "dmy", "day first"
    if first or second:
        return ("dmy", "day first") if first > second else ("mdy", "month first")
    told = dates.by_their_order(days=days)
    if told is not None:
        return told, "day first" if told == "dmy" else "month first"
    shape, _ = max(numeric, key=lambda pair: len(pair[0].rows))
    raise InvalidRequest(
        f"{shape.example!r} may begin with the day or with the month.",
        hint="Say which: day_first true or false (--day-first, --month-first).",
        field="day_first",
    )


class _Dates:
    """The three numbers of the dates of a sample, in the order of its rows."""

    def __init__(self, numeric: list[tuple[Shape, Parts]]) -> None:
        rows = np.concatenate([shape.rows for shape, _ in numeric])
        order = np.argsort(rows, kind="stable")

        def numbers(place: str) -> Micros:
            found = [shape.number(getattr(parts, place)) for shape, parts in numeric]
            return np.concatenate(found)[order]

        # Taken apart as day, month, year.
        self.first, self.second, self.third = map(numbers, ("day", "month", "year"))
        self.short = all(parts.year[1] - parts.year[0] == 2 for _, parts in numeric)
        self.clocked = any(parts.clocked for _, parts in numeric)
        self.sign = numeric[0][1].numeric

    def year_first(self) -> bool:
        """Whether 24-01-31 begins with the year: that changes least."""
        if not self.short or self.sign == ".":
            return False
        if self.second.max() > 12 or self.third.max() > 31 or self.third.min() < 1:
            return False
        kinds = len(set(self.first.tolist())), len(set(self.third.tolist()))
        return kinds[0] < kinds[1]

    def by_their_order(self, *, days: bool = False) -> Order | None:
        """By which reading the dates follow one another from day to day, if by one alone.

        `days`: it is known that they are days, each once or more often.
        """
        year = np.where(self.third < 100, self.third + 2000, self.third)
        shares: list[float] = []
        for day, month in ((self.first, self.second), (self.second, self.first)):
            dates = days_of(year, month, day)
            changes = np.diff(dates)
            changes = changes[changes != 0]
            # Of a row per date those of months look like days: the first of each is a bill.
            often = self.clocked and len(dates) >= 3 * len(changes)
            if not len(changes) or not (often or days):
                return None
            shares.append(float((np.abs(changes) == 1).mean()))
        # Registers that stand below each other begin anew with the first day.
        if min(shares) > 0.1 or max(shares) < 0.6:
            return None
        return "dmy" if shares[0] > shares[1] else "mdy"
