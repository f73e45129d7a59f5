"""Boosted models of one meter, and what they say of readings they have not seen.

A head learns either what is left over the base (`residual`) or the reading over its level
(`ratio`). The one that forecasts learns from all pairs. Beside it small ones, each without one
fold of the history, tell how large the errors on unseen readings are: these weigh the heads and
widen the bands (cross-conformal prediction, Vovk 2015; CV+, Barber et al. 2021).
"""

from dataclasses import dataclass, replace

import numpy as np
import xgboost

from ml.features import Design
from ml.learners.boosting import (
    BoostingSettings,
    OnRound,
    binned,
    bounds_of,
    fit_booster,
    predict_booster,
)
from ml.learners.sample import FOLDS, Sample
from ml.options import MEDIAN
from ml.readings import BoolArray, FloatArray, SingleArray

CLIPPED_SHARE = 0.0005
"""Of the labels on either side: a burst must not own a tree."""
RESIDUAL, RATIO = "boosted_residual", "boosted_ratio"
WEATHER_SUFFIX = "_weather"
"""In the names of heads that use weather."""
KIN_SUFFIX = "_kin"
"""In the names of heads that learnt from similar meters too."""
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


PLAIN_HEADS = [Head(RESIDUAL, True, False), Head(RATIO, False, False)]
WEATHER_HEADS = [
    Head(RESIDUAL + WEATHER_SUFFIX, True, True),
    Head(RATIO + WEATHER_SUFFIX, False, True),
]
BESIDE_WEATHER = [Head(RESIDUAL, True, False, PROBE)]
"""A small one without weather: tells what the weather is worth, and serves where it ends."""


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


def rounds_to_fit(heads: list[Head]) -> int:
    """Boosting rounds that `fit_boosted` takes."""
    return sum(head.settings.rounds for head in heads)


def rounds_to_probe(heads: list[Head]) -> int:
    """Boosting rounds that `unseen_by_boosting` takes."""
    return len(heads) * FOLDS * PROBE.rounds


def fit_boosted(
    heads: list[Head], sample: Sample, *, nthread: int, seed: int, on_round: OnRound
) -> list[BoostedHead]:
    """Each head fitted on all pairs.

    The heads must agree on weather: they share one binned matrix, which costs as much to make
    as half a booster.
    """
    table = _Table.of(sample, weather=heads[0].weather, nthread=nthread, seed=seed)
    settings = [head.settings for head in heads]
    boosters = table.boosters(heads, settings, slice(None), on_round)
    return [BoostedHead(head, one) for head, one in zip(heads, boosters, strict=True)]


def unseen_by_boosting(
    heads: list[Head], sample: Sample, *, nthread: int, seed: int, on_round: OnRound
) -> list[FloatArray]:
    """What each head says of every pair by a probe without its fold, in the meter's unit, (pairs,).

    The heads must agree on weather.
    """
    table = _Table.of(sample, weather=heads[0].weather, nthread=nthread, seed=seed)
    unseen = np.empty((len(heads), len(sample.fold)))
    for number in range(int(sample.fold.max()) + 1):
        seen = sample.fold != number
        probes = table.boosters(heads, [PROBE] * len(heads), seen, on_round)
        for said, probe in zip(unseen, probes, strict=True):
            said[~seen] = predict_booster(probe, table.matrix[~seen])
    return [head.readings(said, sample.design) for head, said in zip(heads, unseen, strict=True)]


@dataclass(frozen=True)
class _Table:
    """The columns of a sample, and the bounds of their bins."""

    sample: Sample
    matrix: SingleArray
    bounds: xgboost.QuantileDMatrix
    nthread: int
    seed: int

    @classmethod
    def of(cls, sample: Sample, *, weather: bool, nthread: int, seed: int) -> "_Table":
        matrix = sample.design.columns(weather=weather)
        bounds = bounds_of(matrix, sample.weight, settings=SETTINGS, nthread=nthread)
        return cls(sample, matrix, bounds, nthread, seed)

    def boosters(
        self,
        heads: list[Head],
        settings: list[BoostingSettings],
        seen: BoolArray | slice,
        on_round: OnRound,
    ) -> list[xgboost.Booster]:
        """One for each head, of the rows that are seen."""
        sample = self.sample
        data = binned(
            self.matrix[seen],
            sample.weight[seen],
            settings=SETTINGS,
            nthread=self.nthread,
            like=self.bounds,
        )
        boosters = []
        for head, setting in zip(heads, settings, strict=True):
            label = head.labels(sample.actual, sample.design)
            data.set_label(label[seen])
            boosters.append(
                fit_booster(
                    data,
                    level=MEDIAN,
                    width=float(np.median(np.abs(label - np.median(label)))) or 1e-6,
                    settings=setting,
                    nthread=self.nthread,
                    seed=self.seed,
                    on_round=on_round,
                )
            )
        return boosters
