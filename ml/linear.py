"""A robust ridge regression on the expanded features, one per group of leads.

It sees what trees see badly (sums and slopes, also beyond what has been measured), costs a
tenth of a boosted head, and errs differently: mixed with one it takes a few percent off its errors.
"""

from dataclasses import dataclass

import numpy as np

from ml import topics
from ml.design import Design, sampled
from ml.expansion import Expansion, expand
from ml.grid import FloatArray, IntArray, SingleArray
from ml.sample import Sample

LINEAR = "linear"
LEAD_DAYS = ((0.0, 1.0), (1.0, 3.0), (3.0, 8.0), (8.0, np.inf))
"""Leads of each regression, from above the first to the second."""
WIDER = (0.5, 1.3)
"""Each also learns from leads a little outside of its own."""
RIDGES = (0.01, 0.03, 0.1, 0.3)
"""Penalties of a standardised coefficient to choose from, as shares of the weight of all rows:
smooth loads want the least, short and spiky ones the most."""
ROUNDS = 3
"""Of reweighting by the errors so far; later ones change nothing that counts."""
FURTHEST = 6.0
"""Standard deviations: a wild feature may not carry a forecast away."""
MOST_ROWS = 10_000
"""Rows of one regression: fifty for each coefficient, and a bound on time and memory."""
ROWS_AT_ONCE = 4_000
"""Rows that are expanded together where any number will do: bounds the memory."""
SMALLEST_DEVIATION = 1e-6
FEWEST_ROWS = 300
"""Fewer rows in a group of leads than this, and it learns from all."""


@dataclass(frozen=True)
class LinearHead:
    """Coefficients for standardised columns, (lead groups, columns + 1), of residuals."""

    name: str
    weather: bool
    mean: FloatArray
    deviation: FloatArray
    coefficients: FloatArray

    def predict(
        self, design: Design, *, day: int, expansion: Expansion | None = None
    ) -> FloatArray:
        """Forecasts in the meter's unit, (pairs,); `expansion`: of the design, if there is one."""
        expansion = expansion or expand(design, weather=self.weather)
        matrix = _standardised(expansion, self.mean, self.deviation)
        residual = np.empty(len(matrix))
        lead = design.pairs.lead / day
        for (low, high), coefficients in zip(LEAD_DAYS, self.coefficients, strict=True):
            rows = (lead > low) & (lead <= high)
            if rows.any():
                residual[rows] = matrix[rows] @ coefficients.astype(np.float32)
        return (residual + design.base.shape) * design.base.level

    def contributions(self, design: Design, *, day: int) -> dict[str, FloatArray]:
        """Per topic what it adds to the forecast, in the meter's unit, (pairs,)."""
        expansion = expand(design, weather=self.weather)
        matrix = _standardised(expansion, self.mean, self.deviation)
        terms = np.empty(matrix.shape)
        lead = design.pairs.lead / day
        for (low, high), coefficients in zip(LEAD_DAYS, self.coefficients, strict=True):
            rows = (lead > low) & (lead <= high)
            terms[rows] = matrix[rows] * coefficients
        level = design.base.level
        found = {topics.USUAL_WEEK: (design.base.shape + terms[:, -1]) * level}
        for number, topic in enumerate(expansion.topics):
            found[topic] = found.get(topic, 0.0) + terms[:, number] * level
        return found


