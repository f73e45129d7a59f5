"""A robust ridge regression on the expanded features, one per group of leads.

It sees what trees see badly (sums and slopes, also beyond what has been measured), costs a
tenth of a boosted model, and errs differently: mixed with one it takes a few percent off its
errors.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from ml.features import Expansion, expand, topics
from ml.features.design import sampled
from ml.learners.boosted import WEATHER_SUFFIX
from ml.learners.learner import Inputs, Reader, Writer
from ml.learners.sample import Sample
from ml.readings import FloatArray, IntArray, SingleArray

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
class LinearLearner:
    """Coefficients for standardised columns, (lead groups, columns + 1), of residuals."""

    kind: ClassVar[str] = "linear"
    prior: ClassVar[float] = 0.35

    name: str
    weather: bool
    mean: FloatArray
    deviation: FloatArray
    coefficients: FloatArray

    def predict(self, inputs: Inputs) -> FloatArray:
        """Forecasts in the meter's unit, (pairs,)."""
        design = inputs.design
        matrix = standardised(inputs.expansion, self.mean, self.deviation)
        residual = np.empty(len(matrix))
        lead = design.pairs.lead / inputs.day
        for (low, high), coefficients in zip(LEAD_DAYS, self.coefficients, strict=True):
            rows = (lead > low) & (lead <= high)
            if rows.any():
                residual[rows] = matrix[rows] @ coefficients.astype(np.float32)
        return (residual + design.base.shape) * design.base.level

    def contributions(self, inputs: Inputs) -> dict[str, FloatArray]:
        """Per topic what it adds to the forecast, in the meter's unit, (pairs,)."""
        design = inputs.design
        matrix = standardised(inputs.expansion, self.mean, self.deviation)
        terms = np.empty(matrix.shape)
        lead = design.pairs.lead / inputs.day
        for (low, high), coefficients in zip(LEAD_DAYS, self.coefficients, strict=True):
            rows = (lead > low) & (lead <= high)
            terms[rows] = matrix[rows] * coefficients
        level = design.base.level
        found = {topics.USUAL_WEEK: (design.base.shape + terms[:, -1]) * level}
        for number, topic in enumerate(inputs.expansion.topics[: len(self.mean)]):
            found[topic] = found.get(topic, 0.0) + terms[:, number] * level
        return found

    def gains(self) -> dict[int, float]:
        """None: a regression knows no gain of a feature."""
        return {}

    def to_parts(self, writer: Writer) -> dict[str, Any]:
        """All of it but its kind, as JSON types."""
        return {
            "name": self.name,
            "weather": self.weather,
            "mean": self.mean.tolist(),
            "deviation": self.deviation.tolist(),
            "coefficients": self.coefficients.tolist(),
        }

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any], reader: Reader) -> Self:
        """What `to_parts` gave."""
        return cls(
            name=parts["name"],
            weather=parts["weather"],
            mean=np.array(parts["mean"], float),
            deviation=np.array(parts["deviation"], float),
            coefficients=np.array(parts["coefficients"], float),
        )


