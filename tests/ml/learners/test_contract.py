"""What every kind of learner must do, whichever it is; a new one is tried by its row alone."""

import json
from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest
import xgboost

from ml.features import Surroundings, draw_pairs
from ml.learners import KINDS, Inputs, Learner, Sample
from ml.learners.boosted import BESIDE_WEATHER, WEATHER_TARGETS, fit_boosted
from ml.learners.linear import fit_linear
from ml.learners.network import fit_network
from ml.readings import make_grid
from tests.ml.series import synthetic

DAY = 24


def silent() -> None:
    """A round of which nobody is told."""


def linear(sample: Sample, *, weather: bool) -> Learner:
    return fit_linear(sample, weather=True, day=DAY, seed=1)[weather][0]


def network(sample: Sample, *, weather: bool) -> Learner:
    regression = fit_linear(sample, weather=True, day=DAY, seed=1)[weather][0]
    return fit_network(sample, regression, day=DAY, seed=1, on_round=silent)[0]


def boosted(sample: Sample, *, weather: bool) -> Learner:
    targets = WEATHER_TARGETS[:1] if weather else BESIDE_WEATHER
    return fit_boosted(targets, sample, nthread=1, seed=1, on_round=silent)[0]


FITTED: dict[str, Callable[..., Learner]] = {
    "linear": linear,
    "network": network,
    "boosted": boosted,
}


class Shelf:
    """Keeps what learners are made of in memory, as bytes."""

    def __init__(self) -> None:
        self.kept: list[bytearray | np.ndarray] = []

    def booster(self, booster: xgboost.Booster) -> str:
        self.kept.append(booster.save_raw("ubj"))
        return str(len(self.kept) - 1)

    def network(self, weights: np.ndarray) -> str:
        self.kept.append(weights)
        return str(len(self.kept) - 1)


class Finder:
    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    def booster(self, name: str) -> xgboost.Booster:
        booster = xgboost.Booster({"nthread": 1})
        booster.load_model(self.shelf.kept[int(name)])
        return booster

    def network(self, name: str) -> np.ndarray:
        found = self.shelf.kept[int(name)]
        assert isinstance(found, np.ndarray)
        return found


@pytest.fixture(scope="module")
def sample() -> Sample:
    series = synthetic(days=240)
    grid = make_grid(series.readings, step=timedelta(hours=1), zone="Europe/Rome")
    surroundings = Surroundings.of(
        grid,
        series.weather,
        scale=float(np.nanmean(np.abs(grid.values))),
        country=None,
        subdivision=None,
        yearly=False,
    )
    pairs = draw_pairs(grid, horizon=7 * DAY, seed=1)
    return Sample.of(surroundings.design(pairs), grid.values[pairs.target], grid)


@pytest.fixture(scope="module", params=[(k, w) for k in KINDS for w in (False, True)], ids=str)
def learner(request: pytest.FixtureRequest, sample: Sample) -> Learner:
    kind, weather = request.param
    return FITTED[kind](sample, weather=weather)


@pytest.fixture(scope="module")
def inputs(sample: Sample) -> Inputs:
    """With weather, as where any of those that are asked uses it."""
    return Inputs(sample.design.where(np.arange(300)), DAY, weather=True)


def test_every_kind_has_a_row_here_and_a_name_of_its_own(learner: Learner) -> None:
    assert set(FITTED) == set(KINDS)
    assert KINDS[learner.kind] is type(learner)
    assert learner.name.startswith(learner.kind)
    assert 0 < learner.prior < 1


def test_it_is_better_than_the_level(learner: Learner, sample: Sample) -> None:
    inputs = Inputs(sample.design, DAY, weather=True)
    error = np.abs(learner.predict(inputs) - sample.actual).mean()
    assert error < 0.8 * np.abs(sample.design.base.level - sample.actual).mean()


def test_its_contributions_add_up_to_its_forecast(learner: Learner, inputs: Inputs) -> None:
    parts = learner.contributions(inputs)
    said = learner.predict(inputs)
    assert sum(parts.values()) == pytest.approx(said, rel=1e-4, abs=1e-4 * np.abs(said).max())


def test_weather_tells_only_those_that_say_so(learner: Learner, inputs: Inputs) -> None:
    """One without it says the same whether it is there or not."""
    if learner.weather:
        assert learner.name.endswith("_weather")
    else:
        alone = Inputs(inputs.design, DAY, weather=False)
        assert (learner.predict(alone) == learner.predict(inputs)).all()


def test_it_comes_back_to_the_last_bit_from_what_is_json(learner: Learner, inputs: Inputs) -> None:
    shelf = Shelf()
    parts = json.loads(json.dumps(learner.to_parts(shelf)))
    again = KINDS[learner.kind].from_parts(parts, Finder(shelf))
    assert (again.name, again.weather) == (learner.name, learner.weather)
    assert (again.predict(inputs) == learner.predict(inputs)).all()
    assert again.gains() == learner.gains()


def test_its_gains_are_of_columns_that_there_are(learner: Learner, inputs: Inputs) -> None:
    gains = learner.gains()
    assert all(0 <= column < len(inputs.design.names) for column in gains)
    assert all(gain >= 0 for gain in gains.values())


def test_parts_that_lack_one_are_not_taken(learner: Learner) -> None:
    shelf = Shelf()
    parts = learner.to_parts(shelf)
    del parts["name"]
    with pytest.raises(KeyError):
        KINDS[learner.kind].from_parts(parts, Finder(shelf))
