"""Bands from unseen errors: shallow quantile models of them, then conformal corrections.

The quantile models learn from errors on targets that the median's models had not seen, so a
band is as wide as real errors are. The correction by lead group is that of conformalised
quantile regression (Romano, Patterson and Candès 2019), each side for itself.
"""

from dataclasses import dataclass

import numpy as np
import xgboost

from ml.ensemble.weights import lead_group
from ml.features import Design
from ml.features.design import sampled
from ml.learners.boosting import BoostingSettings, OnRound, binned, fit_booster, predict_booster
from ml.learners.sample import FOLDS
from ml.readings import FloatArray, IntArray

BAND_LEAD_DAYS = (0.25, 1, 3, 7)
BAND_COLUMNS = (
    "lead",
    "hour",
    "weekday",
    "holiday",
    "base",
    "same_hour_spread",
    "level_1d",
    "level_28d",
    "surprise_last_day",
    "surprise_last_hours",
    "last_hours",
    "same_hour_7d_mean",
    "year_cos",
)
BAND_SETTINGS = BoostingSettings(
    rounds=40,
    learning_rate=0.2,
    max_depth=4,
    min_child_weight=20,
    subsample=0.7,
    colsample_bytree=0.7,
    reg_lambda=5.0,
    max_bin=64,
)
MOST_ROWS = 8_000
"""Errors that one quantile model learns from: widths are simpler than readings."""
FEWEST_ROWS = 60


@dataclass(frozen=True)
class Band:
    """One quantile level of the errors: boosters over the level, and the correction per lead."""

    level: float
    boosters: tuple[xgboost.Booster, ...]
    correction: FloatArray

    def errors(self, matrix: np.ndarray, group: IntArray) -> FloatArray:
        """The level's quantile of the error, over the meter's level, (pairs,)."""
        correction = self.correction[group]
        if not self.boosters:
            return correction
        raw = np.mean([predict_booster(booster, matrix) for booster in self.boosters], axis=0)
        return np.asarray(raw + correction)


def band_matrix(design: Design, median: FloatArray) -> np.ndarray:
    """What the width of a band depends on: (pairs, columns) in float32."""
    chosen = [design.names.index(name) for name in BAND_COLUMNS if name in design.names]
    extra = (median / design.base.level).astype(np.float32)
    return np.ascontiguousarray(np.column_stack([design.matrix[:, chosen], extra]))


def band_group(design: Design, *, day: int) -> IntArray:
    return lead_group(design.pairs.lead, day=day, bounds=BAND_LEAD_DAYS)


def rounds_of_bands(quantiles: tuple[float, ...]) -> int:
    """Boosting rounds that `fit_bands` takes for these levels, the median among them."""
    return FOLDS * BAND_SETTINGS.rounds * (len(quantiles) - 1)


def fit_bands(
    design: Design,
    median: FloatArray,
    actual: FloatArray,
    weight: FloatArray,
    fold: IntArray,
    *,
    levels: tuple[float, ...],
    day: int,
    nthread: int,
    seed: int,
    on_round: OnRound,
    like: tuple[Band, ...] = (),
) -> tuple[tuple[Band, ...], dict[float, FloatArray]]:
    """Bands from unseen forecasts `median`, and their own unseen values in the meter's unit.

    `fold` splits the pairs for their own cross-fitting. Bands `like` those of another ensemble on
    the same pairs take over its quantile models, corrected by the errors of this one.
    """
    matrix = band_matrix(design, median)
    error = (actual - median) / design.base.level
    group = band_group(design, day=day)
    boosters = {band.level: band.boosters for band in like}
    if not like:
        boosters = _quantile_models(
            matrix,
            error,
            weight,
            fold,
            levels=levels,
            nthread=nthread,
            seed=seed,
            on_round=on_round,
        )
    bands, quantiles = [], {}
    for level in levels:
        unseen = np.empty(len(error))
        for number, booster in enumerate(boosters[level]):
            hidden = fold == number
            unseen[hidden] = predict_booster(booster, matrix[hidden])
        correction = _correction(error - unseen, group, weight, level)
        bands.append(Band(level, boosters[level], correction))
        quantiles[level] = median + (unseen + correction[group]) * design.base.level
    return tuple(bands), quantiles


def _quantile_models(
    matrix: np.ndarray,
    error: FloatArray,
    weight: FloatArray,
    fold: IntArray,
    *,
    levels: tuple[float, ...],
    nthread: int,
    seed: int,
    on_round: OnRound,
) -> dict[float, tuple[xgboost.Booster, ...]]:
    """For each level one booster without each fold."""
    width = float(np.median(np.abs(error))) or 1e-6
    rng = np.random.default_rng(seed)
    boosters: dict[float, tuple[xgboost.Booster, ...]] = dict.fromkeys(levels, ())
    for number in range(FOLDS):
        seen = sampled(fold != number, most=MOST_ROWS, rng=rng)
        data = binned(matrix[seen], weight[seen], settings=BAND_SETTINGS, nthread=nthread)
        data.set_label(error[seen])
        for level in levels:
            boosters[level] += (
                fit_booster(
                    data,
                    level=level,
                    width=width,
                    settings=BAND_SETTINGS,
                    nthread=nthread,
                    seed=seed,
                    on_round=on_round,
                ),
            )
    return boosters


def _correction(
    missed: FloatArray, group: IntArray, weight: FloatArray, level: float
) -> FloatArray:
    """Per lead group the shift after which `level` of the unseen errors lie below the band."""
    whole = weighted_quantile(missed, weight, level)
    found = np.full(len(BAND_LEAD_DAYS) + 1, whole)
    for number in range(len(found)):
        inside = group == number
        if inside.sum() >= FEWEST_ROWS:
            found[number] = weighted_quantile(missed[inside], weight[inside], level)
    return found


def weighted_quantile(values: FloatArray, weight: FloatArray, level: float) -> float:
    """The smallest value with at least `level` of the weight at or below it."""
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weight[order])
    place = int(np.searchsorted(total, level * total[-1]))
    return float(values[order][min(place, len(values) - 1)])