def fit_linear(
    sample: Sample, *, weather: bool, day: int, seed: int
) -> list[tuple[LinearLearner, FloatArray]]:
    """The regression fitted on all pairs, and its unseen forecast of each, in the meter's unit.

    With weather there are two, first the one without it: its equations are a part of the other's.
    The unseen forecasts are by regressions without the pair's fold. All share the rows' robust
    weights, so that each costs no more than solving its equations.
    """
    design, actual, weight, fold = sample.design, sample.actual, sample.weight, sample.fold
    rng = np.random.default_rng(seed)
    everything = np.ones(len(actual), bool)
    some = design.where(sampled(everything, most=MOST_ROWS, rng=rng))
    typical = expand(some, weather=weather)
    widths = [typical.plain, len(typical.topics)] if weather else [typical.plain]
    mean = typical.matrix.mean(axis=0, dtype=float)
    deviation = typical.matrix.std(axis=0, dtype=float)
    del typical
    deviation = np.where(deviation < SMALLEST_DEVIATION, 1.0, deviation)
    goal = actual / design.base.level - design.base.shape
    lead = design.pairs.lead / day
    fitted: list[list[FloatArray]] = [[] for _ in widths]
    unseen = [np.empty(len(goal)) for _ in widths]
    for low, high in LEAD_DAYS:
        own = (lead > low) & (lead <= high)
        near = (lead > low * WIDER[0]) & (lead <= high * WIDER[1])
        usable = near if near.sum() >= FEWEST_ROWS else everything
        learnt = sampled(usable, most=MOST_ROWS, rng=rng)
        matrix = standardised(expand(design.where(learnt), weather=weather), mean, deviation)
        found = _robust_ridges(matrix, goal[learnt], weight[learnt], fold[learnt], widths)
        del matrix
        for (whole, _), each in zip(found, fitted, strict=True):
            each.append(whole)
        for number in range(int(fold.max()) + 1):
            hidden = np.flatnonzero(own & (fold == number))
            for rows in np.array_split(hidden, 1 + len(hidden) // ROWS_AT_ONCE):
                if len(rows):
                    expansion = expand(design.where(rows), weather=weather)
                    single = standardised(expansion, mean, deviation)
                    for (_, parts), forecast in zip(found, unseen, strict=True):
                        forecast[rows] = single @ parts[number].astype(np.float32)
    return [
        (
            LinearLearner(
                name=LINEAR + WEATHER_SUFFIX * number,
                weather=bool(number),
                mean=mean[:width],
                deviation=deviation[:width],
                coefficients=np.vstack(coefficients)[:, _kept(width, len(mean))],
            ),
            (forecast + design.base.shape) * design.base.level,
        )
        for number, (width, coefficients, forecast) in enumerate(
            zip(widths, fitted, unseen, strict=True)
        )
    ]


def standardised(
    expansion: Expansion, mean: FloatArray, deviation: FloatArray, *, furthest: float = FURTHEST
) -> SingleArray:
    """The first columns, as many as there are means, within `furthest`, and a constant of 1."""
    # Single precision halves time and memory; the ridge is far above what it loses.
    # Columns of the weather come last: a learner that goes without takes those before them.
    matrix = np.empty((len(expansion.matrix), len(mean) + 1), np.float32)
    np.subtract(expansion.matrix[:, : len(mean)], mean.astype(np.float32), out=matrix[:, :-1])
    matrix[:, :-1] /= deviation.astype(np.float32)
    np.clip(matrix, -furthest, furthest, out=matrix)
    matrix[:, -1] = 1.0
    return matrix


def _kept(width: int, columns: int) -> IntArray:
    """The first `width` of the columns, and the constant after them all."""
    return np.append(np.arange(width), columns)


def _robust_ridges(
    matrix: SingleArray, goal: FloatArray, weight: FloatArray, fold: IntArray, widths: list[int]
) -> list[tuple[FloatArray, list[FloatArray]]]:
    """For each width the coefficients of the whole, and without each fold, with the best ridge.

    Coefficients are those of all columns, nought beyond the width. Least squares reweighted by
    width / (width + error), which leans towards the least absolute error (iteratively reweighted
    least squares; Holland and Welsch 1977).
    """
    robust = weight
    for _ in range(ROUNDS - 1):
        equations = _equations(matrix, goal, robust)
        error = np.abs(goal - matrix @ equations.solve(RIDGES[0]).astype(np.float32))
        scale = float(np.median(error)) + 1e-9
        robust = weight * scale / (scale + error)
    folds = [fold == number for number in range(int(fold.max()) + 1)]
    parts = [_equations(matrix[rows], goal[rows], robust[rows]) for rows in folds]
    total = sum(parts[1:], start=parts[0])
    # All that may be chosen from is tried in one product: what costs is to read the rows.
    tried = [
        [[(total - part).solve(ridge, width=width) for part in parts] for ridge in RIDGES]
        for width in widths
    ]
    missed = np.zeros((len(widths), len(RIDGES)))
    for number, rows in enumerate(folds):
        columns = np.array([ridge[number] for ridges in tried for ridge in ridges], np.float32)
        errors = np.abs(matrix[rows] @ columns.T - goal[rows, None])
        missed += (weight[rows] @ errors).reshape(missed.shape)
    best = missed.argmin(axis=1).tolist()
    return [
        (total.solve(RIDGES[ridge], width=width), ridges[ridge])
        for width, ridges, ridge in zip(widths, tried, best, strict=True)
    ]


@dataclass(frozen=True)
class _Equations:
    """Normal equations of weighted least squares; those of two sets of rows add up."""

    square: FloatArray
    right: FloatArray
    total: float

    def __add__(self, other: "_Equations") -> "_Equations":
        return _Equations(
            self.square + other.square, self.right + other.right, self.total + other.total
        )

    def __sub__(self, other: "_Equations") -> "_Equations":
        return _Equations(
            self.square - other.square, self.right - other.right, self.total - other.total
        )

    def solve(self, ridge: float, *, width: int | None = None) -> FloatArray:
        """Coefficients of all columns; those beyond the first `width` are nought."""
        columns = len(self.right) - 1  # the constant comes last
        kept = _kept(columns if width is None else width, columns)
        penalty = np.full(len(kept), ridge * self.total + 1e-12)
        penalty[-1] = 1e-9 * self.total + 1e-12  # the constant is free
        found = np.zeros(columns + 1)
        square = self.square[np.ix_(kept, kept)] + np.diag(penalty)
        found[kept] = np.linalg.solve(square, self.right[kept])
        return found


def _equations(matrix: SingleArray, goal: FloatArray, weight: FloatArray) -> _Equations:
    # A matrix times itself is symmetric, for which BLAS takes half the time.
    root = np.sqrt(weight).astype(np.float32)
    weighted = matrix * root[:, None]
    square = (weighted.T @ weighted).astype(float)
    right = (weighted.T @ (root * goal.astype(np.float32))).astype(float)
    return _Equations(square, right, float(weight.sum()))
