"""Where a table begins: the lines above it, its heading of one or more rows, the row of units."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from config.errors import InvalidReadings
from data.importers.cells.shapes import is_clock, is_dated, is_epoch, is_missing, is_number
from data.importers.moments.names import MONTH
from data.importers.values.unit_words import unit_of_cell

LOOKED_AT = 300
"""Rows in which a table begins; what is titled longer is a report."""
IN_A_ROW = 3
"""Rows of one shape that make a table: dates stand above one by one, too."""
MOST_HEADING_ROWS = 6
MOST_NUMBERS = 3
"""In a heading that has a date, too."""

_PATTERN = re.compile(r"[\[(]?(?:[dmyht]{1,4}[-/.: ,T]*){2,6}s*[\])]?", re.I)
"""A cell that says how times are written: DD.MM.YYYY hh:mm:ss."""

_MONTH_AGAIN = MONTH.replace("<name>", "<other>")
_PERIODS = {
    "month": re.compile(
        rf"{MONTH}[-/ .,]*(?:\d{{4}}|\d{{2}})?|\d{{4}}[-/. ]*{_MONTH_AGAIN}"
        r"|\d{1,2}[/.-]\d{4}|\d{4}[/.-]\d{1,2}",
        re.IGNORECASE,
    ),
    "quarter": re.compile(r"\d{4}[-/ ]?[QTK][1-4]|[QTK][1-4][-/ ]?\d{4}|[1-4]\. ?quart\w*.*", re.I),
    "week": re.compile(
        r"\d{4}[-/ ]?(?:W|KW|S)\d{1,2}|(?:W|KW|week|woche|semaine)[ -]?\d{1,2}.*", re.IGNORECASE
    ),
    "year": re.compile(r"(?:19|20)\d{2}"),
}  # fmt: skip
"""How bills call their rows, alone in a cell."""

Row = Sequence[str]


@dataclass(frozen=True)
class Heading:
    """Names and units of the columns, which row of the block is the first below, what is above."""

    names: tuple[str, ...]
    units: tuple[str | None, ...]
    first: int
    line: int
    above: tuple[tuple[str, ...], ...] = field(default=(), repr=False)


def find_heading(rows: Sequence[Row], lines: Sequence[int]) -> Heading:
    """The heading of the table in the first rows of a sheet.

    :raises InvalidReadings: there is no table, or none with a heading.
    """
    looked = rows[:LOOKED_AT]
    first = _first_of_table(looked)
    if first is None:
        raise _no_table(looked)
    width = max(len(row) for row in rows[first : first + IN_A_ROW])
    times = _dated(rows[first])
    first = _with_broken_rows(rows, first)
    above = [at for at in range(first) if any(cell.strip() for cell in rows[at])]
    units: list[str | None] = [None] * width
    taken: list[Row] = []
    for at in reversed(above[-MOST_HEADING_ROWS - 1 :]):
        row = rows[at]
        if not taken and (found := _units(row, width)):
            units = found
        elif not taken and _filled(row) < 2 <= width and above.index(at) > 0:
            continue  # a remark between the heading and the table, unless the heading is narrower
        elif not taken:
            taken.append(row)
        elif not _spans(row, times):
            break
        elif len({cell.strip() for cell in row if cell.strip()}) > 1:  # else it tells nothing apart
            taken.insert(0, row)
    if not taken and above and any(units):
        taken, units = [rows[above[-1]]], [None] * width  # named by nothing but its unit
    if len(taken) == 1 and _is_record(taken[0]):
        taken = []
    if not taken or not any(cell.strip() for row in taken for cell in row):
        return _headless(rows, lines, first, width)
    names = _joined(taken, width)
    return Heading(_distinct(names), tuple(units), first, int(lines[first]), _titles(rows, first))


def _is_record(row: Row) -> bool:
    """Whether a row above the table holds a date among numbers, as the first record of a file
    may."""
    return len(_dated(row)) == 1 and sum(map(is_number, row)) >= MOST_NUMBERS


def _with_broken_rows(rows: Sequence[Row], first: int) -> int:
    """The row below the names, where the first rows of the table can't be read as such."""
    for at in range(first - 1, max(first - IN_A_ROW, 0) - 1, -1):
        if not any(map(is_number, rows[at])) or _units(rows[at], len(rows[at])):
            names = [cell for cell in rows[at] if cell.strip()]
            broken = range(at + 1, first)
            return (
                at + 1
                if len(names) > 1 and all(_filled(rows[one]) > 1 for one in broken)
                else first
            )
    return first


def of_the_table(rows: Sequence[Row]) -> Sequence[Row]:
    """Those of the first rows that have a time where the first one has it: no totals, no
    remarks."""
    times = next((found for row in rows if (found := _dated(row))), set())
    if not times or len(rows) > LOOKED_AT:  # below a long table they do not count
        return rows
    return [row for row in rows if times & _dated(row)] or rows


def _titles(rows: Sequence[Row], first: int) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(row) for row in rows[:first])


