"""A robust ridge regression on the expanded features, one per group of leads.

It sees what trees see badly (sums and slopes, also beyond what has been measured), costs a
tenth of a boosted head, and errs differently: mixed with one it takes a twentieth off its errors.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ml.design import Design
from ml.expansion import Expansion, expand
from ml.grid import BoolArray, FloatArray, IntArray

LEAD_DAYS = ((0.0, 1.0), (1.0, 3.0), (3.0, 8.0), (8.0, np.inf))
"""Leads of each regression, from above the first to the second."""
WIDER = (0.5, 1.3)
"""Each also learns from leads a little outside of its own."""
RIDGE = 0.006
"""Penalty of a standardised coefficient, as a share of the weight of all rows."""
ROUNDS = 4
"""Of reweighting by the errors so far; later ones change nothing that counts."""
FURTHEST = 6.0
"""Standard deviations: a wild feature may not carry a forecast away."""
FEWEST_ROWS = 300
"""Fewer rows in a group of leads than this, and it learns from all."""


@dataclass(frozen=True)
class LinearHead:
    """Coefficients for standardised columns, (lead groups, columns + 1), of residuals over level."""

    name: str
    weather: bool
    mean: FloatArray
    deviation: FloatArray
    coefficients: FloatArray

    def predict(self, design: Design, *, day: int) -> FloatArray:
        """Forecasts in the meter's unit, (pairs,)."""
        matrix = _standardised(expand(design, weather=self.weather), self.mean, self.deviation)
        residual = np.empty(len(matrix))
        for number, rows in enumerate(_own(design.pairs.lead / day)):
            residual[rows] = matrix[rows] @ self.coefficients[number]
        return (residual + design.base.shape) * design.base.level


def fit_linear(
    name: str, design: Design, actual: FloatArray, weight: FloatArray, fold: IntArray,
    *, weather: bool, day: int,
) -> tuple[LinearHead, FloatArray]:
    """The head fitted on all pairs, and its unseen forecast of each, in the meter's unit.

    The unseen forecasts are by regressions without the pair's fold; these share the rows'
    robust weights with the whole one, so that each costs no more than solving its equations.
    """
    expansion = expand(design, weather=weather)
    mean, deviation = expansion.matrix.mean(axis=0), expansion.matrix.std(axis=0)
    deviation = np.where(deviation < 1e-6, 1.0, deviation)
    matrix = _standardised(expansion, mean, deviation)
    goal = actual / design.base.level - design.base.shape
    lead = design.pairs.lead / day
    coefficients, unseen = [], np.empty(len(goal))
    for (low, high), rows in zip(LEAD_DAYS, _own(lead), strict=True):
        near = (lead > low * WIDER[0]) & (lead <= high * WIDER[1])
        if near.sum() < FEWEST_ROWS:
            near = np.ones(len(goal), bool)
        whole, parts = _robust_ridge(matrix[near], goal[near], weight[near], fold[near])
        coefficients.append(whole)
        for number, part in enumerate(parts):
            hidden = rows & (fold == number)
            unseen[hidden] = matrix[hidden] @ part
    head = LinearHead(name, weather, mean, deviation, np.vstack(coefficients))
    return head, (unseen + design.base.shape) * design.base.level


def _own(lead: FloatArray) -> Iterator[BoolArray]:
    """The rows of each group of leads; `lead` in days."""
    for low, high in LEAD_DAYS:
        yield (lead > low) & (lead <= high)


def _standardised(expansion: Expansion, mean: FloatArray, deviation: FloatArray) -> FloatArray:
    scaled = np.clip((expansion.matrix - mean) / deviation, -FURTHEST, FURTHEST)
    return np.column_stack([scaled, np.ones(len(scaled))])


def _robust_ridge(
    matrix: FloatArray, goal: FloatArray, weight: FloatArray, fold: IntArray
) -> tuple[FloatArray, list[FloatArray]]:
    """Coefficients of the whole, and without each fold.

    Least squares reweighted by width / (width + error), which leans towards the least
    absolute error (iteratively reweighted least squares; Holland and Welsch 1977).
    """
    robust = weight
    for _ in range(ROUNDS - 1):
        error = np.abs(goal - matrix @ _solve(*_equations(matrix, goal, robust)))
        width = float(np.median(error)) + 1e-9
        robust = weight * width / (width + error)
    folds = [fold == number for number in range(int(fold.max()) + 1)]
    parts = [_equations(matrix[rows], goal[rows], robust[rows]) for rows in folds]
    square = sum((part[0] for part in parts), np.zeros_like(parts[0][0]))
    right = sum((part[1] for part in parts), np.zeros_like(parts[0][1]))
    total = sum(part[2] for part in parts)
    without = [_solve(square - a, right - b, total - c) for a, b, c in parts]
    return _solve(square, right, total), without


def _equations(
    matrix: FloatArray, goal: FloatArray, weight: FloatArray
) -> tuple[FloatArray, FloatArray, float]:
    weighted = matrix * weight[:, None]
    return weighted.T @ matrix, weighted.T @ goal, float(weight.sum())


def _solve(square: FloatArray, right: FloatArray, total: float) -> FloatArray:
    penalty = np.full(len(right), RIDGE * total + 1e-12)
    penalty[-1] = 1e-9 * total + 1e-12  # the constant is free
    return np.linalg.solve(square + np.diag(penalty), right)
