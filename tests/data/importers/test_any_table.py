"""Any table, in each layout, delimiter, decimal sign, encoding and zone, over both clock changes:
it comes back value by value, or as a question; never as another series."""

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.errors import AmbiguousFile
from data.importers.importing import read_readings
from data.importers.options import ImportOptions
from data.meters import Meter

ZONES = ("UTC", "Europe/Rome", "America/New_York", "Australia/Sydney", "Europe/London")
CHANGES = {
    "UTC": ("2024-03-30", "2024-10-26"),
    "Europe/Rome": ("2024-03-30", "2024-10-26"),
    "Europe/London": ("2024-03-30", "2024-10-26"),
    "America/New_York": ("2024-03-09", "2024-11-02"),
    "Australia/Sydney": ("2024-10-05", "2024-04-06"),
}
"""Days before clocks are set forward, and back."""
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252")
PATTERNS = ("%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M", "%Y/%m/%d %H:%M:%S", "%d-%b-%Y %H:%M")


@dataclass(frozen=True)
class Dialect:
    delimiter: str
    decimal: str
    encoding: str
    pattern: str

    def number(self, value: float) -> str:
        text = f"{value:.2f}".replace(".", self.decimal)
        return f'"{text}"' if self.decimal == self.delimiter else text

    def row(self, *cells: str) -> str:
        return self.delimiter.join(cells)

    def split(self, at: pd.Timestamp) -> tuple[str, str]:
        date, clock = at.strftime(self.pattern).rsplit(" ", 1)
        return date, clock


Written = tuple[list[str], dict[str, pd.Series]]
Writer = Callable[[pd.Series, Dialect], Written]


def one_column(series: pd.Series, how: Dialect) -> Written:
    rows = [how.row(at.strftime(how.pattern), how.number(v)) for at, v in series.items()]
    return [how.row("Zeitstempel", "Verbrauch in kWh"), *rows], {"": series}


def two_columns(series: pd.Series, how: Dialect) -> Written:
    rows = [how.row("A1", *how.split(at), how.number(v)) for at, v in series.items()]
    return [how.row("Meter", "Date", "Time", "Usage (kWh)"), *rows], {"": series}


def from_to(series: pd.Series, how: Dialect) -> Written:
    step = series.index[1] - series.index[0]
    rows = [
        how.row(at.strftime(how.pattern), (at + step).strftime(how.pattern), how.number(v), "ok")
        for at, v in series.items()
    ]
    return [how.row("Beginn", "Ende", "kWh", "Qualität"), *rows], {"": series}


def two_registers(series: pd.Series, how: Dialect) -> Written:
    back = pd.Series(series.to_numpy()[::-1], index=series.index)
    rows = []
    for at, value in series.items():
        time = at.strftime(how.pattern)
        rows.append(how.row(time, "1-1:1.29.0", how.number(value)))
    for at, value in back.items():
        time = at.strftime(how.pattern)
        rows.append(how.row(time, "1-1:2.29.0", how.number(value)))
    return [how.row("Datum", "Obis", "Wert (kWh)"), *rows], {"": series, "feed_in": back}


def tariffs(series: pd.Series, how: Dialect) -> Written:
    rows = []
    for at, value in series.items():
        high = 7 <= at.hour < 21
        cells = (how.number(value if high else 0), how.number(0 if high else value))
        rows.append(how.row(at.strftime(how.pattern), *cells))
    names = ("Timestamp", "Consumption T1 (kWh)", "Consumption T2 (kWh)")
    return [how.row(*names), *rows], {"": series}


def day_rows(series: pd.Series, how: Dialect) -> Written:
    step = series.index[1] - series.index[0]
    per_day = int(pd.Timedelta(days=1) / step)
    days = series.groupby(series.index.normalize())
    width = max(per_day, max(len(day) for _, day in days))
    rows = []
    for day, values in days:
        cells = [*map(how.number, values), *[""] * (width - len(values))]
        rows.append(how.row(how.split(day)[0], *cells))
    return [how.row("Tag", *(f"Q{at}" for at in range(1, width + 1))), *rows], {"": series}


LAYOUTS = (one_column, two_columns, from_to, two_registers, tariffs, day_rows)


def truth(zone: str, forward: bool, days: int, minutes: int, seed: int) -> pd.Series:
    start = pd.Timestamp(CHANGES[zone][0 if forward else 1], tz=zone)
    end = start + pd.DateOffset(days=days)
    index = pd.date_range(start, end, freq=f"{minutes}min", inclusive="left")
    values = np.random.default_rng(seed).gamma(2.0, 1.5, len(index)).round(2)
    return pd.Series(values, index=index)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    zone=st.sampled_from(ZONES),
    forward=st.booleans(),
    days=st.integers(2, 3),
    minutes=st.sampled_from((15, 30, 60)),
    seed=st.integers(0, 10_000),
    delimiter=st.sampled_from(",;\t|"),
    decimal=st.sampled_from(".,"),
    encoding=st.sampled_from(ENCODINGS),
    pattern=st.sampled_from(PATTERNS),
    backwards=st.booleans(),
)
def test_a_table_comes_back_value_by_value(
    layout: Writer,
    zone: str,
    forward: bool,
    days: int,
    minutes: int,
    seed: int,
    delimiter: str,
    decimal: str,
    encoding: str,
    pattern: str,
    backwards: bool,
) -> None:
    how = Dialect(delimiter, decimal, encoding, pattern)
    lines, expected = layout(truth(zone, forward, days, minutes, seed), how)
    if backwards and layout is not day_rows:
        lines = [lines[0], *lines[:0:-1]]
    body = "\r\n".join(lines).encode(encoding)
    try:
        found = read_readings(
            io.BytesIO(body),
            Meter("electricity", "m", timezone=zone),
            ImportOptions(),
            several=True,
        )
    except AmbiguousFile:
        return
    assert {one.series.suffix for one in found} == set(expected)
    for one in found:
        wanted = expected[one.series.suffix].tz_convert("UTC")
        readings = one.series.readings
        assert list(readings.index) == list(wanted.index)
        assert readings.to_numpy() == pytest.approx(wanted.to_numpy(), abs=0.0051)


def test_few_of_them_are_asked_about() -> None:
    """A reader that asked of everything would pass the test above."""
    asked = 0
    for layout in LAYOUTS:
        for number, zone in enumerate(ZONES):
            how = Dialect(";", ",", "utf-8", PATTERNS[number % 4])
            lines, _ = layout(truth(zone, bool(number % 2), 3, 30, number), how)
            try:
                read_readings(
                    io.BytesIO("\n".join(lines).encode()),
                    Meter("electricity", "m", timezone=zone),
                    several=True,
                )
            except AmbiguousFile:
                asked += 1
    assert asked == 0