def _first_of_table(rows: Sequence[Row]) -> int | None:
    filled = [at for at in range(len(rows)) if any(cell.strip() for cell in rows[at])]
    dated = {at: _dated(rows[at]) for at in filled}
    for place, at in enumerate(filled):
        following = filled[place : place + IN_A_ROW]
        same = set.intersection(*(dated[row] for row in following))
        if same and any(_has_value(rows[row], same) for row in following):
            return at
    for place, at in enumerate(filled):
        following = filled[place : place + IN_A_ROW]
        if place and all(_all_numbers(rows[row]) for row in following):
            return at
    return None


def _dated(row: Row) -> set[int]:
    return {at for at, cell in enumerate(row) if is_dated(cell) or is_epoch(cell)}


def _has_value(row: Row, dated: set[int]) -> bool:
    beside = [cell for at, cell in enumerate(row) if at not in dated]
    return any(is_number(cell) for cell in beside) or all(map(is_missing, beside))


def _all_numbers(row: Row) -> bool:
    filled = [cell for cell in row if cell.strip()]
    return len(filled) > 1 and sum(map(is_number, filled)) >= max(2, len(filled) - 1)


def _filled(row: Row) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _units(row: Row, width: int) -> list[str | None] | None:
    """Units by column, where that is all a row holds."""
    found = [unit_of_cell(cell) if cell.strip() else None for cell in row]
    others = [
        cell
        for cell, unit in zip(row, found, strict=True)
        if cell.strip() and unit is None and not _PATTERN.fullmatch(cell.strip())
    ]
    if others or not any(found):
        return None
    return [*found, *[None] * max(width - len(found), 0)][:width]


def _joined(rows: Sequence[Row], width: int) -> list[str]:
    """Names out of rows that stand above each other; a merged cell reaches to the next one."""
    parts: list[list[str]] = [[] for _ in range(width)]
    for number, row in enumerate(rows):
        last = ""
        for at in range(width):
            cell = row[at].strip() if at < len(row) else ""
            if not cell and number < len(rows) - 1:
                cell = last
            last = cell
            if cell and cell not in parts[at]:
                parts[at].append(cell)
    return [" ".join(part) for part in parts]


def _spans(row: Row, times: set[int]) -> bool:
    """Whether a row above the heading groups its columns: several texts, none above the time.

    What stands above a table in pairs of name and value begins with the first column.
    """
    over_time = any(at < len(row) and row[at].strip() for at in times or {0})
    return _filled(row) > 1 and not over_time


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(f"{name} #{seen[name]}" if name and seen[name] > 1 else name)
    return tuple(found)


def _headless(rows: Sequence[Row], lines: Sequence[int], first: int, width: int) -> Heading:
    """Of a table without names only a time and a value beside it can be told."""
    if width == 2 and len(_dated(rows[first])) == 1:
        names: tuple[str, ...] = ("time", "value")
        if 0 not in _dated(rows[first]):
            names = ("value", "time")
        return Heading(names, (None, None), first, int(lines[first]), _titles(rows, first))
    if first:
        names = tuple(f"column {at + 1}" for at in range(width))
        return Heading(names, (None,) * width, first, int(lines[first]), _titles(rows, first))
    raise InvalidReadings(
        "The first line has a reading where the names of the columns should be.",
        hint="Put a line above it that names them, such as: time,value.",
    )


def _bills(rows: Sequence[Row]) -> InvalidReadings | None:
    """What to say where rows are months, quarters, weeks or years."""
    first = [next((cell.strip() for cell in row if cell.strip()), "") for row in rows]
    for step, pattern in _PERIODS.items():
        if sum(bool(pattern.fullmatch(cell)) for cell in first) >= IN_A_ROW:
            return InvalidReadings(
                f"Each row is a {step}, as on bills: that is no step that a meter can have, and too"
                " coarse to forecast days and hours from.",
                hint="Export the readings by the day, the hour or the quarter-hour (interval data,"
                " load profile). Nothing was stored.",
                field="resolution",
            )
    return None


def _no_table(rows: Sequence[Row]) -> InvalidReadings:
    if not any(cell.strip() for row in rows for cell in row):
        return InvalidReadings("The file is empty.", hint="It needs a heading and rows.")
    if len(rows) == 1:
        return InvalidReadings("The file has no usable row.", hint="It has a heading only.")
    names = ", ".join(cell.strip() for cell in max(rows, key=_filled)[:20])
    if bills := _bills(rows):
        return bills
    clocks = [cell for row in rows for cell in row if is_clock(cell)]
    if len(clocks) > len(rows) / 2:
        return InvalidReadings(
            f"There are times of day, such as {clocks[0].strip()!r}, but no date: no column says"
            " which day they are of.",
            hint="Export date and time, in one column or in two (time_column, --time-column). The"
            f" file has: {names}.",
            field="time_column",
        )
    return InvalidReadings(
        "No column looks like a time: there is no table of times and values in this file.",
        hint="Each row needs a time such as 2024-01-31 13:00; name its column as time_column"
        f" (--time-column). The file has: {names}.",
    )
