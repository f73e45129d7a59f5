"""Stretches of readings in another unit: a multiple of the others, of the very same shape.

What people do changes the shape too: a house that is left keeps its fridge, so its least hours
stay and its largest fall. Only another unit moves both by one factor, from one hour to the next.
"""

from dataclasses import dataclass
from itertools import pairwise
from operator import and_

import numpy as np

from ml.readings.faults.residuals import Residuals
from ml.readings.faults.steps import LEAST_STEP, step_places
from ml.readings.grid import BoolArray, FloatArray, Grid

FACTORS = np.array([3.6, 3.785, 4.0, 4.546, 7.48, 10.0, 12.0, 28.3, 35.3, 60.0, 100.0, 264.2,
                    1000.0, 3600.0, 3785.0, 1e6, 3.6e6])  # fmt: skip
"""Between units of energy, volume and flow (also per quarter of an hour), and their inverses."""
CLOSE = 0.15
"""How far, as a logarithm, a factor may be from one of these; any from 20 on needs no name."""
NAMELESS = np.log(20.0)
COMPARED_DAYS = 28
"""On either side of a change: near enough for the season to be the same. What has lasted for as
long at the end is enough to learn from."""
LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
BEND, BEND_SHARE, MOST_BEND = 0.2, 0.15, 0.9
"""How far quantiles may move apart from the median: a bit, a share of the step, and at most. Then
one of them may do twice that: small readings are coarse."""
LIKELY = 1.5
"""Times as far they may beside a step that is sure and taken back by this one."""
FEWEST_LONE, AT_AN_END = 14, 7
"""Days between a small step that nothing takes back and other steps, and the readings' ends."""
SEASON, SEASON_SHARE = 0.2, 0.3
"""How far the whole stretches on both sides may differ from what they do near the change."""
MOST_SPREAD = 3.5
"""Ratio of the spreads on both sides: a day varies less than the month beside it."""
MOST_NEGATIVE = 0.002
"""Of the readings: what crosses nought has no level, so that only a large factor is seen."""
MOST_NOUGHT = 0.25
"""Difference of the shares of noughts before and after."""
SAME_UNIT = 0.5
"""Levels this near to each other, without the steps that are no change of unit, are one unit."""
MOST_STRETCHES = 3
"""With a small factor: a works that runs on half its lines does so again and again."""
FEWEST_COMPARED = 3


@dataclass(frozen=True)
class UnitChange:
    """mask: readings in another unit than most; factors: of them to the others.

    lasts: whether the newest readings are in another unit than the oldest.
    """

    mask: BoolArray
    factors: tuple[float, ...]
    lasts: bool


def unit_change(grid: Grid, table: Residuals) -> UnitChange:
    """The readings in another unit than most of the readings are in."""
    edges = step_places(table)
    none = UnitChange(np.zeros(len(grid), bool), (), False)
    if not len(edges):
        return none
    flat = table.beyond.ravel()
    bounds = [0, *edges.tolist(), len(flat)]
    steps = [
        _step(grid, table, left, middle, right)
        for left, middle, right in zip(bounds, bounds[1:], bounds[2:], strict=False)
    ]
    offsets = np.concatenate([[0.0], np.cumsum(_taken(steps))]).tolist()
    known = [int((~np.isnan(flat[start:end])).sum()) for start, end in pairwise(bounds)]
    usual = _usual(offsets, known, COMPARED_DAYS * table.per_day)
    other = [abs(value - usual) > SAME_UNIT for value in offsets]
    small = [abs(value - usual) < NAMELESS for value in offsets]
    if not any(other) or sum(map(and_, other, small)) > MOST_STRETCHES:
        return none
    lasts = abs(offsets[-1] - offsets[0]) > SAME_UNIT
    mask = np.zeros(len(grid), bool)
    factors = []
    for place, ((start, end), is_other) in enumerate(zip(pairwise(bounds), other, strict=True)):
        if is_other:
            first, last = table.at.searchsorted([start, end])
            # An interval in which the unit changes holds some of both.
            mask[max(first - 1, 0) : last + 1] = True
            factors.append(_named(offsets[place] - usual))
    return UnitChange(mask & ~np.isnan(grid.values), tuple(dict.fromkeys(factors)), lasts)


@dataclass(frozen=True)
class _Step:
    """A step of the level, as a logarithm.

    likely: it looks like one of units; sure: beyond doubt if another takes it back; lone: even
    if none does, since all before and all after it lie as far apart.
    """

    size: float = 0.0
    likely: bool = False
    sure: bool = False
    lone: bool = False


