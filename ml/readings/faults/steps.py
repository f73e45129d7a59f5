"""Where the level of a meter's readings jumps from one day, or some days, to the next."""

from itertools import pairwise

import numpy as np

from ml.readings.faults.residuals import Residuals, medians, noise
from ml.readings.grid import FloatArray, IntArray

LEAST_STEP = np.log(2.8)
NOISE_FACTOR = 6.0
BLOCKS_PER_DAY = 4
"""Quarters of a day, whose medians bear with odd readings."""
SPANS = (1, 4)
"""Days on either side of a change: one finds the shortest stretch, four calm a restless meter."""
MOST_STEPS = 60
"""A meter with more steps has them by nature."""


def step_places(table: Residuals) -> IntArray:
    """Flat places of the table at which the level of a day, or some, changes much."""
    blocks = BLOCKS_PER_DAY if table.per_day % BLOCKS_PER_DAY == 0 else table.per_day
    width = table.per_day // blocks
    rows = table.beyond.reshape(-1, width)
    kept = np.flatnonzero((~np.isnan(rows)).sum(axis=1) * 2 >= width)
    level = medians(rows[kept])
    found: list[int] = []
    for days in SPANS:
        span = max(days * blocks, 2)
        for edge in _steps(table.beyond.ravel(), kept, level, span, width):
            if days == SPANS[0] or all(abs(edge - other) > span * width for other in found):
                found.append(edge)
    if len(found) > MOST_STEPS:
        return np.array([], np.int64)
    return _sharpened(table, sorted(found))


def _sharpened(table: Residuals, edges: list[int]) -> IntArray:
    """Edges found with the levels of a week on either side, or to the next edge."""
    flat, week = table.beyond.ravel(), 7 * table.per_day
    around = max(3 * table.per_day // 2, 1)
    bounds = [0, *edges, len(flat)]
    found = []
    for left, edge, right in zip(bounds, edges, bounds[2:], strict=False):
        low, high = flat[max(left, edge - week) : edge], flat[edge : min(right, edge + week)]
        start, end = max((left + edge) // 2, edge - around), min((edge + right) // 2, edge + around)
        if np.isnan(low).all() or np.isnan(high).all():
            found.append(edge)
        else:
            levels = float(np.nanmedian(low)), float(np.nanmedian(high))
            found.append(_split(flat, start, end, *levels))
    return np.unique(np.array(found, np.int64))


def _steps(flat: FloatArray, kept: IntArray, level: FloatArray, span: int, width: int) -> list[int]:
    """Places between blocks whose levels differ much, over `span` of them on either side."""
    if len(kept) < 4 * span:
        return []
    ahead = medians(np.lib.stride_tricks.sliding_window_view(level, span))
    step = ahead[span:] - ahead[:-span]  # step[n] lies before the block n + span of the kept ones
    high = np.abs(step) > max(LEAST_STEP, NOISE_FACTOR * noise(step))
    sign = np.where(high, np.sign(step), 0)
    bounds = np.flatnonzero(np.diff(np.concatenate([[0], sign, [0]])))
    edges = []
    for start, end in pairwise(bounds.tolist()):
        if not sign[start]:
            continue
        peak = start + int(np.abs(step[start:end]).argmax())
        before, after = int(kept[peak]), int(kept[peak + 2 * span - 1]) + 1
        low, high_level = float(ahead[peak]), float(ahead[peak + span])
        edges.append(_split(flat, before * width, after * width, low, high_level))
    return edges


def _split(flat: FloatArray, start: int, end: int, before: float, after: float) -> int:
    """The place from `start` to `end` from which on values are nearer to `after`."""
    part = flat[start:end]
    gain = np.nan_to_num(np.abs(part - after) - np.abs(part - before))
    return start + int(np.concatenate([[0.0], np.cumsum(gain)]).argmax())
