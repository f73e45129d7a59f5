"""The names of the features: who makes them, who reads them, who has words for them."""

import ast
import inspect

import numpy as np
import pandas as pd
import pytest

from ml.ensemble.bands import BAND_COLUMNS
from ml.features import Design, Surroundings, draw_pairs, expand, expansion, topics
from ml.features.topics import topic_of
from ml.features.weather_view import WEATHER_COLUMNS
from ml.readings import Grid, check
from tests.ml.series import synthetic

WORDS = {value for name, value in vars(topics).items() if name.isupper() and isinstance(value, str)}


@pytest.fixture(scope="module")
def design() -> Design:
    """A design with every feature that there can be."""
    series = synthetic(days=60)
    grid: Grid = check(series.readings, meter=series.meter).grid
    weather = pd.DataFrame(
        {name: np.arange(len(grid), dtype=float) for name in WEATHER_COLUMNS}, index=grid.index
    )
    surroundings = Surroundings.of(
        grid, weather, scale=1.0, country="IT", subdivision=None, yearly=True
    )
    return surroundings.design(draw_pairs(grid, horizon=7 * grid.day, seed=1))


def test_every_feature_has_a_topic_and_every_topic_a_feature(design: Design) -> None:
    assert {topic_of(name) for name in design.names} == WORDS


@pytest.mark.parametrize("name", ["snowfall", "same_hour", "p50", ""])
def test_a_feature_that_nobody_named_is_not_taken_for_weather(name: str) -> None:
    with pytest.raises(ValueError, match=f"'{name}'"):
        topic_of(name)


def test_bands_look_at_features_that_there_are(design: Design) -> None:
    assert set(BAND_COLUMNS) <= set(design.names)


def test_the_regression_asks_for_features_that_there_are(design: Design) -> None:
    """Those that it needs raise in `expand`; those that it takes where they are would be missed."""
    expand(design, weather=True)
    taken = {
        node.args[0].value
        for node in ast.walk(ast.parse(inspect.getsource(expansion)))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "has"
        and isinstance(node.args[0], ast.Constant)
    }
    assert {*taken, *expansion.OTHER_WEATHER} <= set(design.names)
