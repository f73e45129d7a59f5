"""The usual day: kinds of day kept apart, gaps carried over, the newest counting most."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from ml.features.holidays import holidays_on
from ml.features.level import levels_of
from ml.features.usual_days import UsualDays, usual_days_of
from ml.readings import Grid, make_grid

WORKDAY, WEEKEND = 10.0, 4.0


def grid_of(values: np.ndarray) -> Grid:
    index = pd.date_range("2024-01-01", periods=len(values), freq="1h", tz="UTC")
    return make_grid(pd.Series(values, index=index), step=timedelta(hours=1), zone="UTC")


def usual_days(values: np.ndarray) -> UsualDays:
    grid = grid_of(values)
    return usual_days_of(
        grid, levels_of(grid, scale=8.0), holidays_on(grid, country=None, subdivision=None)
    )


def two_months() -> np.ndarray:
    weekday = np.repeat(np.arange(56) % 7, 24)  # 1 January 2024 was a Monday
    return np.where(weekday >= 5, WEEKEND, WORKDAY)


def test_each_kind_of_day_keeps_its_own_shape() -> None:
    found = usual_days(two_months())
    workday, saturday, sunday = found.usual[0, :, -1]
    # Not quite: a ratio is to the week up to its hour, which holds a little more or less weekend.
    assert workday / saturday == pytest.approx(WORKDAY / WEEKEND, rel=0.03)
    assert saturday == pytest.approx(sunday, rel=0.03)
    assert np.abs(found.deviation[-14 * 24 :]).max() < 0.03


def test_a_gap_leaves_the_usual_day_as_it_was() -> None:
    values = two_months()
    before = usual_days(values[: 40 * 24]).usual[:, :, -24:]
    values[40 * 24 :] = np.nan
    values[-1] = WEEKEND
    after = usual_days(values).usual[:, :, -25:-1]
    np.testing.assert_allclose(np.roll(before, 1, axis=2), after, rtol=1e-12)


def test_a_changed_day_is_learnt_faster_at_the_higher_rate() -> None:
    values = two_months()
    values[-5 * 24 - 48 : -48, ...] *= 1.0 + 0.5 * (np.arange(5 * 24) % 24 == 8)
    found = usual_days(values)
    at_eight = found.usual[:, 0, -16] / usual_days(two_months()).usual[:, 0, -16]
    assert at_eight[0] > at_eight[1] > 1.05
