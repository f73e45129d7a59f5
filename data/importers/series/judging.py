"""When what was left out is too much: then nothing is stored, and the message says why."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from config.errors import InvalidReadings
from data.importers.cells.shapes import unit_behind
from data.importers.rows.held import Rows, Unread

MOST_LOST = 0.02
"""Of the rows. A line or two that was cut is told of; more would bias what is learnt."""
FEW = 2
"""Rows that may be lost however short a file is."""


def too_many(lost: int, rows: int) -> bool:
    """Whether so many lost rows of so many are more than a footnote."""
    return lost >= FEW and lost > MOST_LOST * max(rows, 1)


def refuse_unread_values(unread: Unread, rows: int, name: str, format_said: str) -> None:
    """
    :raises InvalidReadings: too many values of a column are no numbers.
    """
    if not too_many(unread.count, rows):
        return
    line, text = unread.examples[0]
    united = {unit for _, cell in unread.examples if (unit := unit_behind(cell))}
    if united:
        raise InvalidReadings(
            f"{unread.count:,} of {rows:,} values of {name!r} have a unit behind them, such as"
            f" {text.strip()[:40]!r} in line {line}, and not all the same one.",
            hint="Export raw values (in Grafana: without formatted data), all in one unit."
            " Nothing was stored.",
            field="unit",
            problems=_problems(unread),
        )
    raise InvalidReadings(
        f"{unread.count:,} of {rows:,} values of {name!r} can't be read, such as"
        f" {text.strip()[:40]!r} in line {line}: {_alike(unread)}. Read as numbers with"
        f" {format_said}, it is not a number.",
        hint="Say the decimal sign as decimal (--decimal , or .), or mend the column. Nothing was"
        " stored: without them the series would be another one.",
        problems=_problems(unread),
    )


def refuse_unread_times(unread: Unread, rows: int, names: str) -> None:
    """
    :raises InvalidReadings: too many times can't be read.
    """
    if not too_many(unread.count, rows):
        return
    line, text = unread.examples[0]
    raise InvalidReadings(
        f"{unread.count:,} of {rows:,} times in {names!r} can't be read: {text.strip()[:40]!r} in"
        f" line {line} is not a time; {_alike(unread)}.",
        hint="All rows need a time written in one way. Is it another column (time_column,"
        " --time-column)? Nothing was stored.",
        problems=_problems(unread),
    )


def refuse_nonexistent(unread: Unread, rows: int, zone: str) -> None:
    """
    :raises InvalidReadings: too many local times that clocks leave out.
    """
    if not too_many(unread.count, rows):
        return
    line, text = unread.examples[0]
    raise InvalidReadings(
        f"{unread.count:,} of {rows:,} times do not exist in {zone}: {text} in line {line} is in"
        " the hour at which clocks are set forward.",
        hint="The file is in another zone, or in standard time all year: say timezone (--timezone"
        " UTC, or a fixed offset such as Etc/GMT-1). Nothing was stored.",
        field="timezone",
        problems=_problems(unread),
    )


def left_out_hours(walls: np.ndarray, values: np.ndarray, nonexistent: np.ndarray) -> np.ndarray:
    """Times that clocks leave out, where an hour later another value stands: no clock showed
    both."""
    later = walls[nonexistent] + np.timedelta64(1, "h")
    known = dict(zip(walls.tolist(), values.tolist(), strict=True))
    pairs = zip(later.tolist(), values[nonexistent].tolist(), strict=True)
    other = [
        known.get(when, value) not in (value, 0) and known.get(when) == known.get(when)
        for when, value in pairs
    ]
    return walls[nonexistent][np.array(other, dtype=bool)]


def refuse_standard_time(
    walls: np.ndarray, values: np.ndarray, nonexistent: np.ndarray, zone: str
) -> None:
    """
    :raises InvalidReadings: there are values in an hour that clocks leave out, and after it.
    """
    found = left_out_hours(walls, values, nonexistent)
    if not len(found):
        return
    first = str(found[0].astype("datetime64[m]")).replace("T", " ")
    raise InvalidReadings(
        f"The times are not those of clocks in {zone}: {first} does not exist there, since clocks"
        " were set forward, and the file has other values for it and for the hour after it"
        f" ({len(found):,} such times).",
        hint="The file is in standard time all year, in UTC or in another zone: say timezone"
        " (--timezone UTC, or a fixed offset: Etc/GMT-1 is an hour ahead of UTC). Nothing was"
        " stored.",
        field="timezone",
    )


def refuse_broken_rows(broken: Unread, rows: int) -> None:
    """
    :raises InvalidReadings: too many rows have other widths than the heading.
    """
    if not too_many(broken.count, rows + broken.count):
        return
    line, words = broken.examples[0]
    raise InvalidReadings(
        f"{broken.count:,} of {rows + broken.count:,} rows have more columns than the heading: line"
        f" {line} has {words}. A decimal comma in a file whose delimiter is the comma does that.",
        hint="Export it with ; as the delimiter, or with quotes around the numbers. Nothing was"
        " stored.",
        problems=_problems(broken),
    )


def refuse_surplus(names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Refuse numbers that a decimal comma broke into two cells, in a file parted by commas.

    :raises InvalidReadings: most rows have digits beyond the last name, and digits before them.
    """
    last = max((at for at, name in enumerate(names) if name.strip()), default=-1)
    if last < 0 or not rows:
        return
    broken = [row for row in rows if len(row) > last + 1 and row[last + 1].strip().isdigit()]
    whole = all(row[last].strip().lstrip("+-").isdigit() for row in broken)
    if len(broken) > len(rows) / 2 and whole:
        raise InvalidReadings(
            f"The rows have more columns than the heading, which ends with {names[last]!r}: a"
            f" decimal comma has broken its numbers in two ({broken[0][last]!r} and"
            f" {broken[0][last + 1]!r}).",
            hint="Export it with ; as the delimiter, with quotes around the numbers, or with a"
            " decimal point. Nothing was stored.",
            field="decimal",
        )


def refuse_conflicts(
    lines: Sequence[np.ndarray],
    rows: Rows,
    count: int,
    stamps_words: str,
    beside: Mapping[str, int],
) -> None:
    """
    :raises InvalidReadings: too many times have several values.
    """
    lost = sum(map(len, lines))
    if not too_many(lost, count):
        return
    told = f", told apart by {min(beside, key=beside.__getitem__)!r}" if beside else ""
    hint = (
        "Say which rows are meant: register_column and register, or meter_column where it names"
        " meters. Nothing was stored."
        if beside
        else "Leave one row for each time. Nothing was stored: the last row of each would be a"
        " guess."
    )
    first = int(np.concatenate(list(lines)).min())
    raise InvalidReadings(
        f"{lost:,} of {count:,} rows have the time of another row and another value, the first in"
        f" line {first}: several rows per time{told}{stamps_words}.",
        hint=hint,
        field="register_column",
    )


def _alike(unread: Unread) -> str:
    """What cells that can't be read have in common."""
    (shape, count), *_ = Counter(unread.shapes).most_common(1)
    if count == unread.count:
        return f"all of them look like {shape!r} (9 is any digit)"
    return f"{count:,} of them look like {shape!r} (9 is any digit)"


def _problems(unread: Unread) -> list[str]:
    return [f"line {line}: {text.strip()[:60]!r}" for line, text in unread.examples]
