"""The network: what it finds, that its terms add up, that it is saved and repeats."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from ml.features import Surroundings, draw_pairs
from ml.learners import Inputs, LinearLearner, Sample
from ml.learners.linear import fit_linear
from ml.learners.network import EPOCHS, Network, fit_network
from ml.learners.sample import FOLDS
from ml.readings import make_grid
from tests.ml.series import synthetic

DAY = 24


@pytest.fixture(scope="module")
def sample() -> Sample:
    readings = synthetic(days=240).readings
    grid = make_grid(readings, step=timedelta(hours=1), zone="Europe/Rome")
    surroundings = Surroundings.of(
        grid,
        None,
        scale=float(np.nanmean(np.abs(grid.values))),
        country=None,
        subdivision=None,
        yearly=False,
    )
    pairs = draw_pairs(grid, horizon=7 * DAY, seed=1)
    return Sample.of(surroundings.design(pairs), grid.values[pairs.target], grid)


@pytest.fixture(scope="module")
def linear(sample: Sample) -> LinearLearner:
    return fit_linear(sample, weather=False, day=DAY, seed=1)[0][0]


def fitted(sample: Sample, linear: LinearLearner, *, ticks: list[int] | None = None):
    rounds = [] if ticks is None else ticks
    return fit_network(sample, linear, day=DAY, seed=1, on_round=lambda: rounds.append(1))


def test_its_terms_add_up_to_what_it_says() -> None:
    rng = np.random.default_rng(0)
    network = Network(
        rng.normal(size=(5, 7)).astype(np.float32), rng.normal(size=7).astype(np.float32)
    )
    matrix = rng.normal(size=(40, 5)).astype(np.float32)
    assert network.terms(matrix).sum(axis=1) == pytest.approx(network.on(matrix), abs=1e-5)


def test_it_finds_a_product_that_no_sum_of_columns_is(
    sample: Sample, linear: LinearLearner
) -> None:
    """What the level of the last day tells counts the other way round where the base is low."""
    design = sample.design
    high = design.base.shape > np.median(design.base.shape)
    news = np.tanh(8 * (design.matrix[:, design.names.index("level_1d")] - 1))
    signal = np.where(high, news, -news) * design.base.level
    made = replace(sample, actual=design.base.shape * design.base.level + signal)
    learner, unseen = fitted(made, linear)
    missed = np.abs(unseen - made.actual).mean()
    assert missed < 0.7 * np.abs(signal).mean()
    assert np.abs(learner.predict(Inputs(design, DAY, weather=False)) - made.actual).mean() < missed


def test_it_repeats_to_the_last_bit_and_tells_each_epoch(
    sample: Sample, linear: LinearLearner
) -> None:
    ticks: list[int] = []
    first, unseen = fitted(sample, linear, ticks=ticks)
    again, unseen_again = fitted(sample, linear)
    assert len(ticks) == FOLDS * EPOCHS
    assert (unseen == unseen_again).all()
    asked = Inputs(sample.design, DAY, weather=False)
    assert (first.predict(asked) == again.predict(asked)).all()


def test_what_it_forecasts_unseen_hangs_on_no_reading_that_is_hidden(
    sample: Sample, linear: LinearLearner
) -> None:
    hidden = sample.fold == 0
    changed = replace(sample, actual=np.where(hidden, sample.actual * 1.001, sample.actual))
    _, before = fitted(sample, linear)
    _, after = fitted(changed, linear)
    assert after[hidden] == pytest.approx(before[hidden], rel=1e-3)
    assert after[~hidden] != pytest.approx(before[~hidden], rel=1e-9)
