"""Whether a meter's readings are still those that its model was made for.

A week is compared with the eight before it, and how far it lies off with how far those weeks lie
off each other: a household that differs from week to week must differ more to be named.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from ml.readings.grid import FloatArray, Grid
from ml.readings.quality import Checked

WEEKS_BEFORE = 8
FEWEST_WEEKS = 4
LEAST_KNOWN = 0.5
"""Of a week's readings."""
LEVEL_RATIO = 1.5
"""A level above this, or below its inverse, is more than a season does in a week."""
NOISE_FACTOR = 4.0
MAD_TO_SIGMA = 1.4826
SHAPE_FACTOR = 3.0
"""Times the usual distance of a week's shape from the mean shape."""
SILENT = timedelta(days=2)
FLAT_HOURS = 24.0


@dataclass(frozen=True)
class Drift:
    """How far the last week is off, as a share of what is too far, and that in words.

    strength: 1 and more is too far. message: empty where there is nothing to tell.
    """

    strength: float
    message: str


NONE = Drift(0.0, "")


def input_drift(checked: Checked) -> Drift:
    """The last week of checked readings (ten weeks or more) against the weeks before it."""
    weeks = _weeks(checked.grid)
    if len(weeks) <= FEWEST_WEEKS:
        return NONE
    level, shape = _level_drift(weeks), _shape_drift(weeks)
    # A level that jumps within the week bends its shape too: the level is what happened.
    return level if level.strength >= 1 or level.strength >= shape.strength else shape


def recent_faults(checked: Checked, *, now: pd.Timestamp) -> str:
    """What is wrong with the readings of the last week, in words; empty where nothing is."""
    last = checked.grid.index[-1]
    if now - last > max(SILENT, 2 * checked.grid.step):
        return f"no reading since {last:%Y-%m-%d %H:%M} UTC"
    since = (now - timedelta(days=7)).isoformat()
    for finding in checked.report.findings:
        if not finding.excluded:
            continue
        recent = [(start, end) for start, end in finding.places if end >= since]
        if recent:
            start, end = recent[-1]
            return f"{finding.code}: {finding.message}, the latest from {start} to {end}"
    return ""


def _weeks(grid: Grid) -> FloatArray:
    """The latest weeks, newest last, (weeks, places); weeks with too few readings left out."""
    week = 7 * grid.day
    count = min(len(grid) // week, WEEKS_BEFORE + 1)
    table = grid.values[len(grid) - count * week :].reshape(count, week)
    known = (~np.isnan(table)).mean(axis=1) >= LEAST_KNOWN
    return table[known] if count and known[-1] else table[:0]


def _level_drift(weeks: FloatArray) -> Drift:
    levels = np.nanmean(np.abs(weeks), axis=1)
    if (levels <= 0).any():
        stopped = levels[-1] <= 0 and (levels[:-1] > 0).all()
        return Drift(2.0, "nothing is used any more") if stopped else NONE
    logs = np.log(levels)
    usual = float(np.median(logs[:-1]))
    noise = MAD_TO_SIGMA * float(np.median(np.abs(logs[:-1] - usual)))
    off = float(logs[-1]) - usual
    strength = abs(off) / max(np.log(LEVEL_RATIO), NOISE_FACTOR * noise)
    words = f"the level of the last week is {np.exp(off):.2f} times what it was before"
    return Drift(float(strength), words)


def _shape_drift(weeks: FloatArray) -> Drift:
    shapes = weeks / np.nanmean(np.abs(weeks), axis=1, keepdims=True).clip(1e-12)
    before = shapes[:-1]
    own = [
        float(np.nanmean(np.abs(one - np.nanmean(np.delete(before, number, axis=0), axis=0))))
        for number, one in enumerate(before)
    ]
    usual = float(np.median(own))
    off = float(np.nanmean(np.abs(shapes[-1] - np.nanmean(before, axis=0))))
    if usual <= 0:
        return NONE
    words = f"the shape of the last week is {off / usual:.1f} times as far off as weeks usually are"
    return Drift(off / usual / SHAPE_FACTOR, words)
