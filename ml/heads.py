"""Boosted models of one meter, and what they say of readings they have not seen.

A head learns either what is left over the base (`residual`) or the reading over its level
(`ratio`). The one that forecasts learns from all pairs. Beside it small ones, each without one
fold of the history, tell how large the errors on unseen readings are: these weigh the heads and
widen the bands (cross-conformal prediction, Vovk 2015; CV+, Barber et al. 2021).
"""

from dataclasses import dataclass, replace

import numpy as np
import xgboost

from ml.boosting import BoostingSettings, OnRound, binned, bounds_of, fit_booster, predict_booster
from ml.design import Design
from ml.grid import FloatArray
from ml.options import MEDIAN
from ml.sample import Sample

CLIPPED_SHARE = 0.0005
"""Of the labels on either side: a burst must not own a tree."""
RESIDUAL, RATIO = "boosted_residual", "boosted_ratio"
WEATHER_SUFFIX = "_weather"
"""In the names of heads that use weather."""
SETTINGS = BoostingSettings()
PROBE = replace(SETTINGS, rounds=40, learning_rate=0.24)
"""For unseen forecasts: half the rounds at twice the rate cost a percent of accuracy at most."""


@dataclass(frozen=True)
class Head:
    """One way to put the question to XGBoost."""

    name: str
    residual: bool
    weather: bool
    settings: BoostingSettings = SETTINGS

    def labels(self, actual: FloatArray, design: Design) -> FloatArray:
        """What the booster learns, over the level."""
        ratio = actual / design.base.level
        labels = ratio - design.base.shape if self.residual else ratio
        low, high = np.quantile(labels, (CLIPPED_SHARE, 1 - CLIPPED_SHARE))
        return np.clip(labels, low, high)

    def readings(self, raw: FloatArray, design: Design) -> FloatArray:
        """Back from what the booster says to the meter's unit."""
        ratio = raw + design.base.shape if self.residual else raw
        return ratio * design.base.level


@dataclass(frozen=True)
class BoostedHead:
    """A head with its booster."""

    head: Head
    booster: xgboost.Booster

    @property
    def name(self) -> str:
        return self.head.name

    @property
    def weather(self) -> bool:
        return self.head.weather

    def predict(self, design: Design, *, day: int) -> FloatArray:
        """Forecasts in the meter's unit, (pairs,); `day` is of no use to a booster."""
        raw = predict_booster(self.booster, design.columns(weather=self.weather))
        return self.head.readings(raw, design)


def rounds_of(heads: list[Head], folds: int) -> int:
    """Boosting rounds that `fit_boosted` takes for all of them."""
    return sum(head.settings.rounds + folds * PROBE.rounds for head in heads)


def fit_boosted(
    heads: list[Head], sample: Sample, *, nthread: int, seed: int, on_round: OnRound
) -> list[tuple[BoostedHead, FloatArray]]:
    """Each head fitted on all pairs, and its unseen forecast of each, in the meter's unit.

    The heads must agree on weather: they share one binned matrix, which costs as much to make
    as half a booster.
    """
    design, fold = sample.design, sample.fold
    matrix = design.columns(weather=heads[0].weather)
    labels = {head.name: head.labels(sample.actual, design) for head in heads}
    boosters: dict[str, xgboost.Booster] = {}
    unseen = {head.name: np.empty(len(fold)) for head in heads}
    bounds = bounds_of(matrix, sample.weight, settings=SETTINGS, nthread=nthread)
    for number in (None, *range(int(fold.max()) + 1)):
        seen = np.ones(len(fold), bool) if number is None else fold != number
        weight = sample.weight[seen]
        data = binned(matrix[seen], weight, settings=SETTINGS, nthread=nthread, like=bounds)
        for head in heads:
            label = labels[head.name]
            data.set_label(label[seen])
            booster = fit_booster(
                data,
                level=MEDIAN,
                width=float(np.median(np.abs(label - np.median(label)))) or 1e-6,
                settings=head.settings if number is None else PROBE,
                nthread=nthread,
                seed=seed,
                on_round=on_round,
            )
            if number is None:
                boosters[head.name] = booster
            else:
                unseen[head.name][~seen] = predict_booster(booster, matrix[~seen])
    return [
        (BoostedHead(head, boosters[head.name]), head.readings(unseen[head.name], design))
        for head in heads
    ]


def heads_for(*, weather: bool) -> list[list[Head]]:
    """The boosted heads of a meter, grouped by whether they use weather.

    Beside those with weather a small one without it serves where the weather ends.
    """
    if not weather:
        return [[Head(RESIDUAL, True, False), Head(RATIO, False, False)]]
    return [
        [Head(RESIDUAL + WEATHER_SUFFIX, True, True), Head(RATIO + WEATHER_SUFFIX, False, True)],
        [Head(RESIDUAL, True, False, PROBE)],
    ]
