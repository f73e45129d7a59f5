"""Values that are no measurement but say that there is none: 65535, -9999, 999.9 and the like.

A code is known by its repetition: the same value to the last bit, again and again, where no other
reading is near. Meters that are coarse, capped or at rest repeat values too, but among others.
"""

import numpy as np

from ml.readings.faults.scatter import at_all_hours, scattered
from ml.readings.grid import BoolArray, FloatArray, Grid, IntArray

FEWEST_TIMES = 3
OUTSIDE = 1.5
"""Times the largest usual reading below: a value known to be used as a code."""
FAR_OUTSIDE = 10.0
"""The same for any other value, which must lie about by chance besides, unless the meter is never
the same twice."""
USUAL = 0.99
NEAR = 1.5
"""Readings within this factor are near ..."""
MOST_NEAR = 1 / 3
"""... and may be this many for each time the value comes: a tail has more, a code fewer."""
MOST_OTHER_NEGATIVES = 0.1
"""For each time that a negative code comes: a net load has more."""
OFTEN, NEIGHBOURS, SMALLEST_WITHIN = 10, 25, 99.0
"""A known code amid the readings must come ten times and ten times as often as any of the 25 values
on either side, and not be a small number, which coarse meters show for good reasons."""
APART = 0.95
"""The largest reading below a code that is no end of the scale, as a share of it."""
COMMONEST = 0.2
"""Of the readings may be nought, or one other value, of a meter that is never the same twice."""
MOST_CANDIDATES = 500
_SHAKE = 1e-6


def _known_codes() -> FloatArray:
    """Sizes of values that meters, loggers and files use for "no value"."""
    tops = [2.0**n - 1 for n in (8, 9, 10, 11, 12, 13, 14)]
    wide = [2.0**n - k for n in (15, 16, 24, 31, 32, 63, 64) for k in (0, 1, 2)]
    tops += [value / scale for value in wide for scale in (1, 10, 100, 1000)]
    nines = [(10.0**n - 1) / scale for n in range(2, 13) for scale in (1, 10, 100, 1000)]
    same = [digit * (10.0**n - 1) / 9 for n in range(4, 10) for digit in (1, 5, 6, 7, 8)]
    other = [1e6, 1e9, 1e10, 1e20, 1e30, 1e36, 1e38, float(np.finfo(np.float32).max)]
    return np.unique([value for value in (*tops, *nines, *same, *other) if value > 9])


CODES = _known_codes()
NEGATIVE_CODES = np.unique([1.0, 9.0, 99.0, *CODES])


def is_code(values: FloatArray) -> BoolArray:
    """Whether each value is one that is used as a code somewhere."""
    size = np.abs(values)
    return np.where(values < 0, _among(size, NEGATIVE_CODES), _among(size, CODES))


def _among(size: FloatArray, codes: FloatArray) -> BoolArray:
    above = np.minimum(codes.searchsorted(size), len(codes) - 1)
    below = np.maximum(above - 1, 0)
    off = np.minimum(np.abs(codes[above] - size), np.abs(codes[below] - size))
    return off <= _SHAKE * size


def error_codes(grid: Grid) -> BoolArray:
    """The readings that are a code."""
    values, times = np.unique(grid.values[~np.isnan(grid.values)], return_counts=True)
    found = [
        *_outside(grid, values, times),
        *_negative(grid, values, times),
        *_within(grid, values, times),
    ]
    return np.isin(grid.values, found) if found else np.zeros(len(grid), bool)


def _outside(grid: Grid, values: FloatArray, times: IntArray) -> list[float]:
    """Codes beyond all that is measured, the smallest first: each is judged without the others."""
    order = np.argsort(np.abs(values), kind="stable")
    order = order[values[order] != 0]
    sizes, counts = np.abs(values)[order], times[order].copy()
    known = is_code(values[order])
    rich = _is_rich(values, times)
    found: list[float] = []
    total = np.concatenate([[0], np.cumsum(counts)])
    # Half of a meter's readings are no code, so what is below the median needs no look.
    middle = sizes[total[1:].searchsorted(total[-1] / 2)] if len(sizes) else 0.0
    open_to = np.where(known, OUTSIDE, FAR_OUTSIDE) * middle
    small = (values[order] < 0) & (sizes < 10)  # -1 and -9 are judged by the hours of the day
    candidates = np.flatnonzero((counts >= FEWEST_TIMES) & (sizes > open_to) & ~small)
    for place in candidates[:MOST_CANDIDATES].tolist():
        size, count = sizes[place], int(counts[place])
        first = int(sizes.searchsorted(size * (1 - _SHAKE)))
        below = int(total[first])
        if below < count:
            continue
        usual = sizes[int(total[1:].searchsorted(USUAL * below))]
        low, high = sizes.searchsorted([size / NEAR, size * NEAR])
        near = int(total[high] - total[low]) - count
        factor = OUTSIDE if known[place] else FAR_OUTSIDE
        if size <= factor * usual or near > MOST_NEAR * count:
            continue
        value = float(values[order[place]])
        if known[place] or rich or scattered(grid.values == value, grid):
            found.append(value)
            counts[place] = 0
            total = np.concatenate([[0], np.cumsum(counts)])
    return found


def _is_rich(values: FloatArray, times: IntArray) -> bool:
    """Whether a meter hardly rests and seldom repeats itself.

    Whatever is used beside such a load is added to it, so that it can't come out the same twice.
    """
    most = COMMONEST * times.sum()
    small = times[values == 0].sum() <= most
    return bool(small and np.sort(times[values != 0])[-1:].sum() <= most)


def _negative(grid: Grid, values: FloatArray, times: IntArray) -> list[float]:
    """Codes below nought of a meter that has no other readings there."""
    below = values < 0
    if not below.any():
        return []
    codes = below & is_code(values) & (times >= FEWEST_TIMES)
    others = int(times[below & ~codes].sum())
    return [
        value
        for value, count in zip(values[codes].tolist(), times[codes].tolist(), strict=True)
        if others <= MOST_OTHER_NEGATIVES * count and at_all_hours(grid.values == value, grid)
    ]


def _within(grid: Grid, values: FloatArray, times: IntArray) -> list[float]:
    """Known codes near or amid the readings that come improbably often, and by chance.

    Beyond the largest reading they may come in runs, if they are too far from it for a meter that
    shows no more than this.
    """
    often = np.flatnonzero((times >= OFTEN) & (values >= SMALLEST_WITHIN))
    found = []
    for place in often[is_code(values[often])].tolist():
        low, high = max(place - NEIGHBOURS, 0), place + NEIGHBOURS + 1
        beside = np.delete(times[low:high], place - low)
        if not len(beside) or times[place] < OFTEN * beside.max():
            continue
        beyond = place == len(values) - 1 and values[place] * APART > values[place - 1]
        mask = grid.values == values[place]
        if beyond or (scattered(mask, grid) and at_all_hours(mask, grid)):
            found.append(float(values[place]))
    return found
