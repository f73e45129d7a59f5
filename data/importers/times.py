"""Times as people write them, to UTC instants."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from config.errors import InvalidReadings, InvalidRequest
from data.frames import LATEST
from data.importers.clocks import Reach, WallClock, unknown_reach

Texts = NDArray[Any]

# Only after a time of day: the end of 2024-01-01 is no offset.
_AWARE = r"\d[Tt ]\d.*([Zz]|[+-]\d\d(:?\d\d)?)$"
# ISO 8601 allows it, and many meters write it.
_MIDNIGHT = r"([T ,])24(:00(:00(\.0+)?)?)$"
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_PARTED = re.compile(
    r"(?P<date>\d{1,4}(?P<sign>[./-])\d{1,2}(?P=sign)\d{1,4})"
    r"(?:(?P<gap>[ T,]+)(?P<clock>\d{1,2}:\d{2}(?P<seconds>:\d{2})?(?P<fraction>\.\d+)?)"
    r"(?P<half> ?[AaPp][Mm])?)?"
)
_YEAR_DIGITS = 4

_SAMPLES = 200
"""Rows looked at to find the format: the first may be the broken one."""

# Digits of an epoch since 1973, and by millisecond and finer since 2001: with fewer, 311220232300
# would be one, which is an evening of 2023.
_EPOCH_DIGITS = {9: "s", 10: "s", 13: "ms", 16: "us", 19: "ns"}
_MICROSECONDS = {"s": 1e6, "ms": 1e3, "us": 1.0, "ns": 1e-3}
_EARLIEST_EPOCH = 1e8 * 1e6
"""Microseconds: a smaller number among epochs is a clock that was never set, or another unit."""

# Dates without a sign between their parts, by their digits.
_COMPACT = {8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_YEARS = range(1970, 2100)
"""Of compact dates; seconds since 1970 look like one from 2032 on, and then hardly ever do."""


@dataclass
class TimeReader:
    """Turns columns of text into UTC instants; what it found in the first stays for the rest.

    `timezone` is where naive times were read off a clock, by the rules of `WallClock`. 24:00 is
    the end of its day. With `ends` the times are those at which intervals end.
    Raises `InvalidRequest` where the order of day and month can't be told and `day_first` is None,
    `InvalidReadings` for numbers that are neither dates nor counts of seconds since 1970.
    """

    timezone: str = "UTC"
    day_first: bool | None = None
    ends: bool = False
    reach: Reach = unknown_reach
    now: datetime | None = None
    _format: str | None = None
    _clock: WallClock = field(init=False)

    def __post_init__(self) -> None:
        self._clock = WallClock(self.timezone, self.ends, self.reach, self.now)

    @property
    def ambiguous(self) -> int:
        """How many times were read that occur twice."""
        return self._clock.ambiguous

    def read(self, texts: Texts, key: str = "") -> tuple[pd.DatetimeIndex, NDArray[np.bool_]]:
        """Instants (NaT where unreadable or nonexistent), and which of the NaT do not exist.

        `key` names the series: each has a clock of its own.
        """
        if self._format is None:
            self._format = self._find_format(texts)
        if self._format.startswith("epoch_"):
            return _epochs(texts, self._format.removeprefix("epoch_")), np.zeros(len(texts), bool)
        if self._format == "aware":
            return _aware(texts), np.zeros(len(texts), bool)
        offset = _has_offset(texts)
        naive = self._naive(np.where(offset, "", texts))
        stamps, nonexistent = self._clock.read(naive, key)
        if offset.any():
            stamps = stamps.where(~offset, _aware(texts))
        return stamps, nonexistent

    def _naive(self, texts: Texts) -> pd.DatetimeIndex:
        """Times as the clock showed them; NaT where unreadable."""
        column = pa.array(texts, pa.string())
        midnight = pc.match_substring_regex(column, _MIDNIGHT).to_numpy(zero_copy_only=False)
        midnight = np.asarray(midnight, dtype=bool)
        if not midnight.any():
            return pd.DatetimeIndex(pd.to_datetime(texts, format=self._format, errors="coerce"))
        begun = pc.replace_substring_regex(column, _MIDNIGHT, r"\100\2")
        naive = pd.to_datetime(
            begun.to_numpy(zero_copy_only=False), format=self._format, errors="coerce"
        )
        return pd.DatetimeIndex(naive + pd.to_timedelta(midnight.astype("int64"), unit="D"))

    def _find_format(self, texts: Texts) -> str:
        sample = _typical(texts[:_SAMPLES])
        if re.search(_AWARE, sample):
            return "aware"
        match = _PARTED.fullmatch(sample)
        if _NUMBER.fullmatch(sample):
            found = _number_format(texts[:_SAMPLES])
            if found.startswith("epoch_"):
                return found
        elif match is None or re.match(r"\d{4}-", sample):
            found = "ISO8601"
        else:
            found = self._parted_format(match, texts)
        bare = np.where(_has_offset(texts), "", texts)
        readable = pd.DatetimeIndex(pd.to_datetime(bare, format=found, errors="coerce")).dropna()
        self._clock.descending = len(readable) > 1 and bool(readable[0] > readable[-1])
        return found

    def _parted_format(self, match: re.Match[str], texts: Texts) -> str:
        sign = match["sign"]
        if len(match["date"].split(sign)[0]) == _YEAR_DIGITS:
            date = f"%Y{sign}%m{sign}%d"
        else:
            year = "%Y" if len(match["date"].split(sign)[2]) == _YEAR_DIGITS else "%y"
            order = "%d{0}%m{0}" if self._day_comes_first(sign, texts) else "%m{0}%d{0}"
            date = order.format(sign) + year
        if not match["clock"]:
            return date
        clock = "%I:%M" if match["half"] else "%H:%M"
        clock += (":%S" if match["seconds"] else "") + (".%f" if match["fraction"] else "")
        if match["half"]:
            clock += " %p" if match["half"].startswith(" ") else "%p"
        return f"{date}{match['gap']}{clock}"

    def _day_comes_first(self, sign: str, texts: Texts) -> bool:
        if self.day_first is not None:
            return self.day_first
        if sign == ".":
            return True
        numbers = pd.Series(texts, dtype="str").str.extract(
            rf"^(\d{{1,2}}){re.escape(sign)}(\d{{1,2}})"
        )
        first, second = (pd.to_numeric(numbers[at]).max() for at in (0, 1))
        if first > 12 or second > 12:
            return bool(first > 12)
        raise InvalidRequest(
            f"{_typical(texts)!r} may begin with the day or with the month.",
            hint="Say which: day_first true or false (--day-first, --month-first).",
            field="day_first",
        )


def _typical(texts: Texts) -> str:
    """A text of the commonest shape, digits aside."""
    filled = [text for text in texts if any(map(str.isdigit, text))]
    shapes = Counter(re.sub(r"\d+", "9", text) for text in filled)
    if not shapes:
        return ""
    (shape, _), *_ = shapes.most_common(1)
    return next(text for text in filled if re.sub(r"\d+", "9", text) == shape)


def _number_format(texts: Texts) -> str:
    """Format of a column of numbers: dates if most of them can be, else an epoch."""
    numbers = [text for text in texts if _NUMBER.fullmatch(text)]
    ((digits, _),) = Counter(map(_digits, numbers)).most_common(1)
    compact = _COMPACT.get(digits)
    if compact is not None:
        dates = pd.DatetimeIndex(pd.to_datetime(numbers, format=compact, errors="coerce"))
        if dates.year.isin(_YEARS).sum() > len(numbers) / 2:
            return compact
    if digits in _EPOCH_DIGITS:
        return f"epoch_{_EPOCH_DIGITS[digits]}"
    example = next(text for text in numbers if _digits(text) == digits)
    raise InvalidReadings(
        f"{example[:40]!r} is neither a date nor a count of seconds since 1970.",
        hint="Export times as text such as 2024-01-31 13:00; a workbook shows days since 1900 as "
        "numbers until its column is formatted as a date.",
        field="time",
    )


def _digits(number: str) -> int:
    return len(number.split(".")[0].lstrip("-"))


def _has_offset(texts: Texts) -> NDArray[np.bool_]:
    found = pc.match_substring_regex(pa.array(texts, pa.string()), _AWARE)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


def _aware(texts: Texts) -> pd.DatetimeIndex:
    """Instants with an offset; text without one is unreadable here rather than taken for UTC."""
    kept = np.where(_has_offset(texts), texts, "")
    return pd.DatetimeIndex(pd.to_datetime(kept, format="ISO8601", utc=True, errors="coerce"))


def _epochs(texts: Texts, unit: str) -> pd.DatetimeIndex:
    numbers = pd.to_numeric(pd.Series(texts), errors="coerce")
    micros = numbers.to_numpy(dtype="float64") * _MICROSECONDS[unit]
    size = np.abs(micros)  # a NaN is neither
    known = (size >= _EARLIEST_EPOCH) & (size < LATEST * 1e6)
    stamps = np.full(len(micros), np.datetime64("NaT"), dtype="datetime64[us]")
    stamps[known] = micros[known].round().astype("int64").view("datetime64[us]")
    return pd.DatetimeIndex(stamps).tz_localize("UTC")
