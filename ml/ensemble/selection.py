"""What serves a meter best: the mixture of candidates, judged by forecasts of unseen readings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ml.ensemble.bands import BAND_LEAD_DAYS, Band, fit_bands
from ml.ensemble.ensemble import BASELINES, Ensemble, baseline_columns, mixed, ordered
from ml.ensemble.weather_trust import same_season, share_of, trust_group, trust_of
from ml.ensemble.weights import LEAD_DAYS, lead_group, mixture
from ml.features import Design
from ml.learners import Learner, Sample
from ml.learners.boosted import RESIDUAL, SIMILAR_SUFFIX, WEATHER_SUFFIX
from ml.learners.boosting import OnRound
from ml.learners.linear import LINEAR
from ml.learners.naive import naive_quantiles, naive_scale
from ml.metrics import scores
from ml.options import MEDIAN, TrainingOptions
from ml.readings import BoolArray, FloatArray, Grid, IntArray

LINEAR_SHARE = 0.55
"""Of the regression in a pair of regression and trees."""
SIMILAR_SHARE = 0.6
"""Of the learners that learnt from similar meters too, before anything is known."""
SIMILAR_GAIN = 0.02
"""Share of the error on unseen readings that such learners must take off to be used at all."""
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


def weather_trust(evidence: Evidence, unseen: Mapping[str, FloatArray]) -> FloatArray:
    """How far the weather, as it was known ahead, is to be followed at each lead; see `trust_of`.

    Like is compared with like: a linear and a boosted learner with it and the same two without.
    Judged by the whole history, the season to come and the latest half year before all.

    unseen: the forecasts of learners by name, in the meter's unit, (pairs,).
    """

    def error(suffix: str) -> FloatArray:
        linear, boosted = unseen[f"{LINEAR}{suffix}"], unseen[f"{RESIDUAL}{suffix}"]
        return np.abs(LINEAR_SHARE * linear + (1 - LINEAR_SHARE) * boosted - evidence.actual)

    return trust_of(
        error(""),
        error(WEATHER_SUFFIX),
        evidence.weight * same_season(evidence.age_days),
        evidence.weather_known,
        trust_group(evidence.design.pairs.lead, day=evidence.grid.day),
    )


def blended(evidence: Evidence, plain: Judged, rich: Judged, trust: FloatArray) -> Judged:
    """The ensemble with weather, and the unseen quantiles of the two as far as it is trusted."""
    known = evidence.weather_known
    share = share_of(
        trust,
        evidence.design.pairs.lead,
        day=evidence.grid.day,
        known=known,
        usual=np.zeros_like(known),
    )
    quantiles = {
        level: share * values + (1 - share) * plain.quantiles[level]
        for level, values in rich.quantiles.items()
    }
    return Judged(rich.ensemble, quantiles)


def choose(
    evidence: Evidence,
    candidates: list[Candidate],
    *,
    options: TrainingOptions,
    on_round: OnRound,
    like: tuple[Band, ...] = (),
) -> Judged:
    """The mixture of the candidates, or of the baselines where that does not beat the naive.

    Its bands are `like` those of another ensemble, where there is one.
    """
    model = mix(evidence, candidates, options=options, on_round=on_round, like=like)
    if model.mae(evidence) < evidence.naive_mae:
        return model
    return mix(evidence, [], options=options, on_round=on_round)


def with_similar(
    evidence: Evidence, own: list[Candidate], borrowed: Sequence[Candidate]
) -> list[Candidate]:
    """The meter's own candidates, and the borrowed ones if they win on the held-back weeks.

    Where there are none of its own (no weather is followed), none are borrowed either.
    """
    if not own or not borrowed:
        return own
    together = [*own, *borrowed]
    before, after = (
        evidence.mae(_weighed(evidence, candidates)[1]) for candidates in (own, together)
    )
    return together if after < (1 - SIMILAR_GAIN) * before else own


def chosen(best: Judged, others: dict[str, float]) -> dict[str, object]:
    """What was chosen and why, as JSON types.

    others: mean absolute error over the held-back weeks of each choice that there was, in the
    meter's unit.
    """
    ensemble = best.ensemble
    return {
        "why": "least mean absolute error over the held-back weeks",
        "mae_of_choices": others,
        "candidates": [*(one.name for one in ensemble.learners), *BASELINES],
        "lead_days": list(LEAD_DAYS),
        "weights": ensemble.weights.round(4).tolist(),
        "band_lead_days": list(BAND_LEAD_DAYS),
        "band_corrections": {str(band.level): band.correction.tolist() for band in ensemble.bands},
    }


def mix(
    evidence: Evidence,
    candidates: list[Candidate],
    *,
    options: TrainingOptions,
    on_round: OnRound,
    like: tuple[Band, ...] = (),
) -> Judged:
    """Weights by lead, and bands by the errors that are left, `like` those that are given."""
    design, day = evidence.design, evidence.grid.day
    weights, median = _weighed(evidence, candidates)
    bands, quantiles = fit_bands(
        design,
        median,
        evidence.actual,
        evidence.weight,
        evidence.fold,
        levels=tuple(level for level in options.quantiles if level != MEDIAN),
        day=day,
        nthread=options.nthread,
        seed=options.seed,
        on_round=on_round,
        like=like,
    )
    ensemble = Ensemble(tuple(one.learner for one in candidates), weights, bands)
    return Judged(ensemble, ordered(median, quantiles))


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


def _weighed(evidence: Evidence, candidates: list[Candidate]) -> tuple[FloatArray, FloatArray]:
    """Weights by lead, (lead groups, candidates + baselines), and the unseen median, (pairs,)."""
    design, day = evidence.design, evidence.grid.day
    columns = np.column_stack([*(one.unseen for one in candidates), *evidence.naive])
    prior = _prior([one.learner for one in candidates])
    group = lead_group(design.pairs.lead, day=day, bounds=LEAD_DAYS)
    weights = np.vstack(
        [
            mixture(evidence.actual[rows], columns[rows], prior, evidence.weight[rows])
            for rows in (group == number for number in range(len(LEAD_DAYS) + 1))
        ]
    )
    return weights, mixed(columns, weights, design, day=day)


def _prior(learners: list[Learner]) -> FloatArray:
    """Shares of learners and baselines before any error is known; they sum to 1."""
    if not learners:
        return np.full(len(BASELINES), 1 / len(BASELINES))
    borrowed = np.array([one.name.endswith(SIMILAR_SUFFIX) for one in learners])
    kinds = [(one.kind, bool(similar)) for one, similar in zip(learners, borrowed, strict=True)]
    each = zip(learners, kinds, strict=True)
    shares = np.array([one.prior / kinds.count(kind) for one, kind in each])
    if borrowed.any():
        for group, share in ((borrowed, SIMILAR_SHARE), (~borrowed, 1 - SIMILAR_SHARE)):
            shares[group] *= share / shares[group].sum()
    return np.concatenate([shares / shares.sum(), np.zeros(len(BASELINES))])
