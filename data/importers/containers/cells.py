"""Cells that know what they are (of a workbook), as the text that they stand for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

_DATE = re.compile(r"\s*(?:\d{1,4}[-./]\d{1,2}[-./]\d{1,4}|\d{1,2}[. -]+[^\W\d]{3,9}[. -]+\d{2,4})")
_NUMBER = re.compile(r"\s*[-+−]?\d*(?:[.,'’ \u00a0\u202f]\d+)+\s*[-%]?\s*")
_WHOLE = re.compile(r"\s*[-+−]?\d+\s*")

_HALF_A_SECOND = timedelta(microseconds=500_000)
_DAY_ONE = (date(1899, 12, 31), date(1900, 1, 1), date(1904, 1, 2))
"""What Excel calls a whole day where a time of day is meant: 24:00."""


@dataclass
class Looks:
    """What a sheet's cells are, column by column, before any is taken."""

    filled: int = 0
    table_rows: int = 0
    numbers: int = 0
    text_numbers: int = 0
    clocks: set[int] = field(default_factory=set)
    instants: set[int] = field(default_factory=set)

    def see(self, cells: Sequence[Any]) -> None:
        """One row more."""
        filled = dated = number = False
        for at, cell in enumerate(cells):
            kind = type(cell)
            if kind is str:
                if not cell:
                    continue
                filled = True
                if _DATE.match(cell):
                    dated = True
                elif _NUMBER.fullmatch(cell):
                    number = True
                    self.text_numbers += 1
                elif _WHOLE.fullmatch(cell):
                    number = True
                continue
            filled = True
            if kind is float or kind is int:
                number = True
                self.numbers += 1
            elif kind is datetime:
                dated = True
                self.instants.add(at)
            elif kind is date:
                dated = True
            elif kind is time:
                self.clocks.add(at)
        self.filled += filled
        self.table_rows += dated and number

    def columns(self) -> "Columns":
        """How the cells are written."""
        typed = self.numbers > 0 and not self.text_numbers
        return Columns(
            typed, self.text_numbers > 0, frozenset(self.clocks), frozenset(self.instants)
        )


@dataclass(frozen=True)
class Columns:
    """Writes rows: numbers with a decimal point, times as ISO 8601.

    `typed` where all numbers are known to be some; where texts stand among them, it is for the
    reader of texts to tell decimals from thousands, and a number of three decimals gets a fourth,
    so that it is not taken for a thousand. `clocks` are columns with times of day, `instants`
    those with a date and a time, where a date alone is its midnight.
    """

    typed: bool
    text_numbers: bool
    clocks: frozenset[int]
    instants: frozenset[int]

    def texts(self, cells: Sequence[Any]) -> list[str]:
        """One row."""
        return [
            cell if type(cell) is str and "\n" not in cell else self._text(cell, at)
            for at, cell in enumerate(cells)
        ]

    def _text(self, cell: Any, at: int) -> str:
        kind = type(cell)
        if kind is float:
            return self._number(cell)
        if kind is datetime:
            if cell.microsecond:
                cell = (cell + _HALF_A_SECOND).replace(microsecond=0)
            return str(cell.isoformat())
        if kind is date:
            if at in self.clocks and cell in _DAY_ONE:
                return "24:00:00"
            return f"{cell}T00:00:00" if at in self.instants else str(cell)
        if kind is time:
            return _clock(
                timedelta(
                    hours=cell.hour,
                    minutes=cell.minute,
                    seconds=cell.second,
                    microseconds=cell.microsecond,
                )
            )
        if kind is timedelta:
            return _clock(cell)
        return " ".join(cell.split()) if kind is str else str(cell)

    def _number(self, value: float) -> str:
        text = repr(value)
        if text.endswith(".0"):
            return text[:-2]
        if not self.typed and len(text) - text.find(".") == 4 and "e" not in text:
            return text + "0"
        return text


def _clock(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
