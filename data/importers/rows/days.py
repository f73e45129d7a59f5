"""Tables with a day in each row and its hours, half hours or quarters side by side."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from data.importers.cells.shapes import folded
from data.importers.rows.held import Flags, Floats, Walls

COUNTS = {
    23: 24, 24: 24, 25: 24, 46: 48, 48: 48, 50: 48, 92: 96, 96: 96, 100: 96,
    144: 144, 288: 288, 276: 288, 300: 288,
}  # fmt: skip
"""Columns that a day may have, to those of a day of 24 hours."""

_CLOCK = re.compile(r"(\d{1,2})[:h.](\d{2})(?::\d{2})?")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class DayColumns:
    """Positions of the columns of a day, in the order of the day, and how long each lasts.

    `per_day` is how many there are on a day of 24 hours; further ones are filled on the day that
    clocks go back.
    """

    at: tuple[int, ...]
    per_day: int

    @property
    def step(self) -> timedelta:
        return timedelta(days=1) / self.per_day


def day_columns(names: Sequence[str], numeric: Sequence[bool]) -> DayColumns | None:
    """The columns of a day, where a table has them: named by times of day or numbered."""
    for found in (_by_clock(names), _by_number(names)):
        filled = [at for at in found if numeric[at]]
        if len(found) in COUNTS and len(filled) >= 0.5 * len(found):
            return DayColumns(tuple(found), COUNTS[len(found)])
    return None


def _by_clock(names: Sequence[str]) -> list[int]:
    return [at for at, name in enumerate(names) if _CLOCK.search(name)]


def _by_number(names: Sequence[str]) -> list[int]:
    """Columns whose names are alike but for a number that counts up by one."""
    families: dict[str, list[tuple[int, int]]] = {}
    for at, name in enumerate(names):
        numbers = _NUMBER.findall(name)
        if numbers:
            stem = re.sub(r"[\W_]+", "", _NUMBER.sub("", folded(name)))
            families.setdefault(stem, []).append((at, int(numbers[-1])))
    best: list[int] = []
    for members in families.values():
        numbers = [number for _, number in members]
        counts_up = numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        if counts_up and numbers[0] in (0, 1) and len(members) > len(best):
            best = [at for at, _ in members]
    return best


def spread(
    days: Walls, values: Floats, filled: Flags, columns: DayColumns, zone: str
) -> tuple[Walls, Flags, Flags]:
    """When each cell of days × columns began, whether that is UTC, and whether it stands for a
    time.

    :param days: midnights, by the clock of `zone`.
    :param values: (days, columns), NaN where there is none; `filled`: those that say something.

    A day that has as many filled columns as it has intervals is counted through from its first
    instant, so that days of 23 and 25 hours come out right; any other goes by the clock.
    """
    step = np.timedelta64(int(columns.step.total_seconds() * 1e6), "us")
    count = values.shape[1]
    wall = days[:, None] + np.arange(count) * step
    absolute = np.zeros(values.shape, dtype=bool)
    used = np.zeros(values.shape, dtype=bool)
    used[:, : columns.per_day] = True
    begins, lengths = _lengths(days, zone, columns)
    spare = _spare(filled, columns)
    for day in range(len(days)):
        length = int(lengths[day])
        if length == columns.per_day and not spare:
            continue
        if length == columns.per_day:
            places = [at for at in range(count) if at not in spare]
        elif length > columns.per_day and count >= length:
            places = list(range(length))
        elif length < columns.per_day and int(filled[day].sum()) == length:
            places = np.flatnonzero(filled[day]).tolist()
        elif length < columns.per_day and count == length:
            places = list(range(length))
        else:
            continue  # by the clock
        used[day] = False
        used[day, places] = True
        if length == columns.per_day:
            wall[day, places] = days[day] + np.arange(len(places)) * step
        else:
            wall[day, places] = begins[day] + np.arange(len(places)) * step
            absolute[day, places] = True
    return wall, absolute, used


def _lengths(days: Walls, zone: str, columns: DayColumns) -> tuple[Walls, np.ndarray]:
    """First instants of days in UTC, and how many intervals the days have."""
    index = pd.DatetimeIndex(days)
    first = _instants(index, zone)
    following = _instants(index + pd.Timedelta(days=1), zone)
    return first, np.round(
        (following - first) / np.timedelta64(1, "s") / columns.step.total_seconds()
    )


def _instants(wall: pd.DatetimeIndex, zone: str) -> Walls:
    twice = np.ones(len(wall), dtype=bool)
    local = wall.tz_localize(zone, ambiguous=twice, nonexistent="shift_forward")
    return np.asarray(local.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[us]"))


def _spare(filled: Flags, columns: DayColumns) -> set[int]:
    """Columns of the hour that comes twice, which most days leave empty: not always the last
    ones."""
    extra = filled.shape[1] - columns.per_day
    if extra <= 0:
        return set()
    share = filled.mean(axis=0)
    order = sorted(range(filled.shape[1]), key=lambda at: (share[at], -at))
    return set(order[:extra])
