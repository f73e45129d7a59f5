"""Learners, baselines and bands put together: the forecast of one set of inputs."""

from dataclasses import dataclass

import numpy as np

from ml.ensemble.bands import Band, band_group, band_matrix
from ml.ensemble.weights import LEAD_DAYS, lead_group
from ml.features import Design
from ml.learners import Inputs, Learner
from ml.learners.naive import naive_at
from ml.options import MEDIAN
from ml.readings import FloatArray, Grid

BASELINES = ("base", "naive")
"""Candidates beside the learners: the mean shape of four weeks, and the latest week as it was."""


@dataclass(frozen=True)
class Ensemble:
    """A mixture of learners and baselines by lead, with its bands; without learners, a baseline.

    weights: (lead groups, learners + baselines), each row on the simplex.
    """

    learners: tuple[Learner, ...]
    weights: FloatArray
    bands: tuple[Band, ...]

    def median(self, design: Design, grid: Grid) -> FloatArray:
        """P50 in the meter's unit, (pairs,)."""
        said = _columns(self.learners, design, day=grid.day)
        columns = np.column_stack([*said, *baseline_columns(design, grid)])
        return mixed(columns, self.weights, design, day=grid.day)

    def quantiles(self, design: Design, grid: Grid) -> dict[float, FloatArray]:
        """Each level's forecast in the meter's unit, never crossing."""
        median = self.median(design, grid)
        matrix, group = band_matrix(design, median), band_group(design, day=grid.day)
        level = design.base.level
        return ordered(
            median,
            {band.level: median + band.errors(matrix, group) * level for band in self.bands},
        )


def _columns(learners: tuple[Learner, ...], design: Design, *, day: int) -> list[FloatArray]:
    """Each learner's forecast, in the meter's unit, (pairs,)."""
    inputs = Inputs(design, day, weather=any(one.weather for one in learners))
    return [one.predict(inputs) for one in learners]


def ordered(median: FloatArray, others: dict[float, FloatArray]) -> dict[float, FloatArray]:
    """All levels, rising in every row, the median where it was."""
    levels = sorted(others)
    below = [np.minimum(others[level], median) for level in levels if level < MEDIAN]
    above = [np.maximum(others[level], median) for level in levels if level > MEDIAN]
    rows = [*np.sort(below, axis=0), median, *np.sort(above, axis=0)]
    return dict(zip(sorted([*levels, MEDIAN]), rows, strict=True))


def baseline_columns(design: Design, grid: Grid) -> list[FloatArray]:
    """The candidates that need no model, in the order of BASELINES."""
    pairs = design.pairs
    return [
        design.base.shape * design.base.level,
        naive_at(grid, origin=pairs.origin, target=pairs.target),
    ]


def mixed(columns: FloatArray, weights: FloatArray, design: Design, *, day: int) -> FloatArray:
    """Row-wise mixture of candidate columns by the weights of each pair's lead group."""
    group = lead_group(design.pairs.lead, day=day, bounds=LEAD_DAYS)
    return np.asarray((columns * weights[group]).sum(axis=1))
