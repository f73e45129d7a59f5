"""How much say the weather has in a forecast: all where it clearly paid, none where it did not.

A model with weather is mixed with its twin without. How far each is followed is learnt per
meter and lead from forecasts of unseen readings, with the weather as it was known ahead. A small
gain there is as often a loss later, so the share grows from nought, and only past a margin.
"""

import numpy as np

from ml.ensemble.weights import FEWEST_ROWS, lead_group
from ml.readings import BoolArray, FloatArray, IntArray

LEAD_DAYS = (1, 3, 7)
"""Upper bounds of the leads that are judged apart; past a week the weather is mostly the usual."""
LEAST_GAIN = 0.01
"""Share of the error over all leads that weather must take off to have any say: less is chance."""
NO_GAIN, FULL_GAIN = 0.02, 0.06
"""The same at each lead: it has no say up to the first, all from the second.

Chosen on two sets of windows of ten series, so that hardly a week became worse than without."""
SERVES_DAYS = 14
"""A model is asked in the weeks after its training: what weather was worth in that season counts,
since in spring a district may not feel it at all, and in a hot summer very much."""
YEAR_DAYS = 365.2425
FEWEST_KNOWN = 0.5
"""Of the pairs of a lead: a model that has seldom seen its weather must not be asked with it."""
USUAL_RULES_AFTER_DAYS = 7.0
"""The usual weather tells less than the latest readings at first, and more from this lead on."""


def trust_of(
    plain: FloatArray, rich: FloatArray, weight: FloatArray, known: BoolArray, group: IntArray
) -> FloatArray:
    """The share of the model with weather for each lead group, 0 to 1.

    plain, rich: absolute errors of unseen pairs without and with weather; weight: what an error
    counts; known: whether the weather at the target was known ahead; group: lead group; (pairs,).
    """

    def gain(rows: BoolArray) -> float:
        without = float(plain[rows] @ weight[rows])
        return 1 - float(rich[rows] @ weight[rows]) / without if without > 0 else 0.0

    trust = np.zeros(len(LEAD_DAYS) + 1)
    if gain(known) < LEAST_GAIN:
        return trust
    for number in range(len(trust)):
        inside = group == number
        rows = inside & known
        if not inside.any() or rows.sum() < FEWEST_KNOWN * inside.sum():
            continue
        # Too few to tell by themselves are judged with all others.
        found = gain(rows if rows.sum() >= FEWEST_ROWS else known)
        trust[number] = np.clip((found - NO_GAIN) / (FULL_GAIN - NO_GAIN), 0.0, 1.0)
    return trust


def same_season(age_days: FloatArray) -> FloatArray:
    """What an error of so many days before the end of the training counts: 1 of the coming season
    of any year, 0 of the opposite one."""
    return (1 + np.cos(2 * np.pi * (age_days + SERVES_DAYS) / YEAR_DAYS)) / 2


def trust_group(lead: IntArray, *, day: int) -> IntArray:
    """Number of the lead group of each pair."""
    return lead_group(lead, day=day, bounds=LEAD_DAYS)


def share_of(
    trust: FloatArray, lead: IntArray, *, day: int, known: BoolArray, usual: BoolArray
) -> FloatArray:
    """The share of the model with weather in each pair's forecast, (pairs,).

    known: whether the weather at the target is known at the origin; usual: whether only the
    climatology is.
    """
    early = np.minimum(1.0, lead / (USUAL_RULES_AFTER_DAYS * day))
    return np.where(known, trust[trust_group(lead, day=day)] * np.where(usual, early, 1.0), 0.0)
