"""A synthetic series and its trained model, shared by the tests."""

import pytest

from ml import Forecaster, train
from tests.ml.series import Series, synthetic


@pytest.fixture(scope="session")
def series() -> Series:
    return synthetic()


@pytest.fixture(scope="session")
def forecaster(series: Series) -> Forecaster:
    return train(series.readings, series.weather, meter=series.meter)
