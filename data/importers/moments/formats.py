"""The format of a column of times, found from a sample of it and kept for the rest."""

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from config.errors import InvalidReadings
from data.frames import LATEST
from data.importers.moments.orders import order_of
from data.importers.moments.ranges import have_ends
from data.importers.moments.shapes import Micros, Shape, ShapeReader, shapes_of
from data.importers.moments.stamps import DAY, NAT, Stamps, Texts, stamps_of
from data.importers.moments.texts import Order, Parts, take_apart
from data.importers.moments.zones import offset_of

Kind = Literal["dated", "epoch", "compact", "serial"]

_NUMBER = re.compile(r"\s*-?[0-9]+([.,][0-9]+)?\s*")
# Digits of an epoch since 1973, and by millisecond and finer since 2001: with fewer, 311220232300
# would be one, which is an evening of 2023.
_EPOCH_DIGITS = {9: "s", 10: "s", 13: "ms", 16: "us", 19: "ns"}
_MICROSECONDS = {"s": 1e6, "ms": 1e3, "us": 1.0, "ns": 1e-3}
_EARLIEST_EPOCH = 1e8 * 1e6
"""Microseconds: a smaller number among epochs is a clock that was never set, or another unit."""
_COMPACT_DIGITS = (8, 10, 12, 14)
"""Of dates without a sign between their parts."""
_YEARS = (1970, 2100)
"""Of compact dates; seconds since 1970 look like one from 2032 on, and then hardly ever do."""
_SERIAL = (32_874, 73_051)
"""Days since 1899-12-30 as a workbook counts them, from 1990 to 2099."""
_SERIAL_ZERO = -25_569
"""Days from 1970 to that day."""
_MOST_SHAPES = 500
"""Of a sample that are looked at, the commonest first."""


@dataclass
class TimeFormat:
    """Reads columns of times; what was found in the sample stays for the rest.

    `aware`: the texts say which instants they are, and those that don't are unreadable.
    `descending`: the sample runs backwards. `ranges`: most texts have a from and a to.
    """

    kind: Kind = "dated"
    zone: str = "UTC"
    order: Order = "dmy"
    unit: str = ""
    aware: bool = False
    ranges: bool = False
    descending: bool = False
    named: tuple[str, ...] = ()
    """Names of zones that stand in the cells: CET alone, in summer too, may be what clocks show."""
    words: str = ""
    """For people: "day first, 24-hour clock"."""
    _reader: ShapeReader = field(init=False)

    def __post_init__(self) -> None:
        way = partial(take_apart, order=self.order, ranges=self.ranges)
        if self.kind == "compact":
            way = partial(_compact, digits=int(self.unit))
        self._reader = ShapeReader(way, partial(offset_of, zone=self.zone))

    def read(self, texts: Texts) -> Stamps:
        """What clocks showed, or instants; NaT where unreadable."""
        if self.kind in ("epoch", "serial"):
            numbers = pd.to_numeric(
                pd.Series(texts, dtype="str").str.replace(",", "."), errors="coerce"
            )
            values = numbers.to_numpy(dtype="float64")
            if self.kind == "epoch":
                return stamps_of(_epochs(values, self.unit), np.ones(len(texts), dtype=bool))
            return stamps_of(_serials(values), np.zeros(len(texts), dtype=bool))
        read = self._reader.read(texts)
        micros, until = read.micros, read.until
        if self.aware:
            # One without an offset is unreadable here rather than taken for UTC.
            micros = np.where(read.absolute, micros, NAT)
            until = None if until is None else np.where(read.absolute, until, NAT)
        stamps = stamps_of(micros, read.absolute)
        if until is None:
            return stamps
        return Stamps(stamps.wall, stamps.absolute, until.view("datetime64[us]"))


def find_format(
    sample: Texts, *, day_first: bool | None = None, zone: str = "UTC", days: bool = False
) -> TimeFormat:
    """The format of a column, from its first block.

    `zone` is where it was metered, for the names that zones have there. `days`: the rows, or the
    rows of one date, are known to be a day. Raises `InvalidRequest`
    (field day_first) where the order of day and month can't be told and `day_first` is None,
    `InvalidReadings` for numbers that are neither dates nor counts of seconds since 1970.
    """
    shapes = [shape for shape in shapes_of(sample) if any(map(str.isdigit, shape.example))]
    if not shapes:
        return TimeFormat(zone=zone, words="no times")
    typical = _commonest(shapes)
    if _NUMBER.fullmatch(typical.example):
        found = _of_numbers(sample, zone)
    else:
        found = _of_dates(shapes, typical, day_first, zone, days=days)
    wall = found.read(sample)
    known = wall.wall[wall.readable & ~wall.absolute]
    found.descending = len(known) > 1 and bool(known[0] > known[-1])
    return found


