"""The names of quantile columns: one for each level, and those that the store knows."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.frames import QUANTILE_COLUMN
from ml.quantiles import level_of, levels_in, quantile_column

LEVELS = st.floats(0, 1, exclude_min=True, exclude_max=True)


@pytest.mark.parametrize(
    ("level", "name"),
    [
        (0.1, "p10"),
        (0.5, "p50"),
        (0.05, "p05"),
        (0.025, "p2_5"),
        (0.975, "p97_5"),
        (0.123, "p12_3"),
        (0.001, "p0_1"),
        (0.9999, "p99_99"),
    ],
)
def test_a_level_is_named_by_its_percent(level: float, name: str) -> None:
    assert quantile_column(level) == name
    assert level_of(name) == level


@given(LEVELS)
def test_every_level_has_a_name_of_its_own_that_the_store_takes(level: float) -> None:
    name = quantile_column(level)
    assert QUANTILE_COLUMN.fullmatch(name)
    assert level_of(name) == level


def test_a_result_of_an_earlier_release_is_read() -> None:
    assert level_of("p2.5") == 0.025
    assert level_of("p97.5") == 0.975


@pytest.mark.parametrize("name", ["precipitation", "p", "p00", "p100", "p5_", "lead", "p10_mean"])
def test_other_columns_are_no_quantiles(name: str) -> None:
    assert level_of(name) is None
    assert levels_in(pd.DataFrame(columns=["time", name, "p50"])) == {0.5: "p50"}