def fit_linear(
    name: str,
    sample: Sample,
    *,
    weather: bool,
    day: int,
    seed: int,
) -> tuple[LinearHead, FloatArray]:
    """The head fitted on all pairs, and its unseen forecast of each, in the meter's unit.

    The unseen forecasts are by regressions without the pair's fold; these share the rows'
    robust weights with the whole one, so that each costs no more than solving its equations.
    """
    design, actual, weight, fold = sample.design, sample.actual, sample.weight, sample.fold
    rng = np.random.default_rng(seed)
    everything = np.ones(len(actual), bool)
    some = design.where(sampled(everything, most=MOST_ROWS, rng=rng))
    typical = expand(some, weather=weather).matrix
    mean, deviation = typical.mean(axis=0, dtype=float), typical.std(axis=0, dtype=float)
    del typical
    deviation = np.where(deviation < SMALLEST_DEVIATION, 1.0, deviation)
    goal = actual / design.base.level - design.base.shape
    lead = design.pairs.lead / day
    coefficients, unseen = [], np.empty(len(goal))
    for low, high in LEAD_DAYS:
        own = (lead > low) & (lead <= high)
        near = (lead > low * WIDER[0]) & (lead <= high * WIDER[1])
        usable = near if near.sum() >= FEWEST_ROWS else everything
        learnt = sampled(usable, most=MOST_ROWS, rng=rng)
        matrix = _standardised(expand(design.where(learnt), weather=weather), mean, deviation)
        whole, parts = _robust_ridge(matrix, goal[learnt], weight[learnt], fold[learnt])
        coefficients.append(whole)
        del matrix
        for number, part in enumerate(parts):
            hidden = np.flatnonzero(own & (fold == number))
            for rows in np.array_split(hidden, 1 + len(hidden) // ROWS_AT_ONCE):
                if len(rows):
                    expansion = expand(design.where(rows), weather=weather)
                    single = _standardised(expansion, mean, deviation)
                    unseen[rows] = single @ part.astype(np.float32)
    head = LinearHead(name, weather, mean, deviation, np.vstack(coefficients))
    return head, (unseen + design.base.shape) * design.base.level


def _standardised(expansion: Expansion, mean: FloatArray, deviation: FloatArray) -> SingleArray:
    # Single precision halves time and memory; the ridge is far above what it loses.
    # Columns of the weather come last: a head that goes without takes those before them.
    matrix = np.empty((len(expansion.matrix), len(mean) + 1), np.float32)
    np.subtract(expansion.matrix[:, : len(mean)], mean.astype(np.float32), out=matrix[:, :-1])
    matrix[:, :-1] /= deviation.astype(np.float32)
    np.clip(matrix, -FURTHEST, FURTHEST, out=matrix)
    matrix[:, -1] = 1.0
    return matrix


def _robust_ridge(
    matrix: SingleArray, goal: FloatArray, weight: FloatArray, fold: IntArray
) -> tuple[FloatArray, list[FloatArray]]:
    """Coefficients of the whole, and without each fold, with the ridge that these errors favour.

    Least squares reweighted by width / (width + error), which leans towards the least
    absolute error (iteratively reweighted least squares; Holland and Welsch 1977).
    """
    robust = weight
    for _ in range(ROUNDS - 1):
        error = np.abs(
            goal - matrix @ _solve(*_equations(matrix, goal, robust), RIDGES[0]).astype(np.float32)
        )
        width = float(np.median(error)) + 1e-9
        robust = weight * width / (width + error)
    folds = [fold == number for number in range(int(fold.max()) + 1)]
    parts = [_equations(matrix[rows], goal[rows], robust[rows]) for rows in folds]
    square = np.sum([part[0] for part in parts], axis=0)
    right = np.sum([part[1] for part in parts], axis=0)
    total = sum(part[2] for part in parts)

    def without(ridge: float) -> list[FloatArray]:
        return [_solve(square - a, right - b, total - c, ridge) for a, b, c in parts]

    def unseen_error(found: list[FloatArray]) -> float:
        return sum(
            float(weight[rows] @ np.abs(goal[rows] - matrix[rows] @ part.astype(np.float32)))
            for rows, part in zip(folds, found, strict=True)
        )

    tried = {ridge: without(ridge) for ridge in RIDGES}
    best = min(RIDGES, key=lambda ridge: unseen_error(tried[ridge]))
    return _solve(square, right, total, best), tried[best]


def _equations(
    matrix: SingleArray, goal: FloatArray, weight: FloatArray
) -> tuple[FloatArray, FloatArray, float]:
    # A matrix times itself is symmetric, for which BLAS takes half the time.
    root = np.sqrt(weight).astype(np.float32)
    weighted = matrix * root[:, None]
    square = (weighted.T @ weighted).astype(float)
    right = (weighted.T @ (root * goal.astype(np.float32))).astype(float)
    return square, right, float(weight.sum())


def _solve(square: FloatArray, right: FloatArray, total: float, ridge: float) -> FloatArray:
    penalty = np.full(len(right), ridge * total + 1e-12)
    penalty[-1] = 1e-9 * total + 1e-12  # the constant is free
    return np.asarray(np.linalg.solve(square + np.diag(penalty), right), np.float64)
