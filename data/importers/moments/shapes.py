"""Columns of times read shape by shape: all that differ in their digits alone at once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data.importers.moments.stamps import DAY, NAT, Mask, Texts
from data.importers.moments.texts import Parts, Span

Bytes = NDArray[np.uint8]
Micros = NDArray[np.int64]

_NINE, _NOUGHT = ord("9"), ord("0")
_WORD = 8
"""Bytes compared at once."""
_LONGEST = 200
"""Bytes of a time; longer texts are none."""
_MOST_SHAPES = 3_000
"""Of one column; weekdays, months in words, am and pm and lengths make some two thousand."""
_MOST_STRANGE = 500
"""Shapes that are no time; a column with more of them is none."""
_MOST_OFFSET = 15
"""Hours; no zone is farther from UTC."""
_CENTURY = 69
"""Two digits from here on are of the last century, as POSIX has it."""


@dataclass(frozen=True)
class Shape:
    """Rows of a column that differ in their digits alone: their places, an example, their bytes."""

    rows: NDArray[np.int64]
    example: str
    signs: Bytes

    def number(self, span: Span) -> Micros:
        """The number that stands at the same place in each."""
        total = np.zeros(len(self.rows), dtype="int64")
        for at in range(*span):
            total = total * 10 + (self.signs[:, at].astype("int64") - _NOUGHT)
        return total


@dataclass(frozen=True)
class Read:
    """Microseconds since 1970 of n rows (`NAT` where there are none), UTC where `absolute`."""

    micros: Micros
    absolute: Mask
    clocked: Mask
    until: Micros | None


def shapes_of(texts: Texts) -> Iterator[Shape]:
    """The rows of a column by their shape; empty and overlong texts are left out."""
    column = pa.array(texts, pa.string(), memory_pool=pa.system_memory_pool())
    offsets = np.frombuffer(column.buffers()[1], dtype="int32")[: len(column) + 1].astype("int64")
    buffer = column.buffers()[2]
    signs = np.frombuffer(buffer, dtype="uint8") if buffer else np.zeros(0, dtype="uint8")
    lengths = np.diff(offsets)
    for length in np.unique(lengths).tolist():
        if 0 < length <= _LONGEST:
            rows = np.flatnonzero(lengths == length)
            if len(rows) == len(column):
                block = signs[offsets[0] : offsets[-1]].reshape(-1, length)
            else:
                block = signs[offsets[rows][:, None] + np.arange(length)]
            yield from _of_one_length(rows, block)


def _of_one_length(rows: NDArray[np.int64], block: Bytes) -> Iterator[Shape]:
    width = -(-block.shape[1] // _WORD) * _WORD
    outline = np.zeros((len(rows), width), dtype="uint8")
    digits = (block >= _NOUGHT) & (block <= _NINE)
    outline[:, : block.shape[1]] = np.where(digits, np.uint8(_NINE), block)
    words = outline.view("uint64")
    same = (words == words[0]).all(axis=1)
    if same.all():
        yield Shape(rows, _text(block[0]), block)
        return
    mixed = np.zeros(len(rows), dtype="uint64")
    for at in range(words.shape[1]):
        mixed = (mixed ^ words[:, at]) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    _, first, which = np.unique(mixed, return_index=True, return_inverse=True)
    order = np.argsort(which, kind="stable")
    bounds = np.searchsorted(which[order], np.arange(len(first) + 1))
    for number, example in enumerate(first.tolist()):
        own = order[bounds[number] : bounds[number + 1]]
        # Two shapes of one sum: rows of the other are no times.
        own = own[(words[own] == words[example]).all(axis=1)]
        yield Shape(rows[own], _text(block[example]), block[own])


def _text(signs: Bytes) -> str:
    return signs.tobytes().decode("utf-8", errors="replace")


@dataclass
class ShapeReader:
    """Reads columns by what `take_apart` says of one text of each shape; it is asked once."""

    take_apart: Callable[[str], Parts | None]
    offset_of: Callable[[str], int | None]
    _known: dict[str, Parts | None] = field(default_factory=dict)
    _strange: int = 0

    def parts(self, shape: Shape) -> Parts | None:
        """Where in texts of this shape their parts stand."""
        outline = "".join(
            "9" if sign.isascii() and sign.isdigit() else sign for sign in shape.example
        )
        if outline not in self._known:
            if len(self._known) >= _MOST_SHAPES or self._strange >= _MOST_STRANGE:
                return None
            self._known[outline] = self.take_apart(shape.example)
            self._strange += self._known[outline] is None
        return self._known[outline]

    def read(self, texts: Texts) -> Read:
        """Times of a column of text."""
        micros = np.full(len(texts), NAT)
        until: Micros | None = None
        absolute = np.zeros(len(texts), dtype=bool)
        clocked = np.zeros(len(texts), dtype=bool)
        for shape in shapes_of(texts):
            parts = self.parts(shape)
            if parts is None:
                continue
            micros[shape.rows] = self._micros(shape, parts)
            absolute[shape.rows] = parts.aware
            clocked[shape.rows] = parts.clocked
            if parts.until:
                until = np.full(len(texts), NAT) if until is None else until
                ended = self._micros(shape, parts.until)
                over = (
                    (ended != NAT) & (ended < micros[shape.rows]) & (parts.until.year == parts.year)
                )
                until[shape.rows] = np.where(over, ended + DAY, ended)
        return Read(micros, absolute & (micros != NAT), clocked, until)

    def _micros(self, shape: Shape, parts: Parts) -> Micros:
        days = days_of(
            _year(shape, parts.year),
            parts.month if isinstance(parts.month, int) else shape.number(parts.month),
            shape.number(parts.day) if parts.day else 1,
        )
        clock, right = _clock(shape, parts)
        ahead = self._ahead(shape, parts)
        right &= (days != NAT) & (ahead != NAT)
        return np.where(right, np.where(days == NAT, 0, days) * DAY + clock - ahead, NAT)

    def _ahead(self, shape: Shape, parts: Parts) -> Micros | np.int64:
        """How far the clock is ahead of UTC; `NAT` where nobody knows."""
        if parts.zone:
            ahead = 0 if parts.zone == "z" else self.offset_of(parts.zone)
            return np.int64(NAT if ahead is None else ahead * 60_000_000)
        if parts.offset is None:
            return np.int64(0)
        sign, hours_at, minutes_at = parts.offset
        hours = shape.number(hours_at)
        minutes = shape.number(minutes_at) if minutes_at else np.zeros_like(hours)
        right = (hours <= _MOST_OFFSET) & (minutes < 60)
        return np.where(right, sign * (hours * 60 + minutes) * 60_000_000, NAT)


def days_of(year: Micros, month: Micros | int, day: Micros | int) -> Micros:
    """Days since 1970 of the calendar; `NAT` where there is no such day."""
    month, day = np.asarray(month, dtype="int64"), np.asarray(day, dtype="int64")
    right = (month >= 1) & (month <= 12) & (day >= 1)
    months = np.where(right, (year - 1970) * 12 + month - 1, 0)
    first = months.astype("datetime64[M]").astype("datetime64[D]").astype("int64")
    after = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype("int64")
    right &= day <= after - first
    return np.where(right, first + day - 1, NAT)


def _year(shape: Shape, span: Span) -> Micros:
    year = shape.number(span)
    if span[1] - span[0] > 2:
        # Pandas counts nanoseconds: from 1678 to 2261.
        return year
    return np.where(year < _CENTURY, 2000, 1900) + year


def _clock(shape: Shape, parts: Parts) -> tuple[Micros, Mask]:
    """Microseconds since midnight, and which of the clocks can show that."""
    none = np.zeros(len(shape.rows), dtype="int64")
    if parts.hour is None:
        return none, np.ones(len(none), dtype=bool)
    hour = shape.number(parts.hour)
    minute = shape.number(parts.minute) if parts.minute else none
    second = shape.number(parts.second) if parts.second else none
    micros = none
    if parts.fraction:
        start, end = parts.fraction
        micros = shape.number((start, min(end, start + 6))) * 10 ** max(0, 6 - (end - start))
    right = (minute < 60) & (second < 60)
    # ISO 8601 allows the end of the day to be written as 24:00, and many meters do.
    right &= (hour < 24) | ((hour == 24) & (minute == 0) & (second == 0) & (micros == 0))
    if parts.half is not None:
        # "13:00 PM" can only be one in the afternoon; "0:30 PM" could be two.
        right &= ~((hour > 12) & (parts.half == 0)) & ~((hour == 0) & (parts.half == 12))
        hour = np.where(hour > 12, hour, hour % 12 + parts.half)
    return ((hour * 60 + minute) * 60 + second) * 1_000_000 + micros, right
