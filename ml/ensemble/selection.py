"""What serves a meter best: the mixture of candidates, judged by forecasts of unseen readings."""

from collections.abc import Mapping, Sequence

import numpy as np

from ml.ensemble.bands import BAND_LEAD_DAYS, Band, fit_bands
from ml.ensemble.ensemble import BASELINES, Ensemble, mixed, ordered
from ml.ensemble.evidence import Candidate, Evidence, Judged
from ml.ensemble.weather_trust import same_season, share_of, trust_group, trust_of
from ml.ensemble.weights import LEAD_DAYS, lead_group, mixture
from ml.learners import Learner
from ml.learners.boosted import RESIDUAL, SIMILAR_SUFFIX, WEATHER_SUFFIX
from ml.learners.boosting import OnRound
from ml.learners.linear import LINEAR
from ml.options import MEDIAN, TrainingOptions
from ml.readings import FloatArray

LINEAR_SHARE = 0.55
"""Of the regression in a pair of regression and trees."""
SIMILAR_SHARE = 0.6
"""Of the learners that learnt from similar meters too, before anything is known."""
SIMILAR_GAIN = 0.02
"""Share of the error on unseen readings that such learners must take off to be used at all."""


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
