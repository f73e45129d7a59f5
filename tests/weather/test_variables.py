"""One set of weather variables: what is asked for, what files may bring, what models look at."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config import ROOT
from data.importers.columns.names import WEATHER_NAMES
from data.simulation import simulate
from ml.features.weather_view import WEATHER_COLUMNS
from weather.providers.open_meteo import NAMES, OVER_THE_HOUR


def configured() -> set[str]:
    document = json.loads(Path(ROOT / "config/weather_config.json").read_text(encoding="utf-8"))
    return {name for names in document["variables"].values() for name in names}


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(set(NAMES), id="service"),
        pytest.param(set(WEATHER_NAMES), id="files"),
        pytest.param(configured(), id="configuration"),
    ],
)
def test_all_know_the_variables_that_the_models_know(names: set[str]) -> None:
    assert names == set(WEATHER_COLUMNS)


def test_what_is_made_up_or_shifted_is_of_them() -> None:
    made = {
        str(name)
        for one in simulate(1, datetime(2026, 3, 1, tzinfo=UTC), 2)
        for name in one.weather.columns
    }
    assert made | OVER_THE_HOUR <= set(WEATHER_COLUMNS)
