"""The models of one meter: same pairs, different ways to put the question.

A head learns either what is left over the base (`residual`) or the reading over its level
(`ratio`). Each is fitted in as many parts as there are folds, every part without one fold of the
history, and forecasts with their mean; so each reading has a forecast by a part that did
not see it. These unseen errors weigh the heads and widen the bands, at no further fit
(cross-conformal: Vovk 2015; CV+: Barber et al. 2021).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import xgboost

from ml.boosting import BoostingSettings, fit_booster, predict_booster
from ml.design import Design
from ml.grid import BoolArray, FloatArray, IntArray

CLIPPED_SHARE = 0.0005
"""Of the labels on either side: a burst must not own a tree."""


@dataclass(frozen=True)
class Head:
    """One way to put the question. `one_day`: learns from leads of up to a day only."""

    name: str
    residual: bool
    weather: bool
    one_day: bool = False

    def labels(self, actual: FloatArray, design: Design) -> FloatArray:
        """What the boosters learn, over the level."""
        ratio = actual / design.base.level
        labels = ratio - design.base.shape if self.residual else ratio
        low, high = np.quantile(labels, (CLIPPED_SHARE, 1 - CLIPPED_SHARE))
        return np.clip(labels, low, high)

    def readings(self, raw: FloatArray, design: Design) -> FloatArray:
        """Back from what the boosters say to the meter's unit."""
        ratio = raw + design.base.shape if self.residual else raw
        return ratio * design.base.level


@dataclass(frozen=True)
class FittedHead:
    """A head with its boosters, one per fold."""

    head: Head
    boosters: tuple[xgboost.Booster, ...]

    def predict(self, design: Design) -> FloatArray:
        """Mean forecast of the parts in the meter's unit, (pairs,)."""
        matrix = design.columns(weather=self.head.weather)
        raw = np.mean([predict_booster(booster, matrix) for booster in self.boosters], axis=0)
        return self.head.readings(raw, design)


def fit_head(
    head: Head,
    design: Design,
    actual: FloatArray,
    weight: FloatArray,
    fold: IntArray,
    usable: BoolArray,
    *,
    settings: BoostingSettings,
    nthread: int,
    seed: int,
    on_round: Callable[[], None],
) -> tuple[FittedHead, FloatArray]:
    """The fitted head and its unseen forecast of every pair, in the meter's unit.

    fold: (pairs,) number of the part that must not see the pair; usable: pairs to learn from.
    """
    matrix = design.columns(weather=head.weather)
    labels = head.labels(actual, design)
    unseen = np.empty(len(actual))
    boosters = []
    for number in range(int(fold.max()) + 1):
        seen = usable & (fold != number)
        data = xgboost.QuantileDMatrix(
            matrix[seen],
            labels[seen],
            weight=weight[seen],
            max_bin=settings.max_bin,
            nthread=nthread,
        )
        width = float(np.median(np.abs(labels[seen] - np.median(labels[seen])))) or 1e-6
        booster = fit_booster(
            data,
            level=0.5,
            width=width,
            settings=settings,
            nthread=nthread,
            seed=seed + number,
            on_round=lambda _round: on_round(),
        )
        hidden = fold == number
        unseen[hidden] = predict_booster(booster, matrix[hidden])
        boosters.append(booster)
    return FittedHead(head, tuple(boosters)), head.readings(unseen, design)


def blocks(target: IntArray, *, day: int, folds: int, block_days: int) -> IntArray:
    """Fold of each target: blocks of days in turn, so that each fold holds every season."""
    return (target // (day * block_days)) % folds


def plan(*, weather: bool) -> Sequence[Head]:
    """The heads of a meter with or without weather."""
    plain = [
        Head("shape", residual=True, weather=False),
        Head("ratio", residual=False, weather=False),
    ]
    if not weather:
        return plain
    return [
        Head("shape_weather", residual=True, weather=True),
        Head("ratio_weather", residual=False, weather=True),
        *plain,
    ]
