"""What is known of the candidates: their forecasts of unseen readings, and what those are worth."""

from dataclasses import dataclass

import numpy as np

from ml.ensemble.ensemble import BASELINES, Ensemble, baseline_columns
from ml.features import Design
from ml.learners import Learner, Sample
from ml.learners.naive import naive_quantiles, naive_scale
from ml.metrics import scores
from ml.options import MEDIAN
from ml.readings import BoolArray, FloatArray, Grid, IntArray

RECENT_HALF_LIFE_DAYS = 180.0
"""What went wrong lately tells most of what will go wrong next."""
HELD_BACK_DAYS = 42


@dataclass(frozen=True)
class Candidate:
    """A fitted learner and its forecasts of pairs it had not seen, (pairs,)."""

    learner: Learner
    unseen: FloatArray


@dataclass(frozen=True)
class Evidence:
    """The pairs of a training, what happened, what an error weighs, and how long ago it was."""

    design: Design
    grid: Grid
    actual: FloatArray
    weight: FloatArray
    fold: IntArray
    naive: list[FloatArray]
    age_days: FloatArray

    @classmethod
    def of(cls, sample: Sample, grid: Grid) -> "Evidence":
        age = (len(grid) - sample.design.pairs.target) / grid.day
        return cls(
            design=sample.design,
            grid=grid,
            actual=sample.actual,
            weight=sample.weight * 0.5 ** (age / RECENT_HALF_LIFE_DAYS),
            fold=sample.band_fold,
            naive=baseline_columns(sample.design, grid),
            age_days=age,
        )

    @property
    def weather_known(self) -> BoolArray:
        """Whether the weather at each target was known ahead, by its main column."""
        return ~np.isnan(self.design.matrix[:, self.design.plain])

    @property
    def recent(self) -> BoolArray:
        """Pairs whose target lies in the held-back weeks."""
        return self.design.pairs.target >= len(self.grid) - HELD_BACK_DAYS * self.grid.day

    def mae(self, forecast: FloatArray) -> float:
        """Mean absolute error of a forecast of all pairs over the held-back weeks."""
        return float(np.abs(forecast - self.actual)[self.recent].mean())

    @property
    def naive_mae(self) -> float:
        """That of the weekly seasonal naive."""
        return self.mae(self.naive[BASELINES.index("naive")])


@dataclass(frozen=True)
class Judged:
    """An ensemble and its unseen quantiles, (pairs,) each."""

    ensemble: Ensemble
    quantiles: dict[float, FloatArray]

    def mae(self, evidence: Evidence) -> float:
        """Mean absolute error over the held-back weeks, in the meter's unit."""
        return evidence.mae(self.quantiles[MEDIAN])


def held_back_scores(
    evidence: Evidence, judged: Judged
) -> tuple[dict[str, float | None], dict[str, float | None]]:
    """Scores of the unseen forecasts over the held-back weeks, and those of the weekly naive."""
    recent = evidence.recent
    scale = naive_scale(evidence.grid)
    model = {level: values[recent] for level, values in judged.quantiles.items()}
    naive = evidence.naive[BASELINES.index("naive")][recent]
    actual = evidence.actual[recent]
    baseline = naive_quantiles(naive, evidence.grid, judged.quantiles)
    return scores(actual, model, scale=scale), scores(actual, baseline, scale=scale)
