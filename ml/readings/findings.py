"""Kinds of findings in the readings of a meter, and the places where they are."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import numpy as np
import pandas as pd

from ml.readings.grid import DAY, BoolArray, Grid, Snapped

FindingCode = Literal[
    "gap",
    "flatline",
    "error_code",
    "unit_change",
    "spike",
    "level_shift",
    "meter_swap",
    "negative",
    "net_load",
    "duplicate",
    "not_finite",
    "off_grid",
    "finer",
    "finer_missing",
    "stopped",
    "constant",
    "clock_change",
]

FLATLINE = timedelta(hours=24)
FEWEST_FLAT = 6
STOPPED = timedelta(days=7)
NET_LOAD_SHARE = 0.02
"""More negatives than this are feed-in, not errors."""
MOST_PLACES = 20
"""Places listed per finding; the count is always of all."""


@dataclass(frozen=True)
class Finding:
    """One kind of finding. `readings`: how many are touched; `places`: (start, end) in UTC."""

    code: FindingCode
    count: int
    readings: int
    excluded: bool
    places: tuple[tuple[str, str], ...]
    message: str


def places(span: timedelta, grid: Grid) -> int:
    return max(FEWEST_FLAT, span // grid.step)


def _edges(mask: BoolArray) -> tuple[np.ndarray, np.ndarray]:
    """Starts and ends (exclusive) of the runs of True."""
    steps = np.diff(np.concatenate([[0], mask.astype(np.int8), [0]]))
    return np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)


def longest(mask: BoolArray) -> int:
    starts, ends = _edges(mask)
    return int((ends - starts).max()) if len(starts) else 0


def runs(mask: BoolArray, shortest: int) -> BoolArray:
    """Only the runs of at least `shortest` places."""
    starts, ends = _edges(mask)
    kept = np.zeros(len(mask), bool)
    for start, end in zip(starts, ends, strict=True):
        if end - start >= shortest:
            kept[start:end] = True
    return kept


def flatline(grid: Grid) -> BoolArray:
    """Constant and not nought: a small meter may rest at nought for days."""
    values = grid.values
    same = np.concatenate([[False], (values[1:] == values[:-1]) & (values[1:] != 0)])
    flat = runs(same, places(FLATLINE, grid) - 1)
    return flat | np.concatenate([flat[1:] & ~flat[:-1], [False]])


def off_grid(finite: pd.Series, moved: Snapped) -> int:
    index = finite.index
    return int((~index.isin(moved.points.index) & ~index.isin(moved.finer)).sum())


def partial(count: int) -> Finding:
    words = f"{count} intervals lack more than a tenth of their finer readings: taken for missing"
    return Finding("finer_missing", count, count, False, (), words)


def negative(grid: Grid) -> Finding:
    mask = grid.values < 0
    share = float(mask.sum()) / max(int((~np.isnan(grid.values)).sum()), 1)
    if share > NET_LOAD_SHARE:
        return counted("net_load", int(mask.sum()), "negative: kept as feed-in")
    return marked("negative", mask, grid, excluded=False, message="negative")


def clock_changes(grid: Grid) -> Finding:
    """Days of a clock change of which readings are missing: local times were stored as UTC."""
    if grid.step == DAY:
        return counted("clock_change", 0, "")
    changes = np.flatnonzero(np.diff(grid.shift)) + 1
    near = np.zeros(len(grid), bool)
    hours_3 = max(1, grid.day // 8)
    for place in changes:
        near[max(place - hours_3, 0) : place + hours_3] = True
    return marked(
        "clock_change",
        near & np.isnan(grid.values),
        grid,
        excluded=False,
        message="missing about a clock change: were local times stored as UTC?",
    )


def marked(
    code: FindingCode, mask: BoolArray, grid: Grid, *, excluded: bool, message: str
) -> Finding:
    starts, ends = _edges(mask)
    longest_first = np.argsort(starts - ends, kind="stable")[:MOST_PLACES]
    places = tuple(
        (iso(grid.index[starts[n]]), iso(grid.index[ends[n] - 1] + grid.step))
        for n in sorted(longest_first.tolist())
    )
    touched = int(mask.sum())
    text = f"{touched} readings in {len(starts)} places {message}"
    return Finding(code, len(starts), touched, excluded, places, text)


def counted(code: FindingCode, count: int, message: str) -> Finding:
    return Finding(code, count, count, False, (), f"{count} readings {message}")


def iso(instant: pd.Timestamp) -> str:
    """An instant as results say it: UTC with a Z."""
    return instant.tz_convert("UTC").isoformat().replace("+00:00", "Z")
