"""Convex mixtures of candidate forecasts, weighted by what they got wrong on unseen targets.

A mixture is safer than a pick: the weights move only as far from the prior as the errors
justify (stacking, Wolpert 1992; Breiman 1996, who found the convex form to be the one that pays).
"""

import numpy as np

from ml.readings import FloatArray, IntArray

LEAD_DAYS = (1, 3)
"""Upper bounds of the lead groups in days; what is best differs most at the first day."""
FEWEST_ROWS = 200
"""Fewer errors than this in a lead group decide nothing."""
MOST_ROWS = 4_000
"""Errors of one lead group that decide: a handful of weights needs no more."""
STEPS = 300
RATE = 0.5
PRIOR_STRENGTH = 0.02
"""Pull towards the prior, as a share of the candidates' mean error."""


def lead_group(lead: IntArray, *, day: int, bounds: tuple[float, ...]) -> IntArray:
    """Number of the lead group of each pair; the last is open."""
    return np.searchsorted(np.asarray(bounds) * day, lead, side="left").astype(np.int64)


def mixture(
    actual: FloatArray, candidates: FloatArray, prior: FloatArray, weight: FloatArray
) -> FloatArray:
    """Weights on the simplex that minimise the weighted mean absolute error.

    actual: (n,); candidates: (n, k); prior: (k,), sums to 1; weight: (n,).
    Exponentiated gradient (Kivinen and Warmuth 1997), which stays on the simplex by itself.
    """
    if len(actual) < FEWEST_ROWS:
        return prior
    step = -(-len(actual) // MOST_ROWS)
    actual, candidates, weight = actual[::step], candidates[::step], weight[::step]
    importance = weight / weight.sum()
    scale = float((np.abs(candidates - actual[:, None]) * importance[:, None]).sum(axis=0).min())
    if scale <= 0:
        return prior
    # Candidates in rows: each of the many products reads them in the order of memory.
    rows = np.ascontiguousarray(candidates.T)
    importance = importance / scale
    floor = np.maximum(prior, 1e-3)
    weights = floor / floor.sum()
    mean = np.zeros_like(weights)
    for number in range(STEPS):
        error = weights @ rows - actual
        gradient = rows @ np.copysign(importance, error)
        gradient += PRIOR_STRENGTH * np.log(weights / (floor / floor.sum()))
        weights = weights * np.exp(-RATE / np.sqrt(number + 1.0) * (gradient - gradient.min()))
        weights = np.maximum(weights / weights.sum(), 1e-6)
        weights = weights / weights.sum()
        if number >= STEPS // 2:
            mean += weights
    return mean / mean.sum()