def _commonest(shapes: list[Shape]) -> Shape:
    """Of any length that digits have, so that 1/1 and 10/10 count together; of two the first."""
    sizes: Counter[str] = Counter()
    first: dict[str, Shape] = {}
    for shape in sorted(shapes, key=lambda shape: int(shape.rows[0])):
        outline = _outline(shape.example)
        sizes[outline] += len(shape.rows)
        first.setdefault(outline, shape)
    (most, _), *_ = sizes.most_common(1)
    return first[most]


def _outline(text: str) -> str:
    return re.sub(r"\d+", "9", text)


# -- numbers


def _of_numbers(sample: Texts, zone: str) -> TimeFormat:
    """Dates if most of them can be, else an epoch, else days of a workbook."""
    numbers = np.array([text.strip() for text in sample if _NUMBER.fullmatch(text)], dtype=object)
    counted = pd.Series([len(re.split("[.,]", text)[0].lstrip("-")) for text in numbers])
    digits = int(counted.mode()[0])
    if digits in _COMPACT_DIGITS:
        found = TimeFormat(
            "compact", zone, unit=str(digits), words="year, month, day without signs"
        )
        years = found.read(numbers).wall.astype("datetime64[Y]").astype("int64") + 1970
        if ((years >= _YEARS[0]) & (years < _YEARS[1])).sum() > len(numbers) / 2:
            return found
    if digits in _EPOCH_DIGITS:
        unit = _EPOCH_DIGITS[digits]
        return TimeFormat("epoch", zone, unit=unit, aware=True, words=f"{unit} since 1970 (UTC)")
    serial = TimeFormat("serial", zone, words="days of a workbook")
    if serial.read(numbers).readable.sum() > len(numbers) / 2:
        return serial
    example = numbers[int((counted == digits).to_numpy().argmax())]
    raise InvalidReadings(
        f"{example[:40]!r} is neither a date nor a count of seconds since 1970.",
        hint="Export times as text such as 2024-01-31 13:00; a workbook shows days since 1900 as "
        "numbers until its column is formatted as a date.",
        field="time",
    )


def _compact(text: str, digits: int) -> Parts | None:
    begun = len(text) - len(text.lstrip())
    if not re.fullmatch(rf"\s*[0-9]{{{digits}}}\s*", text):
        return None
    month, day, *clock = ((begun + at, begun + at + 2) for at in range(4, digits, 2))
    hour, minute, second = (*clock, None, None, None)[:3]
    return Parts((begun, begun + 4), month, day, hour, minute, second)


def _epochs(numbers: NDArray[np.float64], unit: str) -> Micros:
    micros = numbers * _MICROSECONDS[unit]
    size = np.abs(micros)  # a NaN is neither
    known = (size >= _EARLIEST_EPOCH) & (size < LATEST * 1e6)
    return np.where(known, np.where(known, micros, 0).round().astype("int64"), NAT)


def _serials(numbers: NDArray[np.float64]) -> Micros:
    known = (numbers >= _SERIAL[0]) & (numbers < _SERIAL[1])
    # Sixteen digits of days are good for a hundredth of a millisecond; people print fewer.
    seconds = (np.where(known, numbers, 0) * 86_400).round().astype("int64")
    return np.where(known, seconds * 1_000_000 + _SERIAL_ZERO * DAY, NAT)


# -- dates


def _of_dates(
    shapes: list[Shape], typical: Shape, day_first: bool | None, zone: str, *, days: bool
) -> TimeFormat:
    shapes = sorted(shapes, key=lambda shape: len(shape.rows), reverse=True)[:_MOST_SHAPES]
    ranges = have_ends(shapes)
    taken = [(shape, take_apart(shape.example, ranges=ranges)) for shape in shapes]
    read = [(shape, parts) for shape, parts in taken if parts]
    most = take_apart(typical.example, ranges=ranges)
    if most is None and read:
        most = max(read, key=lambda pair: len(pair[0].rows))[1]
    numeric = [(shape, parts) for shape, parts in read if parts.numeric]
    order, how = order_of(numeric, day_first, days=days) if numeric else ("dmy", "year first")
    if not numeric and any(not isinstance(parts.month, tuple) for _, parts in read):
        how = "months in words"
    aware = bool(most and most.aware)
    words = [how, _clock_words([parts for _, parts in read])]
    if aware:
        words.append("each with its zone")
    if any(parts.until for _, parts in read):
        words.append("from and to in one cell")
    named = sorted({parts.zone.upper() for _, parts in read if parts.zone not in (None, "z")})
    return TimeFormat(
        "dated", zone, order, "", aware, ranges, named=tuple(named), words=", ".join(words)
    )


def _clock_words(parts: list[Parts]) -> str:
    if any(one.half is not None for one in parts):
        return "12-hour clock"
    return "24-hour clock" if any(one.clocked for one in parts) else "days"
