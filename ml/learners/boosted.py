"""Boosted models of one meter, and what they say of readings they have not seen.

A target is either what is left over the base (`residual`) or the reading over its level
(`ratio`). The one that forecasts learns from all pairs. Beside it small ones, each without one
fold of the history, tell how large the errors on unseen readings are: these weigh the models and
widen the bands (cross-conformal prediction, Vovk 2015; CV+, Barber et al. 2021).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import xgboost

from ml.features import Design, topics
from ml.learners.boosting import (
    BoostingSettings,
    OnRound,
    binned,
    bounds_of,
    fit_booster,
    predict_booster,
)
from ml.learners.learner import Inputs, Reader, Writer
from ml.learners.sample import FOLDS, Sample
from ml.options import MEDIAN
from ml.readings import BoolArray, FloatArray, SingleArray

CLIPPED_SHARE = 0.0005
"""Of the labels on either side: a burst must not own a tree."""
RESIDUAL, RATIO = "boosted_residual", "boosted_ratio"
WEATHER_SUFFIX = "_weather"
"""In the names of learners that use weather."""
SIMILAR_SUFFIX = "_kin"
"""In the names of learners that learnt from similar meters too."""
SETTINGS = BoostingSettings()
PROBE = replace(SETTINGS, rounds=40, learning_rate=0.24)
"""For unseen forecasts: half the rounds at twice the rate cost a percent of accuracy at most."""


@dataclass(frozen=True)
class BoostedTarget:
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


PLAIN_TARGETS = [BoostedTarget(RESIDUAL, True, False), BoostedTarget(RATIO, False, False)]
WEATHER_TARGETS = [
    BoostedTarget(RESIDUAL + WEATHER_SUFFIX, True, True),
    BoostedTarget(RATIO + WEATHER_SUFFIX, False, True),
]
BESIDE_WEATHER = [BoostedTarget(RESIDUAL, True, False, PROBE)]
"""A small one without weather: tells what the weather is worth, and serves where it ends."""


@dataclass(frozen=True)
class BoostedLearner:
    """A target with the booster that learnt it."""

    kind: ClassVar[str] = "boosted"
    prior: ClassVar[float] = 0.3

    target: BoostedTarget
    booster: xgboost.Booster

    @property
    def name(self) -> str:
        return self.target.name

    @property
    def weather(self) -> bool:
        return self.target.weather

    def predict(self, inputs: Inputs) -> FloatArray:
        """Forecasts in the meter's unit, (pairs,)."""
        raw = predict_booster(self.booster, inputs.design.columns(weather=self.weather))
        return self.target.readings(raw, inputs.design)

    def contributions(self, inputs: Inputs) -> dict[str, FloatArray]:
        """SHAP values (Lundberg et al. 2020) by topic, in the meter's unit, (pairs,)."""
        design = inputs.design
        matrix = design.columns(weather=self.weather)
        shap = np.asarray(
            self.booster.predict(xgboost.DMatrix(matrix), pred_contribs=True), np.float64
        )
        # What a tree model starts from is the usual use: none over the base, or the level itself.
        start = topics.USUAL_WEEK if self.target.residual else topics.LEVEL
        found = {start: self.target.readings(shap[:, -1], design)}
        for number, name in enumerate(design.names[: matrix.shape[1]]):
            topic = topics.topic_of(name)
            found[topic] = found.get(topic, 0.0) + shap[:, number] * design.base.level
        return found

    def gains(self) -> dict[int, float]:
        """The gain of all splits by each feature."""
        gains = self.booster.get_score(importance_type="total_gain")
        return {int(key.removeprefix("f")): float(np.sum(gain)) for key, gain in gains.items()}

    def to_parts(self, writer: Writer) -> dict[str, Any]:
        """All of it but its kind, as JSON types."""
        return {
            "name": self.name,
            "weather": self.weather,
            "residual": self.target.residual,
            "booster": writer.booster(self.booster),
        }

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any], reader: Reader) -> Self:
        """What `to_parts` gave."""
        target = BoostedTarget(
            name=parts["name"], residual=parts["residual"], weather=parts["weather"]
        )
        return cls(target, reader.booster(parts["booster"]))


def rounds_to_fit(targets: list[BoostedTarget]) -> int:
    """Boosting rounds that `fit_boosted` takes."""
    return sum(target.settings.rounds for target in targets)


def rounds_to_probe(targets: list[BoostedTarget]) -> int:
    """Boosting rounds that `unseen_by_boosting` takes."""
    return len(targets) * FOLDS * PROBE.rounds


def fit_boosted(
    targets: list[BoostedTarget], sample: Sample, *, nthread: int, seed: int, on_round: OnRound
) -> list[BoostedLearner]:
    """Each target learnt from all pairs.

    The targets must agree on weather: they share one binned matrix, which costs as much to make
    as half a booster.
    """
    table = _Table.of(sample, weather=targets[0].weather, nthread=nthread, seed=seed)
    settings = [target.settings for target in targets]
    boosters = table.boosters(targets, settings, slice(None), on_round)
    return [BoostedLearner(target, one) for target, one in zip(targets, boosters, strict=True)]


def unseen_by_boosting(
    targets: list[BoostedTarget], sample: Sample, *, nthread: int, seed: int, on_round: OnRound
) -> list[FloatArray]:
    """What a probe without a pair's fold says of it, per target, in the meter's unit, (pairs,).

    The targets must agree on weather.
    """
    table = _Table.of(sample, weather=targets[0].weather, nthread=nthread, seed=seed)
    unseen = np.empty((len(targets), len(sample.fold)))
    for number in range(int(sample.fold.max()) + 1):
        seen = sample.fold != number
        probes = table.boosters(targets, [PROBE] * len(targets), seen, on_round)
        for said, probe in zip(unseen, probes, strict=True):
            said[~seen] = predict_booster(probe, table.matrix[~seen])
    return [
        target.readings(said, sample.design) for target, said in zip(targets, unseen, strict=True)
    ]


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
        targets: list[BoostedTarget],
        settings: list[BoostingSettings],
        seen: BoolArray | slice,
        on_round: OnRound,
    ) -> list[xgboost.Booster]:
        """One for each target, of the rows that are seen."""
        sample = self.sample
        data = binned(
            self.matrix[seen],
            sample.weight[seen],
            settings=SETTINGS,
            nthread=self.nthread,
            like=self.bounds,
        )
        boosters = []
        for target, setting in zip(targets, settings, strict=True):
            label = target.labels(sample.actual, sample.design)
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
