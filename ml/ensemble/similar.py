"""Heads that a short history borrows: fitted on its own pairs and on those of similar meters.

A few weeks hold too few pairs to learn what yesterday's surprise means for next week; similar
meters have seen years of them. Features and labels are over the level, so that the rows of meters
of any size and unit go together (a global model; Montero-Manso and Hyndman, "Principles and
algorithms for forecasting groups of time series", 2021). Only the regression and the network
borrow: trees on the same rows add nothing to the two for twice the time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import pandas as pd

from ml.ensemble.candidates import NETWORK_ROUNDS, Fitting
from ml.ensemble.evidence import Candidate
from ml.errors import BadQuality, InsufficientHistory, OutOfRange
from ml.features import Design, Surroundings, draw_pairs
from ml.features.design import CONTEXT_DAYS, sampled
from ml.learners import LinearLearner, NetworkLearner, Sample
from ml.learners.boosted import SIMILAR_SUFFIX
from ml.learners.linear import fit_linear
from ml.learners.network import fit_network
from ml.learners.sample import FOLDS, block_of
from ml.meter import Meter
from ml.progress import PLAN
from ml.readings import FloatArray, Grid, check
from ml.readings.latest import latest
from ml.readings.quality import require_ready

SHORT = timedelta(weeks=12)
"""Histories up to this borrow: from here on it takes less than 2 % off the error, from 26 weeks
on nothing."""
MEMORY = timedelta(days=365)
"""Of a similar meter, before its last reading: each season once."""
MOST_ROWS = 12_000
"""Of all similar meters together: 28,000 drown the meter's own and gain less."""


@dataclass(frozen=True)
class SimilarMeter:
    """A similar meter and its readings: consumption over the interval, aware index, any order."""

    meter: Meter
    readings: pd.Series


@dataclass(frozen=True)
class Borrowed:
    """Heads of own and similar meters' pairs, and the ids of the meters that they learnt from."""

    candidates: tuple[Candidate, ...] = ()
    meters: tuple[str, ...] = ()


def is_short(grid: Grid) -> bool:
    """Whether a history borrows from similar meters."""
    return len(grid) * grid.step <= SHORT


def borrow(fitting: Fitting, similar: Sequence[SimilarMeter]) -> Borrowed:
    """The regression and the network on all pairs, with their unseen forecasts of the own ones.

    Nothing is borrowed for a history that is not short, nor from a meter of another resolution or
    of too few or too bad readings. No reading after the end of the own ones is looked at.
    """
    grid, seed = fitting.evidence.grid, fitting.options.seed
    if not is_short(grid):
        return Borrowed()
    own = replace(fitting.sample, design=fitting.sample.design.without_weather())
    # In an order of their own: how near each is on the day must not change the model.
    by_id = sorted(similar, key=lambda one: one.meter.meter_id)
    usable = [(one.meter, theirs) for one in by_id if (theirs := _grid_of(one, grid)) is not None]
    if not usable:
        return Borrowed()
    everyone, most = own, MOST_ROWS // len(usable)
    for number, (meter, theirs) in enumerate(usable):
        sample = _sample_of(theirs, meter, fitting, like=own.design, most=most, seed=seed + number)
        everyone = everyone.joined(sample)
    tick = fitting.ticks(NETWORK_ROUNDS, start=PLAN.fitted, end=PLAN.borrowed)
    ((regression, said),) = fit_linear(everyone, weather=False, day=grid.day, seed=seed)
    network = fit_network(everyone, regression, day=grid.day, seed=seed, on_round=tick)
    fitted: list[tuple[LinearLearner | NetworkLearner, FloatArray]] = [(regression, said), network]
    candidates = (
        Candidate(replace(learner, name=learner.name + SIMILAR_SUFFIX), unseen[: len(own.actual)])
        for learner, unseen in fitted
    )
    return Borrowed(tuple(candidates), tuple(meter.meter_id for meter, _ in usable))


def _grid_of(similar: SimilarMeter, own: Grid) -> Grid | None:
    """What is learnt of a similar meter; None where nothing can be."""
    end, days = own.index[-1] + own.step, CONTEXT_DAYS + MEMORY.days
    try:
        checked = check(latest(similar.readings, until=end, days=days), meter=similar.meter)
        require_ready(checked.report)
    except (BadQuality, InsufficientHistory, OutOfRange):
        return None
    return checked.grid if checked.grid.step == own.step else None


def _sample_of(
    grid: Grid, meter: Meter, fitting: Fitting, *, like: Design, most: int, seed: int
) -> Sample:
    """At most `most` pairs of a similar meter, with the columns of `like`."""
    own = fitting.evidence.grid
    pairs = draw_pairs(grid, horizon=fitting.options.max_horizon // grid.step, seed=seed)
    every = np.ones(len(pairs), bool)
    pairs = pairs.where(sampled(every, most=most, rng=np.random.default_rng(seed)))
    surroundings = Surroundings.of(
        grid,
        None,
        scale=float(np.nanmean(np.abs(grid.values))),
        country=meter.country,
        subdivision=meter.subdivision,
        yearly=False,  # as for any history that is short
        columns=(),
    )
    surroundings = replace(surroundings, knows_holidays="holiday" in like.names)
    sample = Sample.of(surroundings.design(pairs), grid.values[pairs.target], grid)
    # What happened everywhere on a day must not tell of it to the probe that is to foresee it.
    ahead = int((grid.index[0] - own.index[0]) // pd.Timedelta(own.step))
    return replace(sample, fold=(pairs.target + ahead) // block_of(own) % FOLDS)