def _taken(steps: list[_Step]) -> list[float]:
    """The sizes of the steps between units, nought for others.

    Sure ones that take each other back come first, then those beside a sure one that do.
    """
    taken = [0.0] * len(steps)
    left = set(range(len(steps)))
    for both in (True, False):
        for place, (one, other) in enumerate(pairwise(steps)):
            sure = one.sure and other.sure
            if not both:
                sure = (one.sure and other.likely) or (one.likely and other.sure)
            if sure and {place, place + 1} <= left and abs(one.size + other.size) <= SAME_UNIT:
                left -= {place, place + 1}
                taken[place], taken[place + 1] = one.size, other.size
    for place in left:
        size, beside = steps[place].size, (steps[place - 1 : place] + steps[place + 1 : place + 2])
        if steps[place].lone and all(abs(size + other.size) > SAME_UNIT for other in beside):
            taken[place] = size
    return taken


def _step(grid: Grid, table: Residuals, left: int, middle: int, right: int) -> _Step:
    """The step at `middle`, between the neighbouring ones at `left` and `right`."""
    span = COMPARED_DAYS * table.per_day
    before, after = (
        slice(max(left, middle - span), middle),
        slice(middle, min(right, middle + span)),
    )
    beyond, logs = table.beyond.ravel(), table.logs.ravel()
    near = _moved(beyond, before, after)
    size = 0.0 if near is None else float(near[len(LEVELS) // 2])
    if near is None or abs(size) < LEAST_STEP - SAME_UNIT:
        return _Step(size)
    raw, whole = (
        _moved(logs, before, after),
        _moved(beyond, slice(left, middle), slice(middle, right)),
    )
    if raw is None or whole is None:
        return _Step(size)
    bend = min(BEND + BEND_SHARE * abs(size), MOST_BEND)
    sure, likely = (
        _alike(near - size, most) and _alike(raw - size, most) for most in (bend, LIKELY * bend)
    )
    negatives = float((grid.values < 0).sum()) > MOST_NEGATIVE * len(grid)
    sure = (
        sure
        and _is_of_units(size)
        and not (negatives and abs(size) < NAMELESS)
        and _spreads_alike(logs, before, after)
        and abs(_noughts(grid, table, before) - _noughts(grid, table, after)) <= MOST_NOUGHT
    )
    ends = (0, table.beyond.size)
    long = all(
        end - start >= table.per_day * (AT_AN_END if start in ends or end in ends else FEWEST_LONE)
        for start, end in ((left, middle), (middle, right))
    )
    season = SEASON + SEASON_SHARE * abs(size)
    lone = sure and (long or abs(size) >= NAMELESS) and float(np.abs(whole - size).max()) <= season
    return _Step(size, likely, sure, lone)


def _moved(values: FloatArray, before: slice, after: slice) -> FloatArray | None:
    """How far each quantile is from that before; None where there is too little to compare."""
    sides = [values[side][~np.isnan(values[side])] for side in (before, after)]
    if min(len(side) for side in sides) < FEWEST_COMPARED:
        return None
    low, high = (np.quantile(side, LEVELS) for side in sides)
    return high - low


def _alike(bends: FloatArray, most: float) -> bool:
    """Whether all quantiles, or all but one where units lie far apart, moved alike."""
    ordered = np.sort(np.abs(bends))
    last = most if most < MOST_BEND else 2 * most
    return bool(ordered[-2] <= most and ordered[-1] <= last)


def _spreads_alike(logs: FloatArray, before: slice, after: slice) -> bool:
    """Whether the readings vary as they did: an error code and a standstill don't."""
    low, high = (np.nanquantile(logs[side], (0.1, 0.9)) for side in (before, after))
    spreads = np.ptp(low), np.ptp(high)
    return bool(min(spreads) * MOST_SPREAD >= max(spreads))


def _is_of_units(size: float) -> bool:
    near = float(np.abs(np.log(FACTORS) - abs(size)).min()) <= CLOSE
    return bool(abs(size) >= LEAST_STEP and (near or abs(size) >= NAMELESS))


def _noughts(grid: Grid, table: Residuals, part: slice) -> float:
    """The share of noughts among the readings of a part of the table."""
    first, last = table.at.searchsorted([part.start, part.stop])
    values = grid.values[first:last]
    return float((values == 0).sum()) / max(int((~np.isnan(values)).sum()), 1)


def _usual(offsets: list[float], known: list[int], enough: int) -> float:
    """The offset of the newest readings if there are enough of them, else that of the most.

    Which of two units is the right one can't be seen. The readings to come will be in the newest,
    so it is taken once it has lasted; before that it is taken for a fault.
    """
    same = [abs(other - offsets[-1]) <= SAME_UNIT for other in offsets]
    newest = len(same) - same[::-1].index(False) if False in same else 0
    if sum(known[newest:]) >= enough:
        return offsets[-1]
    weights = [
        sum(n for other, n in zip(offsets, known, strict=True) if abs(other - one) <= SAME_UNIT)
        for one in offsets
    ]
    return offsets[int(np.argmax(weights))]


def _named(step: float) -> float:
    """The factor of a step of logarithms: that of two units where one is near."""
    near = int(np.abs(np.log(FACTORS) - abs(step)).argmin())
    size = FACTORS[near] if abs(np.log(FACTORS[near]) - abs(step)) <= CLOSE else np.exp(abs(step))
    return float(size if step > 0 else 1 / size)
