"""NEM12, Australia's format of interval readings: a day a record, under the register it is of.

MDFF Specification NEM12 and NEM13, AEMO.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from config.errors import InvalidReadings
from data.importers.containers.opening import Content
from data.importers.containers.text import BLOCK_ROWS, batches
from data.importers.options import ImportOptions
from data.importers.sheet import METER, REGISTER, TIME, UNIT, VALUE, Block, Sheet

HEADING = (TIME, VALUE, UNIT, REGISTER, METER)
ZONE = "+10:00"
"""The market's time has no summer."""

_LENGTHS = frozenset({"1", "5", "15", "30", "60"})
_DATA = 2  # the place of a record's first value
_QUALITY = re.compile(r"[AEFNSV]\d*", re.IGNORECASE)


@dataclass(frozen=True)
class _Register:
    meter: str
    suffix: str
    unit: str
    minutes: int


@dataclass
class _Day:
    """A record 300, which those after it (400) may take values from."""

    line: int
    register: _Register
    start: datetime
    values: list[str]

    def rows(self) -> Iterator[list[str]]:
        known = self.register
        step = timedelta(minutes=known.minutes)
        for at, value in enumerate(self.values):
            time = f"{self.start + at * step:%Y-%m-%dT%H:%M:%S}{ZONE}"
            yield [time, value, known.unit, known.suffix, known.meter]


def read(content: Content, options: ImportOptions) -> Sheet:
    """Each value at the start of its interval; one whose quality is "null" is "".

    The register is the NMI suffix (E1 takes from the grid, B1 gives to it, Q1 is reactive), the
    meter the NMI. Raises `InvalidReadings`, also for NEM13, whose reads are months apart.
    """
    pieces = batches(content)
    first = next(pieces, (1, []))
    lengths = {row[8] for row in csv.reader(first[1]) if len(row) > 8 and row[0] == "200"}
    content.facts["zone"] = "UTC+10 (NEM time, no summer time)"
    if len(lengths) == 1:
        content.facts["resolution"] = f"PT{lengths.pop().strip()}M"
    blocks = _blocks(chain([first], pieces), content)
    return Sheet(blocks, "nem12", content.facts, delimiter=",", typed=True, heading=HEADING)


def _blocks(pieces: Iterable[tuple[int, list[str]]], content: Content) -> Iterator[Block]:
    rows, lines = list[list[str]](), list[int]()
    for day in _days(pieces):
        found = list(day.rows())
        rows += found
        lines += [day.line] * len(found)
        if len(rows) >= BLOCK_ROWS:
            yield Block(rows, lines, content.progress.fraction)
            rows, lines = [], []
    if rows:
        yield Block(rows, lines, content.progress.fraction)


def _days(pieces: Iterable[tuple[int, list[str]]]) -> Iterator[_Day]:
    register: _Register | None = None
    day: _Day | None = None
    for first, lines in pieces:
        for line, row in enumerate(csv.reader(lines), start=first):
            kind = row[0].strip() if row else ""
            if kind == "400" and day is not None:
                _take_away(day, row)
                continue
            if day is not None:
                yield day
                day = None
            if kind == "200":
                register = _register(row, line)
            elif kind == "300":
                if register is None:
                    raise _broken(line, "values before any register (record 200)")
                day = _day(row, line, register)
            elif kind in ("250", "550"):
                raise InvalidReadings(
                    "This is NEM13: accumulated reads, months apart.",
                    hint="Ask the distributor for interval data (NEM12).",
                )
            elif kind not in ("", "100", "400", "500", "900"):
                raise _broken(line, f"{kind[:20]!r} is no record of NEM12")
    if day is not None:
        yield day


def _register(row: Sequence[str], line: int) -> _Register:
    if len(row) < 9:
        raise _broken(line, f"a register of {len(row)} fields in place of 9")
    cells = [cell.strip() for cell in row]
    if cells[8] not in _LENGTHS:
        raise _broken(line, f"{cells[8][:20]!r} is no length of an interval (5, 15 or 30 minutes)")
    return _Register(cells[1], cells[4], cells[7], int(cells[8]))


def _day(row: Sequence[str], line: int, register: _Register) -> _Day:
    count = 1440 // register.minutes
    values = [cell.strip() for cell in row[_DATA : _DATA + count]]
    if len(values) < count or any(map(_QUALITY.fullmatch, values)):
        raise _broken(line, f"fewer than the {count} values of a day of {register.minutes} minutes")
    try:
        start = datetime.strptime(row[1].strip(), "%Y%m%d")
    except ValueError:
        raise _broken(line, f"{row[1][:20]!r} is no date") from None
    quality = row[_DATA + count].strip().upper() if len(row) > _DATA + count else ""
    if quality.startswith("N"):
        values = [""] * count
    return _Day(line, register, start, values)


def _take_away(day: _Day, row: Sequence[str]) -> None:
    """Values of a part of the day whose quality (record 400) is null."""
    start, end, quality = ([cell.strip() for cell in row[1:4]] + [""] * 3)[:3]
    if quality.upper().startswith("N") and start.isdecimal() and end.isdecimal():
        for at in range(max(int(start) - 1, 0), min(int(end), len(day.values))):
            day.values[at] = ""


def _broken(line: int, words: str) -> InvalidReadings:
    return InvalidReadings(
        f"Line {line} of the NEM12 file has {words}.",
        hint="Ask the distributor for the file anew, or send a table with a row for each time.",
    )
