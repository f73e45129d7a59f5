"""Dates from which a meter uses more or less for good, or is another meter.

Nothing of it is left out: it may all have been measured, and the forecasts follow the newest weeks.
"""

from dataclasses import dataclass

import numpy as np

from ml.readings.faults.residuals import WEEK, Residuals, medians, noise
from ml.readings.grid import BoolArray, FloatArray

SPAN = 28
"""Days compared on either side: longer than most are on holiday."""
FEWEST_DAYS = 18
"""Of them must be known."""
LEAST_SHIFT = np.log(1.35)
NOISE_FACTOR = 4.0
"""Times what four weeks differ from the four before them anyway, which holds the seasons."""
SUDDEN_DAYS = 5
SUDDEN = 0.7
"""Of the shift happens from these days to the next: a season takes weeks."""
LASTS = 0.6
"""Of the shift is left in the later weeks, or it was no shift."""
SWAP_WEEKS = 4
LEAST_SHAPE, SHAPE_FACTOR = 0.25, 3.0
"""Mean distance of the shapes of four weeks' hours, as logarithms, for another meter, and times
what such weeks differ anyway ..."""
SHIFTED_SHAPE, SHIFTED_FACTOR = 0.1, 2.5
"""... which may be less where the level jumps on the very day. Hours that move alone are another
use of the same meter."""
LEAST_LEVEL = np.log(1.15)
FOR_GOOD = 0.7
"""Of the weeks on either side are like those next to the change."""
MOST_SHIFTS = 12


@dataclass(frozen=True)
class Shifts:
    """Days (rows of the table) from which on something else is measured, and by what factor."""

    days: tuple[int, ...]
    factors: tuple[float, ...]
    swaps: tuple[int, ...]


def shifts_of(table: Residuals, bad: BoolArray) -> Shifts:
    """Lasting changes of the level, and of level and shape; places `bad` on the grid count not."""
    beyond = table.without(bad)
    level = medians(beyond)
    if (~np.isnan(level)).sum() < 2 * SPAN:
        return Shifts((), (), ())
    shifts = _level_shifts(level)
    swaps = _swaps(beyond - level[:, None], level, [day for day, _ in shifts])
    shifts = [(day, size) for day, size in shifts if all(abs(day - one) > SPAN for one in swaps)]
    if len(shifts) > MOST_SHIFTS:  # a restless meter
        shifts = []
    return Shifts(
        tuple(day for day, _ in shifts),
        tuple(float(np.exp(size)) for _, size in shifts),
        tuple(swaps),
    )


def _level_shifts(level: FloatArray) -> list[tuple[int, float]]:
    """Days from which on the level is another one, and the logarithm of the factor."""
    change = _change(level, SPAN, FEWEST_DAYS)
    sudden = _change(level, SUDDEN_DAYS, SUDDEN_DAYS // 2 + 1)
    least = max(LEAST_SHIFT, NOISE_FACTOR * noise(change))
    is_shift = (np.abs(change) >= least) & (np.abs(sudden) >= SUDDEN * np.abs(change))
    is_shift &= np.sign(change) == np.sign(sudden)
    strength = np.where(is_shift, np.abs(change) + np.abs(sudden), 0.0)
    found: list[tuple[int, float]] = []
    while strength.max() > 0:
        day = int(strength.argmax())
        if _lasts(level, day, float(change[day])):
            found.append((day, float(change[day])))
        strength[max(day - SPAN, 0) : day + SPAN] = 0.0
    return sorted(found)


def _lasts(level: FloatArray, day: int, size: float) -> bool:
    """Whether the three months after the day are off those before it too, as far as they go."""
    before, after = level[max(day - 3 * SPAN, 0) : day], level[day : day + 3 * SPAN]
    moved = float(np.nanmedian(after) - np.nanmedian(before))
    return moved * np.sign(size) >= LASTS * abs(size)


def _change(level: FloatArray, span: int, fewest: int) -> FloatArray:
    """The median of the `span` days from each day on over that of the days before it."""
    padded = np.pad(level, span, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, span)
    middle = np.where((~np.isnan(windows)).sum(axis=1) >= fewest, medians(windows), np.nan)
    return np.nan_to_num(middle[span:] - middle[:-span])[: len(level)]


def _swaps(shape: FloatArray, level: FloatArray, shifts: list[int]) -> list[int]:
    """The day from which on shape and level are others to the end, if there is one."""
    weeks = len(shape) // WEEK
    if weeks < 2 * SWAP_WEEKS:
        return []
    first = len(shape) - weeks * WEEK
    means = _running_means(_weekly(shape[first:], weeks), SWAP_WEEKS)
    places = np.arange(SWAP_WEEKS, weeks - SWAP_WEEKS + 1)
    distance = _distance(means[places], means[places - SWAP_WEEKS])
    if np.isnan(distance).all():
        return []
    usual = float(np.nanmedian(distance))
    shifted = np.zeros(len(places), bool)
    near = np.rint((np.array(shifts, float) - first) / WEEK).astype(int) - SWAP_WEEKS
    shifted[near[(near >= 0) & (near < len(places))]] = True
    least = np.where(
        shifted,
        max(SHIFTED_SHAPE, SHIFTED_FACTOR * usual),
        max(LEAST_SHAPE, SHAPE_FACTOR * usual),
    )
    excess = np.nan_to_num(distance / least)
    for place in np.argsort(-excess)[: int((excess >= 1).sum())].tolist():
        week = int(places[place])
        day = _swap_day(shape, means, week, first)
        change = float(_change(level, SPAN, FEWEST_DAYS)[min(day, len(level) - 1)])
        if abs(change) >= LEAST_LEVEL and _for_good(means, week):
            return [day]
    return []


def _swap_day(shape: FloatArray, means: FloatArray, week: int, first: int) -> int:
    """The day about a week from which on the shapes are nearer to the new one."""
    old, new = means[week - SWAP_WEEKS], means[week]
    start = max(first + week * WEEK - WEEK, 0)
    around = shape[start : first + week * WEEK + WEEK]
    gain = np.nan_to_num(_distance(around, new) - _distance(around, old))
    return start + int(np.concatenate([[0.0], np.cumsum(-gain)]).argmin())


def _for_good(means: FloatArray, week: int) -> bool:
    """Whether the weeks after are nearer to the new shape, and those before to the old one."""
    old, new = means[week - SWAP_WEEKS], means[week]
    later, earlier = means[week:], means[: week - SWAP_WEEKS + 1]
    stays = (_distance(later, new) < _distance(later, old)).mean()
    stayed = (_distance(earlier, old) < _distance(earlier, new)).mean()
    return bool(min(stays, stayed) > FOR_GOOD)


def _weekly(shape: FloatArray, weeks: int) -> FloatArray:
    """The median of each hour of each week."""
    table = shape.reshape(weeks, WEEK, -1).transpose(0, 2, 1)
    return medians(np.ascontiguousarray(table))


def _running_means(weekly: FloatArray, span: int) -> FloatArray:
    """The mean week of the `span` weeks from each week on."""
    windows = np.lib.stride_tricks.sliding_window_view(weekly, span, axis=0)
    return np.asarray(windows.mean(axis=-1))


def _distance(one: FloatArray, other: FloatArray) -> FloatArray:
    """The mean distance of shapes over their hours."""
    off = np.abs(one - other)
    known = ~np.isnan(off)
    total = np.where(known, off, 0.0).sum(axis=-1)
    count = known.sum(axis=-1)
    return np.where(count * 2 >= off.shape[-1], total / np.maximum(count, 1), np.nan)
